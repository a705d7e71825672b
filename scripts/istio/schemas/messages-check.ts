/** Holds the JSON form of a protobuf message of Envoy's against what the message may hold. */
import type { Finding, Path } from "../../protocol/problem.js";
import { suggestField } from "../../protocol/schema.js";
import { list, nearest, show } from "../../protocol/wording.js";
import { isMap, type Fields } from "../../protocol/maps.js";
import { allMessages, whyMissing, type Field, type MessageTable } from "./messages.js";
import { checkScalar, isScalar } from "./scalars.js";
import type { IstioVersion } from "./versions.js";
import { checkWellKnown } from "./well-known.js";

/** Where `@type` begins. */
const PREFIX = "type.googleapis.com/";

/** Messages whose `value` is the JSON form of the message that their `type_url` names. */
const TYPED_STRUCTS = ["xds.type.v3.TypedStruct", "udpa.type.v1.TypedStruct"];

export class MessageChecker {
  readonly findings: Finding[] = [];

  constructor(private readonly version: IstioVersion) {}

  /** Checks `value`, the JSON form of the message with the full name `type`, at `path`. */
  checkMessage(type: string, value: unknown, path: Path): void {
    if (type === "google.protobuf.Any") {
      this.checkAny(value, path);
      return;
    }
    if (type.startsWith("google.protobuf.")) {
      const wrong = checkWellKnown(type, value);
      if (wrong !== undefined) this.findings.push({ path, ...wrong });
      return;
    }
    const message = allMessages().messages[type];
    if (message === undefined) throw new Error(`${type} is not in the table of messages`);
    if (!isMap(value)) {
      const message = `must be a map of fields, but is ${show(value)}`;
      this.findings.push({
        path,
        message,
        remedy: `Write the fields of ${type}; see ${docs(type)}.`,
      });
      return;
    }
    this.checkFields(message, type, value, path);
  }

  private checkFields(message: MessageTable, type: string, value: Fields, path: Path): void {
    const names = fieldNames(message);
    const chosen = new Map<string, string>();
    for (const [key, part] of Object.entries(value)) {
      const at = [...path, key];
      const name = names.get(key);
      const field = name === undefined ? undefined : message.fields[name];
      if (field === undefined) {
        const remedy = suggestField(key, Object.keys(message.fields));
        this.findings.push({ path: at, onKey: true, message: `is no field of ${type}`, remedy });
        continue;
      }
      const missing = whyMissing(field, this.version);
      if (missing !== undefined) {
        const remedy = "Remove it, or use another version of Istio.";
        this.findings.push({ path: at, onKey: true, message: missing, remedy });
      }
      if (part === null) continue;
      if (field.oneof !== undefined) {
        const other = chosen.get(field.oneof);
        if (other !== undefined) {
          const message = `has ${list([other, key])}, which exclude each other`;
          this.findings.push({ path, message, remedy: "Keep one of them." });
        }
        chosen.set(field.oneof, key);
      }
      this.checkField(field, part, at);
    }
  }

  private checkField({ type }: Field, value: unknown, path: Path): void {
    const [, key, single = type] = /^(?:\[\]|map\[(.+?)\])(.*)$/.exec(type) ?? [];
    if (single === type) {
      this.checkSingle(type, value, path);
    } else if (key === undefined) {
      if (Array.isArray(value)) {
        value.forEach((item, i) => this.checkSingle(single, item, [...path, i]));
      } else {
        const remedy = "Write `-` before each item, or the items in [ ].";
        this.findings.push({ path, message: `must be a list, but is ${show(value)}`, remedy });
      }
    } else if (isMap(value)) {
      for (const [name, item] of Object.entries(value))
        this.checkSingle(single, item, [...path, name]);
    } else {
      const remedy = "Write names, each with its value.";
      this.findings.push({ path, message: `must be a map, but is ${show(value)}`, remedy });
    }
  }

  private checkSingle(type: string, value: unknown, path: Path): void {
    if (isScalar(type)) {
      const wrong = checkScalar(type, value);
      if (wrong !== undefined) this.findings.push({ path, ...wrong });
    } else if (type in allMessages().enums) {
      this.checkEnum(type, value, path);
    } else {
      this.checkMessage(type, value, path);
    }
  }

