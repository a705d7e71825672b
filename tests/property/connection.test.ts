/** Mode `connection`: the first frame picks the cluster, in whatever pieces it comes. */
import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Action, CloseKind } from "../host/abi.js";
import type { HostBuffer } from "../host/buffer.js";
import { Connection, type NextFilter } from "../host/connection.js";
import * as dubbo from "../support/dubbo.js";
import { keyAt, KEYS, ROUTE_ON } from "./calls.js";
import { chunks, chunkSizes, property } from "./check.js";
import { root, vm } from "./plugin.js";

/** What tcp_proxy would do: it looks at the filter state when its connection begins. */
class TcpProxy implements NextFilter {
  cluster: string | undefined;
  started = false;
  received = Buffer.alloc(0);

  onNewConnection(connection: Connection): Action {
    this.started = true;
    this.cluster = connection.filterState.get("envoy.tcp_proxy.cluster");
    return Action.Continue;
  }
  onData(buffer: HostBuffer): Action {
    this.received = Buffer.concat([this.received, buffer.drain()]);
    return Action.Pause;
  }
  onClose(): void {}
}

interface Match {
  key: string;
  exact?: string;
  prefix?: string;
  regex?: string;
  present?: boolean;
  invert?: boolean;
}

const text = fc.constantFrom("demo.Greeter", "hello", "bye", "alice", "bob", "g", "demo", "a.very");
const condition = fc.oneof(
  text.map((exact) => ({ exact })),
  text.map((prefix) => ({ prefix })),
  fc
    .constantFrom(
      "demo\\..*",
      "hel+o",
      "(hello|bye)",
      "[a-c].*",
      "alice?",
      ".+",
      "b?ob?",
      "\\w+",
      "h.{3}o",
    )
    .map((regex) => ({ regex })),
  fc.boolean().map((present) => ({ present })),
);
const match: fc.Arbitrary<Match> = fc
  .record({ key: fc.constantFrom(...ROUTE_ON), invert: fc.boolean(), condition })
  .map(({ key, invert, condition }) => ({ key, ...condition, ...(invert && { invert }) }));
const rules = fc.array(fc.array(match, { maxLength: 3 }), { minLength: 1, maxLength: 4 });

/** The value that a request of `key` has for one of ROUTE_ON. */
function valueOf(key: number, name: string): string | undefined {
  const { service, method, group, user } = keyAt(key);
  const values: Record<string, string | undefined> = {
    service,
    method,
    group,
    "attachment.user": user,
  };
  return values[name];
}

function holds(m: Match, value: string | undefined): boolean {
  let result: boolean;
  if (m.present !== undefined) result = (value !== undefined) === m.present;
  else if (value === undefined) result = false;
  else if (m.exact !== undefined) result = value === m.exact;
  else if (m.prefix !== undefined) result = value.startsWith(m.prefix);
  else result = new RegExp(`^(?:${m.regex})$`, "s").test(value);
  return result !== (m.invert ?? false);
}

function connectionRoot(rules: object[]): number {
  const connection = { rules, maxFirstFrameBytes: 65_536 };
  return root({ protocol: "dubbo", mode: "connection", routeOn: ROUTE_ON, connection });
}

function firstFrame(key: number, size: number): Buffer {
  const { service, method, group, user } = keyAt(key);
  return dubbo.request({
    id: 1n,
    service,
    method,
    ...(group !== undefined && { group }),
    args: ["x".repeat(size)],
    ...(user !== undefined && { attachments: { user } }),
  });
}

property(
  "the first rule that holds picks the cluster, in any cutting; all bytes go on unchanged",
  250,
  fc.record({
    rules,
    key: fc.nat({ max: KEYS.length - 1 }),
    size: fc.oneof(fc.nat({ max: 40 }), fc.nat({ max: 30_000 })),
    sizes: chunkSizes,
  }),
  ({ rules, key, size, sizes }) => {
    const id = connectionRoot(
      rules.map((match, i) => ({ name: `r${i}`, match, clusters: [{ name: `c${i}` }] })),
    );
    const proxy = new TcpProxy();
    const connection = new Connection(vm(), id, proxy);
    const bytes = Buffer.concat([firstFrame(key, size), firstFrame(0, 10), Buffer.from("any")]);
    assert.ok(!proxy.started, "tcp_proxy begins before the first frame");
    for (const chunk of chunks(bytes, sizes)) connection.receive(chunk);

    const winner = rules.findIndex((matches) =>
      matches.every((m) => holds(m, valueOf(key, m.key))),
    );
    if (winner < 0) {
      assert.equal(connection.closedBy, CloseKind.Local, "no rule holds, and it is still open");
      assert.ok(!proxy.started);
      return;
    }
    assert.equal(proxy.cluster, `c${winner}`);
    assert.ok(proxy.received.equals(bytes), "the bytes changed on their way");
    const properties = Object.fromEntries(
      [...connection.properties].map(([k, v]) => [k, v.toString()]),
    );
    const expected: Record<string, string> = { "argot.rule": `r${winner}` };
    for (const name of ROUTE_ON) {
      const value = valueOf(key, name);
      if (value !== undefined) expected[`argot.${name}`] = value;
    }
    assert.deepEqual(properties, expected);
    const answer = dubbo.response(1n, "v");
    connection.write(answer);
    assert.ok(connection.takeWritten().equals(answer), "the answer changed on its way");
    connection.disconnect();
  },
);

test("weights deal connections out in proportion", () => {
  const weights = { a: 80, b: 15, c: 5, never: 0 };
  const clusters = Object.entries(weights).map(([name, weight]) => ({ name, weight }));
  const id = connectionRoot([{ clusters }]);
  const counts: Record<string, number> = { a: 0, b: 0, c: 0, never: 0 };
  const rounds = 4000;
  for (let i = 0; i < rounds; i++) {
    const proxy = new TcpProxy();
    const connection = new Connection(vm(), id, proxy);
    connection.receive(firstFrame(0, 1));
    assert.ok(proxy.cluster !== undefined);
    counts[proxy.cluster] = (counts[proxy.cluster] ?? 0) + 1;
    connection.disconnect();
  }
  for (const [name, weight] of Object.entries(weights)) {
    const share = (counts[name] ?? 0) / rounds;
    const deviation = 5 * Math.sqrt(((weight / 100) * (1 - weight / 100)) / rounds);
    assert.ok(Math.abs(share - weight / 100) <= deviation, `${name}: ${share} for ${weight} %`);
  }
});
