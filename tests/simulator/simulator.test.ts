/** A short run of the simulator, and whether it finds what is wrong. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Connection } from "../host/connection.js";
import type { Hcm } from "../host/hcm.js";
import { ACK, END_STREAM, type Frame, FrameType } from "../host/http2.js";
import { KEYS } from "../property/calls.js";
import * as dubbo from "../support/dubbo.js";
import { tryKept } from "./kept.js";
import type { Faults } from "./life.js";
import { runCrowds } from "./worker.js";

const SEED = Number(process.env.ARGOT_SEED ?? "1");
const LIVES = 20_000;
const CROWD = 500;

test("what once failed does not fail again", () => {
  assert.deepEqual(tryKept(), []);
});

test(`${LIVES} lives of connections go as they must`, () => {
  let answers = 0;
  const task = { seed: SEED, first: 0, step: 1, end: LIVES / CROWD, size: CROWD };
  for (const report of runCrowds(task)) {
    assert.equal(report.failure, undefined, `seed ${SEED}: ${JSON.stringify(report)}`);
    answers += report.answers;
  }
  assert.ok(answers > 2 * LIVES, `only ${answers} answers`);
});

/** Spoils the frames that the HCM reads: none, or others, come in a frame's place. */
function reading(hcm: Hcm, change: (frame: Frame) => Frame[]): void {
  const inside = hcm as unknown as { onFrame(frame: Frame): void };
  const onFrame = inside.onFrame.bind(hcm);
  inside.onFrame = (frame) => change(frame).forEach(onFrame);
}

/** Spoils the frames that the HCM sends: those for which it is true get lost. */
function losing(hcm: Hcm, isLost: (type: number, flags: number, stream: number) => boolean): void {
  const queue = hcm.queue.bind(hcm);
  hcm.queue = (bytes, ends) => {
    if (!isLost(bytes[3]!, bytes[4]!, bytes.readUInt32BE(5))) queue(bytes, ends);
  };
}

/** What the filter writes to one client goes to the one that was written to before. */
function crossing(): Faults {
  let before: ((bytes: Buffer) => void) | null = null;
  let count = 0;
  return {
    connection(connection: Connection) {
      const own = connection.onWritten!;
      connection.onWritten = (bytes) => {
        const other = before ?? own;
        before = own;
        (++count % 20 === 0 ? other : own)(bytes);
      };
    },
  };
}

/** Each other answer of an upstream has the id of the one before it, and the other way round. */
function swapping(): Faults {
  return {
    upstream(upstream) {
      const answer = upstream.answer.bind(upstream);
      let first: Buffer | null = null;
      upstream.answer = (bytes) => {
        const second = Buffer.from(bytes);
        if (first === null) {
          first = second;
          return;
        }
        const id = Buffer.from(first.subarray(4, 12));
        second.copy(first, 4, 4, 12);
        id.copy(second, 4);
        answer(first);
        answer(second);
        first = null;
      };
    },
  };
}

/** When one connection begins, another one that has ended is written to. */
function behindTheEnd(): Faults {
  const ended: Connection[] = [];
  return {
    connection(connection) {
      ended.pop()?.onWritten?.(dubbo.heartbeatAnswer(0n));
      const disconnect = connection.disconnect.bind(connection);
      connection.disconnect = () => {
        disconnect();
        ended.push(connection);
      };
    },
  };
}