  private checkEnum(type: string, value: unknown, path: Path): void {
    const values = allMessages().enums[type]?.values ?? {};
    if (typeof value === "number") {
      if (Object.values(values).some(({ number }) => number === value)) return;
    } else if (typeof value === "string" && Object.hasOwn(values, value)) {
      const missing = whyMissing(values[value] ?? {}, this.version);
      if (missing === undefined) return;
      this.findings.push({
        path,
        message: `is ${value}, which ${missing}`,
        remedy: "Write another.",
      });
      return;
    }
    const known = Object.keys(values);
    const near = typeof value === "string" ? nearest(value, known) : undefined;
    const message = `is ${show(value)}, which is no ${type}`;
    const remedy = near === undefined ? `Write ${list(known)}.` : `Did you mean \`${near}\`?`;
    this.findings.push({ path, message, remedy });
  }

  /** A message that says by `@type` which one it is. */
  private checkAny(value: unknown, path: Path): void {
    if (!isMap(value)) {
      const message = `must be a map of fields, but is ${show(value)}`;
      this.findings.push({ path, message, remedy: 'Write `"@type"` and the fields of that type.' });
      return;
    }
    if (Object.keys(value).length === 0) return;
    const { "@type": url, ...fields } = value;
    if (typeof url !== "string") {
      const remedy = `Write \`"@type": ${PREFIX}…\` with the message's full name.`;
      this.findings.push({ path, message: '`"@type"` is missing', remedy });
      return;
    }
    const type = this.typeOf(url, [...path, "@type"]);
    if (type === undefined) return;
    if (type.startsWith("google.protobuf.") && type !== "google.protobuf.Empty") {
      this.checkMessage(type, fields.value, [...path, "value"]);
    } else {
      this.checkMessage(type, fields, path);
    }
    if (TYPED_STRUCTS.includes(type)) this.checkTypedStruct(fields, path);
  }

  /** The fields of a message, as data that only the proxy decodes. */
  private checkTypedStruct(value: Fields, path: Path): void {
    const name = "typeUrl" in value ? "typeUrl" : "type_url";
    const url = value[name];
    if (typeof url !== "string") return;
    const type = this.typeOf(url, [...path, name]);
    if (type !== undefined && isMap(value.value)) {
      this.checkMessage(type, value.value, [...path, "value"]);
    }
  }

  /** The full name of a message that this version has; else why not, as a finding at `path`. */
  private typeOf(url: string, path: Path): string | undefined {
    const name = url.slice(url.lastIndexOf("/") + 1);
    if (!url.includes("/")) {
      const remedy = `Write \`${PREFIX}${url}\`.`;
      this.findings.push({ path, message: `is ${show(url)}, which is no type URL`, remedy });
      return undefined;
    }
    const { messages } = allMessages();
    const message = messages[name];
    if (message === undefined) {
      // Extensions that only Istio's build of Envoy has, or somebody's own.
      if (!/^(envoy|xds|udpa|google)\./.test(name)) return undefined;
      const near = nearest(name, Object.keys(messages));
      const remedy =
        near === undefined
          ? "Look it up in Envoy's documentation: https://www.envoyproxy.io/docs."
          : `Did you mean \`${PREFIX}${near}\`?`;
      this.findings.push({ path, message: `is ${name}, which Envoy does not know`, remedy });
      return undefined;
    }
    const missing = whyMissing(message, this.version);
    if (missing === undefined) return name;
    const remedy = "Remove it, or use another version of Istio.";
    this.findings.push({ path, message: `is ${name}, which ${missing}`, remedy });
    return undefined;
  }
}

/** Fields by both names that they have in JSON: `route_config` and `routeConfig`. */
function fieldNames(message: MessageTable): ReadonlyMap<string, string> {
  let names = namesOf.get(message);
  if (names === undefined) {
    names = new Map();
    for (const [name, { json }] of Object.entries(message.fields)) {
      names.set(json ?? name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()), name);
      names.set(name, name);
    }
    namesOf.set(message, names);
  }
  return names;
}
const namesOf = new WeakMap<MessageTable, Map<string, string>>();

/** Envoy's documentation of a message's .proto file. */
function docs(type: string): string {
  return `https://www.envoyproxy.io/docs/envoy/latest/api-v3 (${type.split(".").slice(0, -1).join("/")})`;
}
