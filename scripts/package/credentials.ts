/** Who the user is at a registry: as `docker login` left it in ~/.docker/config.json. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { messageOf, UserError } from "../cli/error.js";

/** A name and a password, or a token that stands for both (RFC 6749: a refresh token). */
export type Credentials = { user: string; password: string } | { identityToken: string };

interface DockerConfig {
  auths?: Record<
    string,
    { auth?: string; username?: string; password?: string; identitytoken?: string }
  >;
  credHelpers?: Record<string, string>;
  credsStore?: string;
}

/** Docker's own registry is called so in its configuration. */
const HUB = ["docker.io", "index.docker.io", "registry-1.docker.io"];
const HUB_KEY = "https://index.docker.io/v1/";

/**
 * What the configuration of Docker has for `host`; undefined: nothing.
 * @throws UserError if the configuration can't be read
 */
export function credentialsFor(host: string, env = process.env): Credentials | undefined {
  const file = join(env.DOCKER_CONFIG ?? join(env.HOME ?? homedir(), ".docker"), "config.json");
  if (!existsSync(file)) return undefined;
  let config: DockerConfig;
  try {
    config = JSON.parse(readFileSync(file, "utf8")) as DockerConfig;
  } catch (cause) {
    const remedy = "Log in anew with `docker login`, or name another folder by DOCKER_CONFIG.";
    throw new UserError(`can't be read (${messageOf(cause)})`, { file, remedy, cause });
  }
  const keys = HUB.includes(host) ? [HUB_KEY, ...HUB] : [host, `https://${host}`];
  const helper = keys.map((key) => config.credHelpers?.[key]).find((name) => name !== undefined);
  const stored = helper ?? config.credsStore;
  return keys
    .map((key) => (stored && askHelper(stored, key)) || entryOf(config, key))
    .find(Boolean);
}

function entryOf(config: DockerConfig, key: string): Credentials | undefined {
  const entry = config.auths?.[key];
  if (entry?.identitytoken) return { identityToken: entry.identitytoken };
  if (entry?.auth) {
    const [user = "", ...password] = Buffer.from(entry.auth, "base64").toString().split(":");
    return { user, password: password.join(":") };
  }
  if (entry?.username === undefined) return undefined;
  return { user: entry.username, password: entry.password ?? "" };
}

/** Asks the program in which the user keeps passwords; undefined if it knows none. */
function askHelper(name: string, key: string): Credentials | undefined {
  const { status, stdout } = spawnSync(`docker-credential-${name}`, ["get"], {
    input: key,
    encoding: "utf8",
    timeout: 60_000,
  });
  if (status !== 0) return undefined;
  const { Username, Secret } = JSON.parse(stdout) as { Username: string; Secret: string };
  return Username === "<token>" ? { identityToken: Secret } : { user: Username, password: Secret };
}