const faults: Record<string, { spoil: () => Faults; finds: RegExp }> = {
  "windows of the connection are not given back": {
    spoil: () => ({
      hcm: (hcm) =>
        losing(hcm, (type, _, stream) => type === FrameType.WindowUpdate && stream === 0),
    }),
    finds: /has no answer/,
  },
  "windows of lanes are not given back": {
    spoil: () => ({
      hcm: (hcm) => losing(hcm, (type, _, stream) => type === FrameType.WindowUpdate && stream > 0),
    }),
    finds: /has no answer/,
  },
  "PINGs are not acknowledged": {
    spoil: () => ({
      hcm: (hcm) => losing(hcm, (type, flags) => type === FrameType.Ping && flags === ACK),
    }),
    finds: /has no answer|does not live/,
  },
  "resets do not come through": {
    spoil: () => ({ hcm: (hcm) => losing(hcm, (type) => type === FrameType.RstStream) }),
    finds: /has no answer|half open/,
  },
  "a drain is not announced": {
    spoil: () => ({ hcm: (hcm) => losing(hcm, (type) => type === FrameType.Goaway) }),
    finds: /does not close|has no answer/,
  },
  "answers are swapped": { spoil: swapping, finds: /another's answer|nobody gave|has no answer/ },
  "clients are swapped": {
    spoil: crossing,
    finds: /another's|nobody gave|before it was|foreign|second answer/,
  },
  "an answer is written twice": {
    spoil: () => ({
      connection(connection) {
        const write = connection.onWritten!;
        connection.onWritten = (bytes) => {
          write(bytes);
          write(bytes);
        };
      },
    }),
    finds: /second answer|told to go/,
  },
  "something is written behind the end": {
    spoil: behindTheEnd,
    finds: /after the end/,
  },
  "a connection is closed with requests in flight": {
    spoil: () => ({
      connection(connection) {
        let reads = 0;
        const receive = connection.receive.bind(connection);
        connection.receive = (bytes) => {
          receive(bytes);
          if (++reads === 9) connection.closeFlushingWrites();
        };
      },
    }),
    finds: /the filter closed/,
  },
  "a request is sent twice": {
    spoil: () => ({
      hcm: (hcm) => reading(hcm, (f) => (f.type === FrameType.Data ? [f, f] : [f])),
    }),
    finds: /sent twice|beyond the|no frame but/,
  },
  "a request is lost": {
    spoil: () => ({
      hcm(hcm) {
        let data = 0;
        reading(hcm, (f) => (f.type === FrameType.Data && ++data % 5 === 0 ? [] : [f]));
      },
    }),
    finds: /has no answer|no frame but|half open/,
  },
  "lanes are not ended": {
    spoil: () => ({
      hcm: (hcm) =>
        reading(hcm, (f) => [
          { ...f, flags: f.type === FrameType.Data ? f.flags & ~END_STREAM : f.flags },
        ]),
    }),
    finds: /half open|more than the/,
  },
  "settings are not acknowledged": {
    spoil: () => ({
      hcm: (hcm) =>
        reading(hcm, (f) => (f.type === FrameType.Settings && f.flags & ACK ? [] : [f])),
    }),
    finds: /SETTINGS without an ACK|beyond/,
  },
  "requests are on the lane of another key": {
    spoil: () => ({
      upstream: (upstream) => Object.assign(upstream, { key: (upstream.key + 1) % KEYS.length }),
    }),
    finds: /lane of another key/,
  },
  "timers do not ring": {
    spoil: () => ({ vm: (vm) => Object.assign(vm, { advance: () => undefined }) }),
    finds: /has no answer|does not live|half open/,
  },
  "ended connections are not forgotten": {
    spoil: () => ({ vm: (vm) => Object.assign(vm, { destroyContext: () => undefined }) }),
    finds: /connections_active/,
  },
  "memory grows": {
    spoil: () => ({
      vm(vm) {
        let bytes = 1 << 20;
        Object.defineProperty(vm, "memoryBytes", { get: () => (bytes += 1 << 18) });
      },
    }),
    finds: /memory grew/,
  },
};

describe("what goes wrong is found:", () => {
  for (const [name, { spoil, finds }] of Object.entries(faults)) {
    test(name, () => {
      const task = { seed: SEED, first: 0, step: 1, end: 40, size: 150 };
      for (const { failure } of runCrowds(task, spoil())) {
        if (failure === undefined) continue;
        assert.match(failure.message, finds);
        return;
      }
      assert.fail("nothing was found");
    });
  }
});
