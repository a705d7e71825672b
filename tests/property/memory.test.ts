/** The module's memory does not grow with what went through it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Connection } from "../host/connection.js";
import { Cutter } from "../host/cutter.js";
import { Hcm } from "../host/hcm.js";
import { Vm } from "../host/vm.js";
import * as dubbo from "../support/dubbo.js";
import { KEYS, encodeCall, idOf } from "./calls.js";
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
  vm.advance(1000);
  assert.equal(vm.metrics.value("argot.memory_bytes"), BigInt(vm.memoryBytes), "what is shown");
});

/** Bytes of memory that each of many connections takes that made one call and stay. */
function bytesEach(idleSeconds: number): number {
  const vm = new Vm();
  const lanes = { idleSeconds, maxAgeSeconds: 0 };
  const root = vm.configure({ protocol: "dubbo", mode: "lanes", lanes });
  assert.ok(root !== null, vm.logs.at(-1));
  const call = encodeCall({ kind: "call", key: 0, size: 128 }, 0);
  /** Memory grows by doubling: by how much, and how many connections there were. */
  const grown: { bytes: number; connections: number }[] = [];
  let before = vm.memoryBytes;
  const hcms: Hcm[] = [];
  for (let i = 0; grown.length < 4; i++) {
    const hcm = new Hcm({
      connectionWindow: 1 << 24,
      onLane(lane) {
        lane.script.onData = () => lane.send(dubbo.response(idOf(0), "ok"));
        lane.script.onClientClose = () => lane.reset(0);
      },
    });
    hcms.push(hcm);
    const connection = new Connection(vm, root, hcm);
    connection.receive(call);
    hcm.flushByItself();
    assert.ok(connection.takeWritten().length > 0);
    if (idleSeconds > 0 && hcms.length === 50) {
      vm.advance(2000 * idleSeconds);
      for (const idle of hcms) idle.flush();
      vm.advance(1000);
      assert.equal(vm.metrics.value("argot.dubbo.lanes_active"), 0n);
      hcms.length = 0;
    }
    if (vm.memoryBytes > before) grown.push({ bytes: vm.memoryBytes - before, connections: i });
    before = vm.memoryBytes;
  }
  const [from, to] = [grown[2]!, grown[3]!];
  return from.bytes / (to.connections - from.connections);
}

test("an idle connection takes at most 4 KiB with its lane, and 2 KiB when that has ended", () => {
  const open = bytesEach(0);
  assert.ok(open <= 4096, `${open} bytes`);
  const ended = bytesEach(1);
  assert.ok(ended <= 2048, `${ended} bytes`);
});
