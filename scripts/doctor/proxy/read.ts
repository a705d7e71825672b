/** What proxies say: from their admin interfaces, or from files in which that was saved. */
import { messageOf, UserError } from "../../cli/error.js";
import { readText } from "../../cli/file.js";
import type { ConfigDump } from "./config-dump.js";
import type { HostStates, Readings, ServerInfo } from "./proxy.js";
import { Stats } from "./stats.js";

const PATIENCE = 10_000;
const SAVE = "Save it by `curl localhost:15000/config_dump?include_eds` in the proxy's container.";

/** Readings of one proxy, and where they are from. */
export interface Source {
  name: string;
  readings: Readings;
}

/**
 * @param places URLs of admin interfaces; and files: a config dump begins a proxy, statistics and
 *   so on belong to the dump that stands before them, or to the first
 * @throws UserError if there is nothing, or what can't be read
 */
export async function readProxies(places: readonly string[]): Promise<Source[]> {
  const isUrl = (place: string) => /^https?:\/\//.test(place);
  const live = await Promise.all(places.filter(isUrl).map(readAdmin));
  return [...live, ...readFiles(places.filter((place) => !isUrl(place)))];
}

async function readAdmin(url: string): Promise<Source> {
  const parts: Partial<Readings> = {};
  const paths = [
    "config_dump?include_eds",
    "stats?format=json",
    "clusters?format=json",
    "server_info",
  ];
  for (const path of paths) Object.assign(parts, partOf(await get(url, path)));
  const { dump, ...others } = parts;
  if (dump === undefined) throw new UserError("is no Envoy's admin interface", { file: url });
  return { name: url, readings: { dump, ...others } };
}

async function get(url: string, path: string): Promise<string> {
  try {
    const asked = new URL(path, url.endsWith("/") ? url : `${url}/`);
    const answer = await fetch(asked, { signal: AbortSignal.timeout(PATIENCE) });
    if (!answer.ok) throw new Error(`it answers ${answer.status} to /${path}`);
    return await answer.text();
  } catch (cause) {
    const remedy =
      "Open it by `kubectl port-forward POD 15000`, and give e.g. http://127.0.0.1:15000.";
    const { cause: deeper } = cause as Error;
    const message = messageOf(deeper ?? cause);
    throw new UserError(`does not answer as Envoy's admin interface (${message})`, {
      file: url,
      remedy,
      cause,
    });
  }
}

function readFiles(files: readonly string[]): Source[] {
  const sources: Source[] = [];
  const loose: Partial<Readings> = {};
  for (const file of files) {
    const part = partOf(readText(file, SAVE));
    if (part === undefined) {
      throw new UserError("is no config dump, and no statistics", { file, remedy: SAVE });
    }
    const { dump, ...others } = part;
    if (dump !== undefined) sources.push({ name: file, readings: { dump } });
    else Object.assign(sources[sources.length - 1]?.readings ?? loose, others);
  }
  const [first] = sources;
  if (first !== undefined) Object.assign(first.readings, { ...loose, ...first.readings });
  else if (files.length > 0) {
    throw new UserError("there is no config dump", { file: files.join(", "), remedy: SAVE });
  }
  return sources;
}

/** Which page of the admin interface it is; undefined: none of those. */
function partOf(text: string): Partial<Readings> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return /^\S.*: -?\d+$/m.test(text) ? { stats: Stats.ofText(text) } : undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  if ("configs" in value && Array.isArray(value.configs)) return { dump: value as ConfigDump };
  if ("stats" in value && Array.isArray(value.stats)) {
    return { stats: Stats.ofJson(value as Parameters<typeof Stats.ofJson>[0]) };
  }
  if ("cluster_statuses" in value) return { clusters: value as HostStates };
  if ("command_line_options" in value) return { server: value as ServerInfo };
  // Other pages of the admin interface, saved along with these.
  return "listener_statuses" in value || "certificates" in value ? {} : undefined;
}
