/** A protocol without request ids: answers come in the order of the requests, whatever happens. */
import fc from "fast-check";
import assert from "node:assert/strict";
import { Connection } from "../host/connection.js";
import { Cutter } from "../host/cutter.js";
import { Hcm } from "../host/hcm.js";
import type { Lane } from "../host/lane.js";
import { Vm } from "../host/vm.js";
import { plainFrame, plainWire } from "../support/plain.js";
import { property } from "./check.js";

const DEBUG = new URL("../../dist/argot.debug.wasm", import.meta.url).pathname;

let shared: { vm: Vm; root: number } | undefined;

/** The debug build, which speaks the protocol. */
function plugin() {
  if (shared !== undefined) return shared;
  const vm = new Vm(DEBUG);
  const lanes = { spread: 3, maxRequests: 5, maxAgeSeconds: 0, maxLanes: 5 };
  const configuration = { protocol: "plain", mode: "lanes", routeOn: ["method"], lanes };
  const root = vm.configure(JSON.stringify({ ...configuration, maxFrameBytes: 20_000 }));
  assert.ok(root !== null, vm.logs.at(-1));
  return (shared = { vm, root });
}

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("send" as const), n: fc.integer({ min: 1, max: 9 }) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("answer" as const),
      pick: fc.nat({ max: 9 }),
      size: fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 9000 })),
      cut: fc.nat({ max: 40 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("kill" as const),
      pick: fc.nat({ max: 9 }),
      how: fc.constantFrom("end" as const, "reset" as const, "local" as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("tick" as const) }) },
);

property(
  "answers come in the order of the requests, from several lanes, while lanes die",
  200,
  fc.record({
    /** Which of three methods each request has. */
    requests: fc.array(fc.nat({ max: 2 }), { minLength: 1, maxLength: 30 }),
    /** Places where the client's bytes are cut. */
    piece: fc.integer({ min: 1, max: 60 }),
    steps: fc.array(step, { maxLength: 60 }),
  }),
  ({ requests, piece, steps }) => {
    const { vm, root } = plugin();
    /** What each lane was asked and has not answered: the oldest first. */
    const asked = new Map<Lane, string[]>();
    const answers = new Map<string, string>();
    const hcm = new Hcm({
      connectionWindow: 1 << 24,
      onLane: (lane) => {
        const cutter = new Cutter(plainWire);
        const open: string[] = [];
        asked.set(lane, open);
        lane.script = {
          onData: (bytes) => {
            for (const text of cutter.push(bytes)) {
              assert.equal(text.split(" ")[0], lane.header("x-argot-method"));
              open.push(text);
            }
          },
        };
      },
    });
    const connection = new Connection(vm, root, hcm);
    const texts = requests.map((method, i) => `m${method} ${i}`);
    let unsent = Buffer.concat(texts.map(plainFrame));
    const seen = new Cutter(plainWire);
    const got: string[] = [];
    const look = () => got.push(...seen.push(connection.takeWritten()));
    const send = (n: number) => {
      for (let i = 0; i < n && unsent.length > 0; i++) {
        connection.receive(unsent.subarray(0, piece));
        unsent = unsent.subarray(piece);
      }
    };
    const lanes = () => [...asked.keys()].filter((lane) => !lane.over && !lane.clientOver);
    const answer = (pick: number, size: number, cut = 0) => {
      const busy = lanes().filter((lane) => asked.get(lane)!.length > 0);
      const lane = busy[pick % Math.max(1, busy.length)];
      const text = lane && asked.get(lane)!.shift();
      if (lane === undefined || text === undefined) return;
      answers.set(text, `re ${text} ${"x".repeat(size)}`);
      const bytes = plainFrame(answers.get(text)!);
      lane.send(bytes.subarray(0, cut));
      lane.send(bytes.subarray(cut));
      hcm.flushByItself();
    };
    for (const s of steps) {
      const lane = s.do === "kill" ? lanes()[s.pick % Math.max(1, lanes().length)] : undefined;
      if (s.do === "send") send(s.n);
      else if (s.do === "answer") answer(s.pick, s.size, s.cut);
      else if (s.do === "tick") vm.advance(1);
      else if (lane !== undefined) {
        if (s.how === "end") lane.end();
        else if (s.how === "reset") lane.reset(2);
        else lane.localReply(503, "gone");
        hcm.flushByItself();
      }
      look();
    }
    send(Infinity);
    for (let i = 0; i < 3 + requests.length; i++) {
      while (lanes().some((lane) => asked.get(lane)!.length > 0)) answer(i, 3);
      vm.advance(1);
      hcm.flush();
      look();
    }
    assert.equal(got.length, texts.length, `${got.length} answers to ${texts.length} requests`);
    texts.forEach((text, i) => {
      if (got[i] === answers.get(text)) return;
      assert.match(got[i]!, /^error: /, `answer ${i} is ${got[i]?.slice(0, 40)}`);
    });
    connection.disconnect();
  },
);
