/**
 * The filter takes a short cut for requests that look like an earlier one. Whatever came before,
 * a request must open, or join, the very lane that it would get on a connection of its own.
 */
import fc from "fast-check";
import assert from "node:assert/strict";
import { Connection } from "../host/connection.js";
import { Hcm } from "../host/hcm.js";
import { routed } from "./calls.js";
import { property } from "./check.js";
import { mutate, mutation, recorded } from "./fixtures.js";
import { root, vm } from "./plugin.js";

const ATTACHMENTS = ["path", "group", "interface", "timeout", "user", "num", "traceId"];
const standard = ["service", "method", "version", "group", "parameterTypes"];
const plugins = [
  ["service", "method"],
  standard,
  [...standard, ...ATTACHMENTS.map((name) => `attachment.${name}`)],
].map(
  (routeOn) => () =>
    root({ protocol: "dubbo", mode: "lanes", routeOn, lanes: { maxAgeSeconds: 0 } }),
);

/** What became of the last of these requests: the headers of its lane, or how it was refused. */
function fateOfLast(plugin: number, requests: readonly Buffer[]): string {
  const hcm = new Hcm({ connectionWindow: 1 << 24, settings: { initialWindow: 1 << 24 } });
  const connection = new Connection(vm(), plugin, hcm);
  let before = new Map<number, number>();
  for (const request of requests) {
    before = new Map(hcm.opened.map((lane) => [lane.id, lane.bytes().length]));
    connection.takeWritten();
    connection.receive(request);
    // A first request waits for the window of the connection manager's SETTINGS.
    vm().advance(1);
    hcm.flushByItself();
    vm().advance(1);
  }
  const lane = hcm.opened.find((l) => l.bytes().length > (before.get(l.id) ?? 0));
  const reply = connection.takeWritten().subarray(16).toString("latin1");
  const fate = lane ? JSON.stringify(routed(lane)) : `no lane; ${connection.open} ${reply}`;
  connection.disconnect();
  return fate;
}

/** Bytes of one frame's body put into another's: what a memo could mistake for its own. */
const graft = fc.record({ from: fc.nat(), to: fc.nat(), n: fc.nat({ max: 200 }) });

property(
  "what a request opens does not depend on the requests before it",
  1500,
  fc.record({
    plugin: fc.nat({ max: plugins.length - 1 }),
    first: fc.nat({ max: recorded.requests.length - 1 }),
    between: fc.option(fc.nat({ max: recorded.requests.length - 1 }), { nil: null }),
    mutations: fc.array(mutation, { maxLength: 2 }),
    grafts: fc.array(graft, { maxLength: 2 }),
  }),
  ({ plugin, first, between, mutations, grafts }) => {
    const sample = recorded.requests[first] ?? Buffer.alloc(0);
    const body = Buffer.from(sample.subarray(16));
    for (const { from, to, n } of grafts) {
      body.copy(body, to % body.length, from % body.length, (from % body.length) + n);
    }
    const changed = mutate(body, mutations);
    const next = Buffer.concat([sample.subarray(0, 16), changed]);
    next.writeUInt32BE(changed.length, 12);
    const middle = recorded.requests[between ?? -1];
    const before = middle === undefined ? [sample] : [sample, middle];
    const id = (plugins[plugin] ?? (() => 0))();
    assert.equal(fateOfLast(id, [...before, next]), fateOfLast(id, [next]));
  },
);
