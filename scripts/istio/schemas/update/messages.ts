/** What Envoy's configuration messages may hold, by the version of Envoy. */
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { note } from "../../../cli/output.js";
import type { EnumTable, Lifetime, MessageTable, Messages } from "../messages.js";
import { go, moduleFolder } from "./go.js";

const MODULE = "github.com/envoyproxy/go-control-plane/envoy";

/**
 * Releases of go-control-plane, which have the numbers of Envoy's. There is none of 1.34: the
 * Envoy of Istio 1.26 is held against 1.35, and that of 1.30 against 1.39.
 */
const releases = ["v1.35.0", "v1.36.0", "v1.37.0", "v1.39.0"];

/** The messages of all versions in one table, which says since and until when each part exists. */
export function readMessages(folder: string): Messages {
  const tables = releases.map((release) => {
    note(`messages of Envoy ${release}: this compiles for minutes`);
    return readTable(release, join(folder, release));
  });
  const versions = releases.map((release) => release.slice(1).replace(/\.\d+$/, ""));
  const messages = merge<MessageTable>(
    tables.map((table) => table.messages),
    versions,
  );
  for (const [name, message] of Object.entries(messages)) {
    const fields = tables.map((table) => table.messages[name]?.fields ?? {});
    message.fields = merge(fields, versions);
    inherit(message, message.fields);
  }
  const enums = merge<EnumTable>(
    tables.map((table) => table.enums),
    versions,
  );
  for (const [name, found] of Object.entries(enums)) {
    found.values = merge(
      tables.map((table) => table.enums[name]?.values ?? {}),
      versions,
    );
    inherit(found, found.values);
  }
  return { messages, enums };
}

/** All that one of the tables has, the newest form of it, and when it came and went. */
function merge<T extends Lifetime>(
  tables: Record<string, T>[],
  versions: string[],
): Record<string, T> {
  const out: Record<string, T> = {};
  const names = new Set(tables.flatMap((table) => Object.keys(table)));
  for (const name of [...names].sort()) {
    const first = tables.findIndex((table) => name in table);
    const last = tables.findLastIndex((table) => name in table);
    const newest = tables[last]?.[name];
    if (newest === undefined) continue;
    // What came in a release that is missing here counts as there: nothing right is refused.
    const since = `1.${Number(versions[first - 1]?.split(".")[1]) + 1}`;
    const until = versions[last] ?? "";
    out[name] = {
      ...newest,
      ...(first > 0 && { since }),
      ...(last < tables.length - 1 && { until }),
    };
  }
  return out;
}

/** Leaves out of the parts what is true of the whole already. */
function inherit(whole: Lifetime, parts: Record<string, Lifetime>): void {
  for (const part of Object.values(parts)) {
    if (part.since === whole.since) delete part.since;
    if (part.until === whole.until) delete part.until;
  }
}

/** The table of one release, written by the Go program messages/main.go. */
function readTable(release: string, folder: string): Messages {
  mkdirSync(folder);
  const source = fileURLToPath(new URL("../messages/main.go", import.meta.url));
  copyFileSync(source, join(folder, "main.go"));
  go(folder, "mod", "init", "argot.dev/messages");
  go(folder, "get", `${MODULE}@${release}`);
  const packages = packagesIn(moduleFolder(`${MODULE}@${release}`, folder)).map(
    (name) => `${MODULE}/${name}`,
  );
  packages.push("github.com/cncf/xds/go/udpa/type/v1", "github.com/cncf/xds/go/xds/type/v3");
  const imports = packages.map((name) => `import _ "${name}"\n`).join("");
  writeFileSync(join(folder, "imports.go"), `package main\n\n${imports}`);
  go(folder, "mod", "tidy");
  return JSON.parse(go(folder, "run", ".")) as Messages;
}

/** The packages with the messages of the third version of Envoy's configuration. */
function packagesIn(root: string): string[] {
  const files = ["config", "extensions"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".pb.go"))
      .map((name) => join(root, folder, name)),
  );
  const folders = new Set(files.map((file) => relative(root, dirname(file))));
  return [...folders].filter((name) => /\/v3$/.test(name)).sort();
}
