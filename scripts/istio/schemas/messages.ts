/** The table of Envoy's configuration messages: see update/messages.ts. */
import { readData } from "./data.js";
import { envoyOf, isOlder, type IstioVersion } from "./versions.js";

/** Versions of Envoy, e.g. "1.37"; none: the first or the last one that the table knows. */
export interface Lifetime {
  since?: string;
  until?: string;
}

export interface Field extends Lifetime {
  /** A scalar, or the full name of a message or an enum; `[]` or `map[K]` may stand before it. */
  type: string;
  /** At most one field of these has a value. */
  oneof?: string;
  /** Its name in JSON, where that is not the usual one. */
  json?: string;
}

export interface MessageTable extends Lifetime {
  /** By their names in the .proto file. */
  fields: Record<string, Field>;
}

export interface EnumTable extends Lifetime {
  values: Record<string, Lifetime & { number: number }>;
}

export interface Messages {
  messages: Record<string, MessageTable>;
  enums: Record<string, EnumTable>;
}

let table: Messages | undefined;

/** The messages of all versions; read at the first call. */
export function allMessages(): Messages {
  return (table ??= readData("envoy.json.br") as Messages);
}

/** Why the Envoy of `version` does not know it; undefined: it does. */
export function whyMissing(part: Lifetime, version: IstioVersion): string | undefined {
  const envoy = envoyOf(version);
  if (part.since !== undefined && isOlder(envoy, part.since)) {
    return `exists only since Envoy ${part.since}; Istio ${version} has ${envoy}`;
  }
  if (part.until !== undefined && isOlder(part.until, envoy)) {
    return `was removed after Envoy ${part.until}; Istio ${version} has ${envoy}`;
  }
  return undefined;
}
