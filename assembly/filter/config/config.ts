/**
 * The plugin's configuration: one JSON document, described by scripts/schema/plugin.schema.json
 * (which docs/configuration.md is made from). What is wrong in it keeps the plugin from loading.
 */
import { codecFor, protocolNames } from "../../codecs/registry";
import { Codec } from "../../codecs/codec";
import { readDescribed } from "../../codecs/described";
import { Edits } from "../../codecs/edits";
import { Metadata } from "../../codecs/metadata";
import { RouteKeys } from "../keys";
import { makeMode, Mode } from "../mode";
import { Json, JsonType, jsonError, parseJson } from "../../json/json";
import {
  clearComplaints,
  complain,
  configError,
  onlyKeys,
  readArray,
  readChoice,
  readInteger,
  readString,
} from "../../json/reader";

export class Config {
  name: string = "";
  /** The user's own word for the state of the configuration; empty: none. */
  revision: string = "";
  mode!: Mode;
  codec!: Codec;
  metadata: Metadata = new Metadata();
  keys!: RouteKeys;
  authority: string = "argot";
  maxFrameBytes: u32 = 0;
  maxMetadataBytes: u32 = 0;
  /** 0: no limit. */
  maxConnections: u32 = 0;
  /** Changes to the attachments of each request; null: none. */
  edits: Edits | null = null;
  // lanes
  spread: u32 = 1;
  maxRequests: u32 = 0;
  maxAgeSeconds: u32 = 0;
  idleSeconds: u32 = 0;
  maxLanes: u32 = 0;
  maxInFlight: u32 = 0;
  maxBufferedBytes: u32 = 0;
  maxWorkerBytes: u32 = 0;
}

/** The modes that there are, whether this module has them or not. */
const MODES: string[] = ["lanes", "connection"];

/** Reads a configuration; null if it is wrong, with the reason in `configError`. */
export function readConfig(text: string): Config | null {
  clearComplaints();
  const json = parseJson(text);
  if (json === null) {
    complain("configuration", "is not JSON: " + jsonError);
    return null;
  }
  onlyKeys(json, "", [
    "protocol",
    "mode",
    "name",
    "revision",
    "routeOn",
    "authority",
    "maxFrameBytes",
    "maxMetadataBytes",
    "maxConnections",
    "attachments",
    "lanes",
    "connection",
  ]);
  const config = new Config();
  const codec = readProtocol(json);
  const protocol = codec === null ? "" : codec.name;
  const mode = readMode(json);
  if (mode === null) return null;
  if (codec !== null) config.codec = codec;
  config.mode = mode;
  config.name = readString(json, "", "name", protocol);
  config.revision = readString(json, "", "revision", "");
  config.keys = new RouteKeys(readRouteOn(json), config.metadata);
  config.authority = readString(json, "", "authority", "argot");
  if (config.authority == "") complain("authority", "must not be empty");
  config.maxFrameBytes = readInteger(json, "", "maxFrameBytes", 16 << 20, 1024, 1 << 30);
  config.maxMetadataBytes = readInteger(json, "", "maxMetadataBytes", 8192, 64, 49152);
  config.maxConnections = readInteger(json, "", "maxConnections", 100_000, 0, 10_000_000);
  readAttachments(json, config);
  for (let i = 0; i < MODES.length; i++) {
    const name = MODES[i];
    if (name != mode.name && json.get(name) !== null) complain(name, "belongs to mode " + name);
  }
  mode.read(json.get(mode.name), config);
  return configError == "" ? config : null;
}

/** The codec of a built-in protocol, by its name, or of one that is described. */
function readProtocol(json: Json): Codec | null {
  const given = json.get("protocol");
  if (given !== null && given.type == JsonType.OBJECT) return readDescribed(given, "protocol");
  return codecFor(readChoice(json, "", "protocol", protocolNames()));
}

function readMode(json: Json): Mode | null {
  const name = readChoice(json, "", "mode", MODES);
  const mode = makeMode(name);
  if (mode === null)
    complain("mode", name + " is not in this module; build it with `argot build --mode both`");
  return mode;
}

function readRouteOn(json: Json): string[] {
  const items = readArray(json, "", "routeOn");
  if (json.get("routeOn") === null) return ["service", "method"];
  if (items.length > 16) complain("routeOn", "has more than 16 keys");
  const keys: string[] = [];
  for (let i = 0; i < items.length; i++) {
    const path = "routeOn[" + i.toString() + "]";
    if (items[i].type != JsonType.STRING || !RouteKeys.isKey(items[i].text))
      complain(
        path,
        "must be service, method, version, group, parameterTypes or attachment.<name>",
      );
    else if (keys.includes(items[i].text)) complain(path, "is there twice");
    else keys.push(items[i].text);
  }
  return keys;
}

/** Most attachments that a configuration can change, and most bytes of their names and values. */
const MAX_EDITS: i32 = 16;
const MAX_EDIT_BYTES: u32 = 8192;

function readAttachments(json: Json, config: Config): void {
  const given = json.get("attachments");
  if (given === null) return;
  if (config.mode.name != "lanes") complain("attachments", "belongs to mode lanes");
  onlyKeys(given, "attachments", ["set", "remove"]);
  const edits = new Edits();
  const set = given.get("set");
  if (set !== null) {
    if (set.type != JsonType.OBJECT) complain("attachments.set", "must be an object");
    for (let i = 0; i < set.keys.length; i++) {
      edits.add(set.keys[i], readString(set, "attachments.set", set.keys[i], ""));
    }
  }
  const remove = readArray(given, "attachments", "remove");
  for (let i = 0; i < remove.length; i++) {
    const path = "attachments.remove[" + i.toString() + "]";
    const name = remove[i].text;
    if (remove[i].type != JsonType.STRING) complain(path, "must be a string");
    else if (set !== null && set.get(name) !== null) complain(path, "is set, too");
    else edits.add(name, null);
  }
  if (edits.count == 0) return;
  if (edits.count > MAX_EDITS || edits.bytes > MAX_EDIT_BYTES)
    complain("attachments", "are more than 16, or longer than 8192 bytes together");
  else if (configError == "" && config.codec.changeLimit(edits) == 0)
    complain("attachments", "can't be changed in " + config.codec.name);
  else config.edits = edits;
}
