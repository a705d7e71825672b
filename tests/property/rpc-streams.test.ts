/**
 * Streams of a protocol that has them (tRPC's): all frames of one stay together and in order, both
 * ways, and a lane that dies ends each of its streams for the client, once.
 */
import fc from "fast-check";
import assert from "node:assert/strict";
import { Connection } from "../host/connection.js";
import { Cutter } from "../host/cutter.js";
import { Hcm } from "../host/hcm.js";
import type { Lane } from "../host/lane.js";
import { message } from "../support/protobuf.js";
import type { Wire } from "../support/wire.js";
import { property } from "./check.js";
import { root, vm } from "./plugin.js";

const INIT = 1;
const DATA = 2;
const CLOSE = 4;
const RESET = Buffer.from([0x08, 0x01]); // close_type of TrpcStreamCloseMeta
const ACCEPTED = Buffer.from([0x12, 0x00]); // response_meta of TrpcStreamInitMeta

interface Part {
  bytes: Buffer;
  type: number;
  id: number;
  payload: Buffer;
}

function part(type: number, id: number, payload: string | Buffer): Buffer {
  const head = Buffer.from([0x09, 0x30, 1, type, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  const body = Buffer.from(payload);
  head.writeUInt32BE(16 + body.length, 4);
  head.writeUInt32BE(id, 10);
  return Buffer.concat([head, body]);
}

const wire: Wire<Part> = {
  headerLength: 16,
  measure: (head) => head.readUInt32BE(4),
  parse: (bytes) => ({
    bytes,
    type: bytes.readUInt8(3),
    id: bytes.readUInt32BE(10),
    payload: bytes.subarray(16),
  }),
  id: ({ id }) => BigInt(id),
  isReply: () => true,
};

const init = (id: number, method: string) =>
  part(INIT, id, message([1, message([2, "svc"], [3, method])]));

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("client" as const), pick: fc.nat(9) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("server" as const), pick: fc.nat(9) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("kill" as const),
      pick: fc.nat(9),
      how: fc.constantFrom("end" as const, "reset" as const, "local" as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("tick" as const) }) },
);

/** One stream, as its two ends see it. */
interface Stream {
  method: string;
  /** Frames that the client has still to send, and what the server got. */
  toSend: Buffer[];
  received: Part[];
  lane: Lane | undefined;
  /** What the server still says, what it said, and what the client got. */
  toSay: Buffer[];
  said: Buffer[];
  got: Part[];
}

property(
  "streams keep to their lane and their order, and end with it",
  200,
  fc.record({
    streams: fc.array(
      fc.record({ method: fc.nat({ max: 2 }), up: fc.nat({ max: 4 }), down: fc.nat({ max: 4 }) }),
      { minLength: 1, maxLength: 12 },
    ),
    piece: fc.integer({ min: 1, max: 90 }),
    steps: fc.array(step, { maxLength: 80 }),
  }),
  ({ streams, piece, steps }) => {
    const lanesOptions = { spread: 2, maxRequests: 3, maxAgeSeconds: 0 };
    const configuration = { protocol: "trpc", mode: "lanes", routeOn: ["method"] };
    const all: Stream[] = streams.map(({ method, up, down }, id) => ({
      method: `/svc/m${method}`,
      toSend: [
        init(id, `/svc/m${method}`),
        ...Array.from({ length: up }, (_, i) => part(DATA, id, `up ${i}`)),
        part(CLOSE, id, ""),
      ],
      received: [],
      lane: undefined,
      toSay: [
        part(INIT, id, ACCEPTED),
        ...Array.from({ length: down }, (_, i) => part(DATA, id, `down ${i}`)),
        part(CLOSE, id, ""),
      ],
      said: [],
      got: [],
    }));
    const hcm = new Hcm({
      connectionWindow: 1 << 24,
      onLane: (lane) => {
        const cutter = new Cutter(wire);
        lane.script = {
          onData: (bytes) => {
            for (const frame of cutter.push(bytes)) {
              const stream = all[frame.id]!;
              stream.lane ??= lane;
              assert.equal(stream.lane, lane, `stream ${frame.id} is on two lanes`);
              assert.equal(lane.header("x-argot-method"), stream.method);
              stream.received.push(frame);
            }
          },
        };
      },
    });
    const connection = new Connection(vm(), root({ ...configuration, lanes: lanesOptions }), hcm);
    const seen = new Cutter(wire);
    const isOver = ({ lane }: Stream) => lane !== undefined && (lane.over || lane.clientOver);
    const look = () => {
      for (const frame of seen.push(connection.takeWritten())) all[frame.id]!.got.push(frame);
    };
    const client = (pick: number) => {
      const open = all.filter(({ toSend }) => toSend.length > 0);
      const bytes = open[pick % Math.max(1, open.length)]?.toSend.shift();
      if (bytes === undefined) return;
      for (let at = 0; at < bytes.length; at += piece) {
        connection.receive(bytes.subarray(at, at + piece));
      }
    };
    const server = (pick: number) => {
      const open = all.filter((s) => s.lane !== undefined && !isOver(s) && s.toSay.length > 0);
      const stream = open[pick % Math.max(1, open.length)];
      const bytes = stream?.toSay.shift();
      if (stream === undefined || bytes === undefined) return;
      stream.said.push(bytes);
      stream.lane!.send(bytes);
      hcm.flushByItself();
    };
    for (const s of steps) {
      if (s.do === "client") client(s.pick);
      else if (s.do === "server") server(s.pick);
      else if (s.do === "tick") vm().advance(1);
      else {
        const live = hcm.opened.filter((lane) => !lane.over && !lane.clientOver);
        const lane = live[s.pick % Math.max(1, live.length)];
        if (s.how === "end") lane?.end();
        else if (s.how === "reset") lane?.reset(2);
        else lane?.localReply(503, "gone");
        hcm.flushByItself();
      }
      look();
    }
    for (let i = 0; i < 200; i++) {
      client(i);
      server(i);
      vm().advance(1);
      hcm.flush();
      look();
    }
    for (const { toSend, received, said, got, lane } of all) {
      assert.equal(toSend.length, 0);
      assert.ok(lane !== undefined);
      const types = received.map(({ type }) => type);
      if (types.at(-1) === CLOSE) assert.deepEqual([types[0], types.at(-1)], [INIT, CLOSE]);
      const own = got.filter(({ type, payload }) => type !== CLOSE || !isReset(payload));
      const resets = got.filter(({ type, payload }) => type === CLOSE && isReset(payload));
      const saidHere = said.slice(0, own.length);
      assert.deepEqual(
        own.map(({ bytes }) => bytes.toString("hex")),
        saidHere.map((bytes) => bytes.toString("hex")),
      );
      // With the server's CLOSE the call is over, whatever the client may still say.
      const wasWhole = said.at(-1)?.readUInt8(3) === CLOSE;
      if (wasWhole && own.length === said.length)
        assert.equal(resets.length, 0, "reset though whole");
      else assert.equal(resets.length, 1, `${resets.length} resets of a stream that broke off`);
    }
    // Nothing is left of them: lanes that have had their three requests have ended.
    const left = hcm.opened.filter((lane) => !lane.over && !lane.clientOver).length;
    assert.ok(left <= 6, `${left} lanes are open`);
    connection.disconnect();
  },
);

function isReset(payload: Buffer): boolean {
  return payload.subarray(0, RESET.length).equals(RESET);
}
