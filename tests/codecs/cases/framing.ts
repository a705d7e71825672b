/** Where frames end, however they arrive. */
import assert from "node:assert/strict";
import { numberBytes } from "../protocol.js";
import { INCOMPLETE, MALFORMED, Read } from "../support/probe.js";
import { type Case, isRouted, read, splits } from "./case.js";

/** Values that overflow, or come near it, if one calculates with too few bits. */
const extremes = [0n, 1n, 127n, 128n, 255n, 0x7fffn, 0x8000n, 0xffffn, 0x7fffffffn, 0x80000000n];
const beyond = [
  0xfffffff0n,
  0xffffffffn,
  0x7fffffffffffffffn,
  0x8000000000000000n,
  0xffffffffffffffffn,
];

export const framing: Case[] = [
  {
    name: "every sample is one frame and can be read",
    run(probe, { samples }) {
      assert.ok(samples.length > 3);
      for (const { name, frame, fromServer } of samples) read(probe, frame, fromServer, name);
    },
  },
  {
    name: "split anywhere, a frame's length is unknown or right",
    run(probe, { samples, scans }) {
      const enough = probe.module.headerLength();
      for (const { name, frame } of samples) {
        for (const n of splits(frame.length)) {
          const length = probe.measure(frame.subarray(0, n));
          if (length === INCOMPLETE && n < frame.length && (scans || n < enough)) continue;
          assert.equal(length, frame.length, `${name}: with ${n} of ${frame.length} bytes`);
        }
      }
    },
  },
  {
    name: "split anywhere, what is read of a frame is what the whole one says",
    run(probe, { samples }) {
      for (const { name, frame, fromServer } of samples) {
        probe.readHead(frame, fromServer);
        const head = probe.head;
        const values = isRouted(head)
          ? (probe.readMetadata(frame.length, frame.length), probe.values)
          : undefined;
        for (const n of splits(frame.length)) {
          const start = frame.subarray(0, n);
          if (probe.measure(start) <= 0) continue;
          const at = `${name}: with ${n} of ${frame.length} bytes`;
          const result = probe.readHead(start, fromServer);
          if (result === Read.INCOMPLETE && n < frame.length) continue;
          assert.equal(result, Read.DONE, at);
          assert.deepEqual(probe.head, head, at);
          if (values === undefined) continue;
          const contents = probe.readMetadata(n, frame.length);
          if (contents === Read.INCOMPLETE && n < frame.length) continue;
          assert.equal(contents, Read.DONE, at);
          assert.deepEqual(probe.values, values, at);
        }
      }
    },
  },
  {
    name: "pipelined frames are told apart",
    run(probe, { samples }) {
      for (const fromServer of [false, true]) {
        const frames = samples.filter((s) => s.fromServer === fromServer).map(({ frame }) => frame);
        const stream = Buffer.concat(frames);
        let at = 0;
        for (const frame of frames) {
          const rest = stream.subarray(at, at + frame.length + 200);
          assert.equal(probe.measure(rest), frame.length);
          at += frame.length;
        }
      }
    },
  },
  {
    name: "bytes behind a frame are not the frame's, whatever they are",
    run(probe, { samples }) {
      for (const { name, frame } of samples) {
        for (const byte of [0, 1, 0x7f, 0x80, 0xff, frame[0] ?? 0]) {
          const more = Buffer.concat([frame, Buffer.alloc(40, byte)]);
          assert.equal(probe.measure(more), frame.length, name);
        }
      }
    },
  },
  {
    name: "declared lengths up to the largest neither overflow nor end before the header",
    run(probe, { samples, lengths }) {
      for (const { name, frame, fromServer } of samples) {
        for (const field of lengths) {
          if (field.at + field.size > frame.length) continue;
          for (const value of [...extremes, ...beyond]) {
            if (value >> BigInt(8 * field.size)) continue;
            const bytes = Buffer.from(frame);
            numberBytes(value, field).copy(bytes, field.at);
            const at = `${name}: ${value} at ${field.at}`;
            const length = probe.measure(bytes);
            if (field.declares)
              assert.equal(length, Number(field.declares(value) ?? MALFORMED), at);
            assert.ok(length >= MALFORMED && length < 2 ** 40, `${at}: ${length}`);
            if (length <= 0) continue;
            // Nothing beyond what is there is read, whatever the frame says of itself.
            const n = Math.min(length, bytes.length);
            if (probe.readHead(bytes.subarray(0, n), fromServer) !== Read.DONE) continue;
            if (isRouted(probe.head)) probe.readMetadata(n, Math.min(length, 0xffffffff));
          }
        }
      }
    },
  },
  {
    name: "any other byte in the magic is refused as soon as it is there",
    when: ({ magic }) => magic.length > 0,
    run(probe, { samples, magic }) {
      for (const { name, frame } of samples) {
        for (const [i, allowed] of magic.entries()) {
          for (let byte = 0; byte < 256; byte++) {
            if (allowed.includes(byte)) continue;
            const bytes = Buffer.from(frame);
            bytes[i] = byte;
            const at = `${name}: ${byte} at ${i}`;
            assert.equal(probe.measure(bytes.subarray(0, i + 1)), MALFORMED, at);
            assert.equal(probe.measure(bytes), MALFORMED, at);
          }
        }
      }
    },
  },
  {
    name: "no bytes are the start of a frame",
    run(probe) {
      assert.equal(probe.measure(Buffer.alloc(0)), INCOMPLETE);
    },
  },
  {
    name: "a frame cut off where its header ends is refused or read, not waited for",
    run(probe, { samples, fix }) {
      const enough = probe.module.headerLength();
      for (const { name, frame, fromServer } of samples) {
        const bytes = Buffer.from(frame.subarray(0, enough));
        fix(bytes);
        const length = probe.measure(bytes);
        if (length !== bytes.length) continue; // no such frame, or no such end
        const head = probe.readHead(bytes, fromServer);
        assert.notEqual(head, Read.INCOMPLETE, name);
        if (head !== Read.DONE) continue;
        const contents = probe.head.reply
          ? probe.module.readReply(probe.at, length)
          : probe.readMetadata(length, length);
        assert.notEqual(contents, Read.INCOMPLETE, name);
      }
    },
  },
];
