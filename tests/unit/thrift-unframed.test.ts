/** Recorded Thrift messages without their frames: the same is read, and their end is found. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { it } from "node:test";
import { distDir } from "../../scripts/cli/paths.js";
import { Inspector } from "../../scripts/inspect/module.js";
import { recordings } from "../support/recordings.js";

const LENGTH = 4;
const HEADER_MAGIC = 0x0fff;

const inspector = new Inspector(join(distDir, "inspect.wasm"), { protocol: "thrift" });
const framed = recordings("thrift").filter(({ frame }) => frame.readUInt16BE(4) !== HEADER_MAGIC);

it("a message without its frame says the same", () => {
  assert.ok(framed.length >= 90, `there are ${framed.length}`);
  for (const { name, frame, fromServer } of framed) {
    const message = frame.subarray(LENGTH);
    const inFrame = inspector.inspect(frame, fromServer);
    const alone = inspector.inspect(message, fromServer);
    assert.ok("frame" in inFrame && "frame" in alone, `${name}: ${alone.json}`);
    assert.deepEqual({ ...alone.frame, length: frame.length }, inFrame.frame, name);
  }
});

it("each part of one is incomplete, and what follows one is another", () => {
  for (const { name, frame, fromServer } of framed.filter((r) => r.frame.length < 300)) {
    const message = frame.subarray(LENGTH);
    for (let n = 0; n < message.length; n++) {
      const seen = inspector.inspect(message.subarray(0, n), fromServer);
      assert.ok("error" in seen && seen.error.includes("truncated"), `${name}: ${n} bytes`);
    }
    const seen = inspector.inspect(Buffer.concat([message, message]), fromServer);
    const expected = `bytes after the frame's end: ${message.length}`;
    assert.ok("error" in seen && seen.error === expected, `${name}: ${seen.json}`);
  }
});
