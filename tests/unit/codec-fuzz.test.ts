/**
 * Mutated frames never trap the codecs, and never make them read beyond the frame: each lies at
 * the very end of the module's memory, where any byte too far is a trap.
 *
 * ARGOT_SEED repeats a run, ARGOT_RUNS multiplies the number of frames.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { distDir, packageRoot } from "../../scripts/cli/paths.js";
import { numbers } from "../support/random.js";

const FRAMES = 200_000 * Number(process.env.ARGOT_RUNS ?? 1);
const SEED = Number(process.env.ARGOT_SEED ?? Date.now() % 1_000_000_000);
const PAGE = 65_536;
/** Longer frames are mostly one string; they would only take time. */
const LONGEST = 8_192;

interface Exports {
  memory: WebAssembly.Memory;
  _initialize(): void;
  allocate(bytes: number): number;
  release(address: number): void;
  open(address: number, length: number): bigint;
  inspect(address: number, length: number, fromServer: boolean): bigint;
}

function load(protocol: string): Exports {
  const module = new WebAssembly.Module(readFileSync(join(distDir, "inspect.wasm")));
  const exports = new WebAssembly.Instance(module).exports as unknown as Exports;
  exports._initialize();
  const name = Buffer.from(`${protocol}\nservice\nattachment.user\nattachment.num`);
  const address = exports.allocate(name.length);
  new Uint8Array(exports.memory.buffer).set(name, address);
  assert.equal(exports.open(address, name.length) >> 32n, 0n);
  exports.release(address);
  return exports;
}

/** Puts a frame where its last byte is the last one of the memory. */
class Edge {
  private reserved = 0;

  constructor(private readonly memory: WebAssembly.Memory) {}

  put(frame: Buffer): number {
    // What the module has grown by lies behind what was reserved, and so is not the end.
    if (this.memory.buffer.byteLength !== this.reserved) {
      this.memory.grow(Math.ceil((2 * LONGEST) / PAGE));
      this.reserved = this.memory.buffer.byteLength;
    }
    const address = this.reserved - frame.length;
    new Uint8Array(this.memory.buffer).set(frame, address);
    return address;
  }
}

/** Bytes that mean much: tags of containers, lengths, ends, halves of characters. */
const telling = Buffer.from(
  "434f5148554d5657585a525341426f707f7860929a5f00ff7f80eda6a593ac7a77",
  "hex",
);

function mutate(frame: Buffer, pick: (below: number) => number): Buffer {
  let bytes = Buffer.from(frame);
  for (let changes = 1 + pick(4); changes > 0; changes--) {
    const at = bytes.length > 16 && pick(8) > 0 ? 16 + pick(bytes.length - 16) : pick(bytes.length);
    const byte = pick(2) === 0 ? telling[pick(telling.length)]! : pick(256);
    const kind = pick(5);
    if (kind === 0) bytes = bytes.subarray(0, Math.max(at, 1));
    else if (kind === 1)
      bytes = Buffer.concat([bytes.subarray(0, at), Buffer.of(byte), bytes.subarray(at)]);
    else if (kind === 2)
      bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + pick(8))]);
    else bytes[at] = byte;
    if (bytes.length === 0) bytes = Buffer.of(byte);
  }
  return bytes;
}

/** Makes the header tell the frame's real length, so that its contents are read at all. */
function fixLength(protocol: string, frame: Buffer): void {
  if (protocol === "dubbo" && frame.length >= 16) frame.writeUInt32BE(frame.length - 16, 12);
  if (protocol === "awesomerpc" && frame.length >= 13) frame.writeUInt32BE(frame.length, 5);
  if (protocol === "brpc" && frame.length >= 12) frame.writeUInt32BE(frame.length - 12, 4);
  if (protocol === "motan2" && frame.length >= 21) {
    const end = 17 + frame.readUInt32BE(13);
    if (end + 4 <= frame.length) frame.writeUInt32BE(frame.length - end - 4, end);
  }
  if (protocol === "trpc" && frame.length >= 16) frame.writeUInt32BE(frame.length, 4);
  if (protocol === "thrift" && frame[0] === 0 && frame.length >= 4)
    frame.writeUInt32BE(frame.length - 4);
  if (/bolt|sofa/.test(protocol) && frame.length >= 24) fixBolt(frame);
}

function fixBolt(frame: Buffer): void {
  const second = frame[0] === 2 ? 2 : 0;
  const lengths = 12 + second + (frame[1 + second / 2] === 0 ? 0 : 2);
  const crc = second > 0 && frame[1] === 2 && (frame[11]! & 1) === 1 ? 4 : 0;
  const before = lengths + 8 + frame.readUInt16BE(lengths) + frame.readUInt16BE(lengths + 2) + crc;
  if (before <= frame.length) frame.writeUInt32BE(frame.length - before, lengths + 4);
}

function seeds(protocol: string): Buffer[] {
  const folder = join(packageRoot, "tests/fixtures", protocol);
  return readdirSync(folder).flatMap((file) => {
    const recorded = JSON.parse(readFileSync(join(folder, file), "utf8")) as {
      request_hex: string[];
      response_hex: string[];
    };
    return [...recorded.request_hex, ...recorded.response_hex]
      .map((hex) => Buffer.from(hex, "hex"))
      .flatMap((frame) => (protocol === "thrift" ? [frame, frame.subarray(4)] : [frame])) // unframed
      .filter((frame) => frame.length <= LONGEST);
  });
}

for (const [protocol, share] of [
  ["dubbo", 0.95],
  ["awesomerpc", 0.05],
  ["thrift", 0.2],
  ["brpc", 0.2],
  ["motan2", 0.2],
  ["bolt", 0.25],
  ["sofarpc", 0.25],
  ["trpc", 0.25],
] as const) {
  it(`${protocol}: mutated frames neither trap nor are read beyond their end`, () => {
    const module = load(protocol === "sofarpc" ? "bolt" : protocol);
    const edge = new Edge(module.memory);
    const frames = seeds(protocol);
    const pick = numbers(SEED);
    const seen = { read: 0, refused: 0 };
    for (let i = 0; i < FRAMES * share; i++) {
      const frame = mutate(frames[pick(frames.length)]!, pick);
      if (pick(16) > 0) fixLength(protocol, frame);
      let answer: bigint;
      try {
        answer = module.inspect(edge.put(frame), frame.length, pick(2) === 0);
      } catch (error) {
        assert.fail(`seed ${SEED}, frame ${i}: ${String(error)}\n${frame.toString("hex")}`);
      }
      const start = Buffer.from(module.memory.buffer, Number(answer & 0xffffffffn), 8);
      const isFrame = start.toString("latin1") === '{"kind":';
      assert.ok(isFrame || start.toString("latin1") === '{"error"', `seed ${SEED}, frame ${i}`);
      seen[isFrame ? "read" : "refused"]++;
    }
    // Both happen often, or the mutations are too weak or too strong to find anything.
    assert.ok(seen.read > FRAMES * share * 0.05, JSON.stringify(seen));
    assert.ok(seen.refused > FRAMES * share * 0.05, JSON.stringify(seen));
  });
}
