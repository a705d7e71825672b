/** The module's memory does not grow with what went through it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Connection } from "../host/connection.js";
import { Cutter } from "../host/cutter.js";
import { Hcm } from "../host/hcm.js";
import { Vm } from "../host/vm.js";
import * as dubbo from "../support/dubbo.js";
import { KEYS, encodeCall } from "./calls.js";
import { scaled } from "./check.js";

const REQUESTS = 40;

/** One life of a connection: requests over all keys, answers, a lane that dies, the end. */
function life(vm: Vm, root: number, frames: Buffer, round: number): void {
  const hcm = new Hcm({
    connectionWindow: 1 << 24,
    onLane(lane) {
      if (lane.id === 3 && round % 3 === 0) return; // never answers: its requests wait to the end
      const cutter = new Cutter(dubbo.dubboWire);
      lane.script.onData = (bytes) => {
        const asked = cutter.push(bytes);
        lane.send(Buffer.concat(asked.map((f) => dubbo.response(f.id, "ok"))));
      };
    },
  });
  const connection = new Connection(vm, root, hcm);
  // Cut in the middle of a frame, and a frame that never becomes whole.
  const cut = 100 + (round % 997);
  connection.receive(frames.subarray(0, cut));
  connection.receive(frames.subarray(cut));
  connection.receive(frames.subarray(0, round % 60));
  hcm.opened[0]?.reset(2);
  hcm.flushByItself();
  assert.ok(connection.open && connection.takeWritten().length > 0);
  connection.disconnect();
}

test("200,000 requests on 5,000 connections leave the memory as it was", () => {
  const vm = new Vm();
  const root = vm.configure({
    protocol: "dubbo",
    mode: "lanes",
    routeOn: ["service", "method", "group", "attachment.user"],
    lanes: { maxRequests: 7 },
  });
  assert.ok(root !== null, vm.logs.at(-1));
  const calls = Array.from({ length: REQUESTS }, (_, i) =>
    encodeCall({ kind: "call", key: i % KEYS.length, size: (i * 37) % 900 }, i),
  );
  const frames = Buffer.concat(calls);
  const connections = scaled(5000);
  let warm = 0;
  for (let i = 0; i < connections; i++) {
    life(vm, root, frames, i);
    if (i % 50 === 49) vm.advance(1000);
    if (i === Math.floor(connections / 10)) warm = vm.memoryBytes;
  }
  assert.equal(vm.memoryBytes, warm, "memory grew");
});
