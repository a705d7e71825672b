/**
 * The module behind `argot inspect`: the filter's own codecs, told to report everything.
 *
 * The caller allocates room with `allocate`, puts bytes there, and reads the text that `open` or
 * `inspect` answers: UTF-8 at the address in the lower half, its length in the upper half.
 */
import "./codecs/builtin";
import { Codec, INCOMPLETE, MALFORMED, Read } from "./codecs/codec";
import { RoomyMetadata } from "./codecs/inspection";
import { jsonString } from "./codecs/json";
import { Depth, Kind, Slot, ValueType } from "./codecs/metadata";
import { protocolNames } from "./codecs/registry";
import { codecOf } from "./codecs/declared/open";
import { configError } from "./json/reader";

/** Metadata that keeps every attachment as JSON; the last of a name wins, as it does in Java. */
class Inspection extends RoomyMetadata {
  names: string[] = [];
  values: string[] = [];
  private encoded: usize[] = [];

  clear(): void {
    super.clear();
    this.names = [];
    this.values = [];
    this.encoded = [];
  }

  attachment(name: usize, nameLength: u32, value: usize, n: u32, type: ValueType): void {
    super.attachment(name, nameLength, value, n, type);
    const key = jsonString(name, nameLength);
    const old = this.names.indexOf(key);
    const index = old < 0 ? this.names.push(key) - 1 : old;
    if (old < 0) {
      this.values.push("");
      this.encoded.push(0);
      this.encoded.push(0);
    }
    const isEncoded = type == ValueType.ENCODED;
    this.encoded[2 * index] = isEncoded ? value : 0;
    this.encoded[2 * index + 1] = n;
    if (type == ValueType.NULL) this.values[index] = "null";
    else if (type == ValueType.STRING) this.values[index] = jsonString(value, n);
    else if (!isEncoded) this.values[index] = String.UTF8.decodeUnsafe(value, n);
  }

  /** The attachments as a JSON object. */
  attachments(codec: Codec): string {
    const parts: string[] = [];
    for (let i = 0; i < this.names.length; i++) {
      const p = this.encoded[2 * i];
      const value = p ? codec.renderEncoded(p, <u32>this.encoded[2 * i + 1]) : this.values[i];
      parts.push(this.names[i] + ":" + value);
    }
    return "{" + parts.join(",") + "}";
  }
}

const metadata = new Inspection();
let codec: Codec | null = null;
let routeOn: string[] = [];
let slots: u32[] = [];
let answer: ArrayBuffer = new ArrayBuffer(0);

/** Room for `n` bytes, to be given back with `release`. */
export function allocate(n: u32): usize {
  return heap.alloc(n);
}
export function release(p: usize): void {
  heap.free(p);
}

/** The protocols of this module, one a line. */
export function protocols(): u64 {
  return say(protocolNames().join("\n"));
}

/**
 * Sets the protocol (its name, or its program as JSON on one line) and the keys of the lane
 * key, as one name a line.
 * @returns an error, or no text
 */
export function open(p: usize, n: u32): u64 {
  const lines = String.UTF8.decodeUnsafe(p, n).split("\n");
  codec = codecOf(lines[0]);
  if (codec == null) return say(configError == "" ? "unknown protocol " + lines[0] : configError);
  routeOn = lines.slice(1);
  slots = [];
  for (let i = 0; i < routeOn.length; i++) {
    const key = routeOn[i];
    if (key == "service") slots.push(Slot.SERVICE);
    else if (key == "method") slots.push(Slot.METHOD);
    else if (key == "version") slots.push(Slot.VERSION);
    else if (key == "group") slots.push(Slot.GROUP);
    else if (key == "parameterTypes") slots.push(Slot.PARAMETER_TYPES);
    else if (key.startsWith("attachment.")) slots.push(metadata.want(key.substring(11)));
    else return say("unknown key " + key);
  }
  metadata.depth = Depth.ATTACHMENTS;
  return say("");
}

