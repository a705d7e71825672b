/** What the filter itself says: errors, heartbeats' answers, goodbyes, ends of streams. */
import assert from "node:assert/strict";
import { isUtf8 } from "node:buffer";
import type { Protocol } from "../protocol.js";
import { Part, type Probe } from "../support/probe.js";
import { type Case, read, routed } from "./case.js";

export const statuses = [400, 403, 404, 408, 429, 503, 504];
const MESSAGE = "argot: no route";
const texts = {
  empty: "",
  "64 KB": "x".repeat(65_536),
  "control characters": '\0\x01\n\r\t\x1b\x7f"\\</script>',
  umlauts: "nö",
  emoji: "no 🚫 route",
  "8 KB of emoji": "🚫".repeat(2048),
};
const broken = {
  "not UTF-8": Buffer.of(0x61, 0xff, 0xfe, 0x80, 0x62),
  "half a character": Buffer.from("ab🚫").subarray(0, 4),
  "a surrogate": Buffer.of(0xed, 0xa0, 0x80),
  "too long a form": Buffer.of(0xc0, 0xaf),
  "64 KB of bytes": Buffer.alloc(65_536, 0xbf),
  "64 KB of emoji": Buffer.from("🚫".repeat(16_384)),
};

/** Protocols may write something else for what they would have to escape. */
const shown = (text: string): string => text.replace(/[\p{Cc}"'\\ ]/gu, "?");

/** The error reply to the request whose head was read last. */
function refuse(probe: Probe, status: number, message: string | Buffer): Buffer {
  const { requestId, replyContext } = probe.head;
  const [p, n] = probe.give(message);
  return probe.written(probe.module.replyLimit(n), (out) =>
    probe.module.writeErrorReply(out, requestId, replyContext, status, p, n),
  );
}

/** One request of each kind of reply context: protocols may answer each in another way. */
function questions(probe: Probe, protocol: Protocol): Map<number, Buffer> {
  const all = routed(probe, protocol).filter(({ head }) => head.kind === "request");
  return new Map(all.map(({ head, frame }) => [head.replyContext, frame]));
}

/** Reads an error reply to request `id`; answers its message, if that can be read. */
function readError(probe: Probe, protocol: Protocol, reply: Buffer, id: bigint): string | null {
  const { errors, messageOf = (text: string): string => text } = protocol;
  const head = read(probe, reply, true, `error reply ${reply.toString("hex", 0, 60)}`);
  assert.equal(head.kind, "response");
  assert.equal(head.reply, true);
  assert.equal(head.requestId, id);
  if (errors === "nothing") return null;
  assert.equal(probe.error.isError, true);
  return errors === "flag" ? null : messageOf(probe.error.message);
}

export const replies: Case[] = [
  {
    name: "error reply is read by the codec as an error with the request's id",
    run(probe, protocol) {
      for (const id of protocol.ids) {
        for (const status of statuses) {
          read(probe, protocol.request(id), false);
          const message = readError(probe, protocol, refuse(probe, status, MESSAGE), id);
          if (message !== null) assert.ok(message.includes(MESSAGE), message);
        }
      }
    },
  },
  {
    name: "error reply answers every sample in the way that its client reads",
    run(probe, protocol) {
      for (const [context, frame] of questions(probe, protocol)) {
        for (const status of statuses) {
          const { requestId } = read(probe, frame, false);
          const reply = refuse(probe, status, MESSAGE);
          assert.ok(reply.length > 0, `context ${context}`);
          readError(probe, protocol, reply, requestId);
        }
      }
    },
  },
  {
    name: "error reply has any message of UTF-8, or its start",
    run(probe, protocol) {
      for (const [context, frame] of questions(probe, protocol)) {
        for (const [name, text] of Object.entries(texts)) {
          const { requestId } = read(probe, frame, false);
          const message = readError(probe, protocol, refuse(probe, 503, text), requestId);
          if (message === null) continue;
          const kept = shown(text.slice(0, 1000));
          assert.ok(shown(message).includes(kept), `${name}, context ${context}: ${message}`);
        }
      }
    },
  },
  {
    name: "error reply is a good frame of UTF-8 even if the message is not",
    run(probe, protocol) {
      for (const frame of questions(probe, protocol).values()) {
        for (const [name, bytes] of Object.entries(broken)) {
          const { requestId } = read(probe, frame, false);
          const reply = refuse(probe, 503, bytes);
          readError(probe, protocol, reply, requestId);
          const table = probe.table();
          const message = Buffer.from(probe.module.memory.buffer, table[8], table[9]);
          assert.ok(isUtf8(message), `${name}: ${message.toString("hex")}`);
        }
      }
    },
  },
  {
    name: "heartbeat is answered by a heartbeat's answer with the same id",
    when: ({ heartbeat }) => heartbeat !== undefined,
    run(probe, { heartbeat, ids }) {
      for (const id of ids) {
        const question = read(probe, heartbeat!(id), false);
        assert.equal(question.kind, "heartbeat");
        assert.equal(question.reply, false);
        probe.readHead(heartbeat!(id), false);
        const answer = probe.written(probe.module.replyLimit(0), (out) =>
          probe.module.writeHeartbeatReply(out),
        );
        const head = read(probe, answer, true, `answer ${answer.toString("hex")}`);
        assert.equal(head.kind, "heartbeat");
        assert.equal(head.reply, true);
        assert.equal(head.requestId, question.requestId);
      }
    },
  },
  {
    name: "heartbeat of every sample is answered",
    when: ({ samples }) => samples.some(({ kind }) => kind === "heartbeat"),
    run(probe, { samples }) {
      for (const { name, frame, fromServer } of samples) {
        const head = read(probe, frame, fromServer, name);
        if (head.kind !== "heartbeat" || head.reply) continue;
        const limit = probe.module.replyLimit(0);
        const answer = probe.written(limit, (out) => probe.module.writeHeartbeatReply(out));
        const answered = read(probe, answer, !fromServer, name);
        assert.deepEqual(
          [answered.kind, answered.reply, answered.requestId],
          ["heartbeat", true, head.requestId],
          name,
        );
      }
    },
  },
  {
    name: "heartbeat: there is none, and no answer to one",
    when: ({ heartbeat, samples }) =>
      heartbeat === undefined && samples.every(({ kind }) => kind !== "heartbeat"),
    run(probe, { samples }) {
      for (const { name, frame, fromServer } of samples) {
        assert.notEqual(read(probe, frame, fromServer, name).kind, "heartbeat", name);
        const limit = probe.module.replyLimit(0);
        const answer = probe.written(limit, (out) => probe.module.writeHeartbeatReply(out));
        assert.equal(answer.length, 0);
      }
    },
  },
  {
    name: "goodbye is a good frame of kind event",
    when: ({ goodbye }) => goodbye === true,
    run(probe) {
      const limit = probe.module.replyLimit(0);
      const frame = probe.written(limit, (out) => probe.module.writeGoodbye(out));
      assert.equal(read(probe, frame, true, "goodbye").kind, "event");
    },
  },
  {
    name: "goodbye: there is none",
    when: ({ goodbye }) => !goodbye,
    run(probe) {
      const frame = probe.written(probe.module.replyLimit(0), (out) =>
        probe.module.writeGoodbye(out),
      );
      assert.equal(frame.length, 0);
    },
  },
  {
    name: "stream reset is a good frame that ends the stream",
    when: ({ streams }) => streams === true,
    run(probe, { samples }) {
      let resets = 0;
      for (const { name, frame, fromServer } of samples) {
        const { part, streamId } = read(probe, frame, fromServer, name);
        if (fromServer || !(part & Part.BEGINS)) continue;
        for (const text of [MESSAGE, ...Object.values(texts)]) {
          const [p, n] = probe.give(text);
          const reset = probe.written(probe.module.replyLimit(n), (out) =>
            probe.module.writeStreamReset(out, streamId, 503, p, n),
          );
          const head = read(probe, reset, true, `reset of ${name}`);
          assert.deepEqual([head.kind, head.streamId], ["stream", streamId], name);
          assert.ok(head.part & (Part.ENDS | Part.ABORTS), name);
          resets++;
        }
      }
      assert.ok(resets > 0);
    },
  },
];