/** Length of the frame at `p`, of which `n` bytes are there: see `Codec.measure`. */
export function measure(p: usize, n: u32): i64 {
  return codec!.measure(p, n);
}

/** Decodes the bytes at `p`, which have to be exactly one frame, and answers a JSON object. */
export function inspect(p: usize, n: u32, fromServer: bool): u64 {
  const length = codec!.measure(p, n);
  if (length == MALFORMED) return refuse("this is not a frame of " + codec!.name);
  if (length == INCOMPLETE) return refuse("the frame is truncated: its header is not complete");
  if (length > <i64>n) {
    return refuse(
      "the frame is truncated: " + n.toString() + " of " + length.toString() + " bytes",
    );
  }
  if (length < <i64>n) {
    return refuse("bytes after the frame's end: " + (<i64>n - length).toString());
  }
  metadata.clear();
  metadata.fromServer = fromServer;
  let read = codec!.readHead(p, n, metadata);
  if (read == Read.DONE) {
    read = metadata.reply
      ? codec!.readReply(p, n, metadata)
      : codec!.readMetadata(p, n, n, metadata);
  }
  if (read != Read.DONE) return refuse(why());
  return say(describe(n));
}

/** Why the frame can't be read, in the codec's words if it has any. */
function why(): string {
  if (metadata.errorMessage == 0) return "the frame's contents are malformed";
  return String.UTF8.decodeUnsafe(metadata.errorMessage, metadata.errorMessageLength);
}

function refuse(reason: string): u64 {
  const text = String.UTF8.encode(reason);
  return say('{"error":' + jsonString(changetype<usize>(text), text.byteLength) + "}");
}

function say(text: string): u64 {
  answer = String.UTF8.encode(text);
  return ((<u64>answer.byteLength) << 32) | (<u64>changetype<usize>(answer));
}

function kindName(kind: Kind): string {
  switch (kind) {
    case Kind.REQUEST:
      return "request";
    case Kind.ONEWAY:
      return "oneway";
    case Kind.HEARTBEAT:
      return "heartbeat";
    case Kind.EVENT:
      return "event";
    case Kind.STREAM:
      return "stream";
    default:
      return "response";
  }
}

function describe(length: u32): string {
  const m = metadata;
  const parts: string[] = [];
  parts.push('"kind":"' + kindName(m.kind) + '"');
  parts.push('"role":"' + (m.reply ? "response" : "request") + '"');
  parts.push('"requestId":"' + m.requestId.toString() + '"');
  addSlot(parts, "service", Slot.SERVICE);
  addSlot(parts, "version", Slot.VERSION);
  addSlot(parts, "group", Slot.GROUP);
  addSlot(parts, "method", Slot.METHOD);
  addSlot(parts, "parameterTypes", Slot.PARAMETER_TYPES);
  if (m.names.length > 0) parts.push('"attachments":' + m.attachments(codec!));
  // Of a stream, only frames that may bear an error message tell how it went.
  if (m.kind == Kind.STREAM ? m.errorMessage != 0 : m.reply) {
    parts.push('"status":' + codec!.renderStatus(m.status));
    parts.push('"isError":' + (m.isError ? "true" : "false"));
  }
  if (m.errorMessage) {
    parts.push('"errorMessage":' + jsonString(m.errorMessage, m.errorMessageLength));
  }
  parts.push('"length":' + length.toString());
  if (m.kind <= Kind.ONEWAY) {
    const keys: string[] = [];
    for (let i = 0; i < routeOn.length; i++) addSlot(keys, routeOn[i], slots[i]);
    parts.push('"laneKey":{' + keys.join(",") + "}");
  }
  return "{" + parts.join(",") + "}";
}

function addSlot(parts: string[], name: string, slot: u32): void {
  const p = metadata.at(slot);
  if (p == 0) return;
  const key = String.UTF8.encode(name);
  const value = jsonString(p, metadata.length(slot));
  parts.push(jsonString(changetype<usize>(key), key.byteLength) + ":" + value);
}
