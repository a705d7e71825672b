/** Requests keep to the weights of a route that tells them, with few lanes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Connection } from "../host/connection.js";
import { Cutter } from "../host/cutter.js";
import { Hcm } from "../host/hcm.js";
import type { Lane } from "../host/lane.js";
import * as dubbo from "../support/dubbo.js";
import { lanesRoot, vm } from "./plugin.js";

/** Envoy's weighted clusters, as `weighted_clusters.header_name` has it, and a client. */
class Weighted {
  readonly hcm = new Hcm({
    connectionWindow: 1 << 24,
    settings: { initialWindow: 1 << 20 },
    onLane: (lane) => this.route(lane),
  });
  readonly connection: Connection;
  /** Requests that each cluster has got. */
  counts: number[] = [];
  private readonly clusters = new Map<Lane, number>();
  private next = 0n;

  constructor(
    public weights: number[],
    lanes: object = {},
    /** Whether the route looks at the number that the lane sends. */
    private readonly steered = true,
  ) {
    const root = lanesRoot({ lanes: { maxRequests: 0, maxAgeSeconds: 0, ...lanes } });
    this.connection = new Connection(vm(), root, this.hcm);
    this.clear();
  }

  clear(): void {
    this.counts = this.weights.map(() => 0);
  }

  /** Sends so many requests in one write, and has them answered. */
  send(n: number): void {
    const ids = Array.from({ length: n }, () => this.next++);
    this.connection.receive(Buffer.concat(ids.map((id) => dubbo.request({ id }))));
    this.hcm.flushByItself();
    vm().advance(1);
    this.connection.takeWritten();
  }

  get open(): number {
    return this.hcm.opened.filter(({ over, clientOver }) => !over && !clientOver).length;
  }

  private route(lane: Lane): void {
    const total = this.weights.reduce((sum, weight) => sum + weight, 0);
    const dice = Math.floor(Math.random() * total);
    const at = this.steered
      ? Number(BigInt(lane.header("x-argot-random") ?? 0) % BigInt(total))
      : dice;
    let cluster = 0;
    let from = 0;
    while (at >= from + this.weights[cluster]!) from += this.weights[cluster++]!;
    this.clusters.set(lane, cluster);
    const weight = `${from}-${from + this.weights[cluster]!}/${total}`;
    lane.respond(200, { date: "Thu, 21 Nov 2024", "x-argot-weight": weight });
    const cutter = new Cutter(dubbo.dubboWire);
    lane.script = {
      onData: (bytes) => {
        for (const { id } of cutter.push(bytes)) {
          this.counts[cluster]!++;
          lane.send(dubbo.response(id, "ok"));
        }
      },
    };
  }
}

/** Runs `body` with several connections, which are closed afterwards. */
function using(count: number, make: () => Weighted, body: (all: Weighted[]) => void): void {
  const all = Array.from({ length: count }, make);
  body(all);
  for (const { connection } of all) connection.disconnect();
}

function sums(all: Weighted[]): number[] {
  return all[0]!.weights.map((_, i) => all.reduce((sum, { counts }) => sum + counts[i]!, 0));
}

for (const run of [1, 7, 32]) {
  test(`in reads of ${run}: every connection keeps to the weights, with a lane for each cluster`, () =>
    using(
      4,
      () => new Weighted([80, 15, 5]),
      (all) => {
        for (const weighted of all) {
          const sent = Math.ceil(2000 / run) * run;
          for (let i = 0; i < sent; i += run) weighted.send(run);
          weighted.weights.forEach((weight, i) => {
            const off = Math.abs(weighted.counts[i]! - (sent * weight) / 100);
            assert.ok(off <= 3 * run, `${weighted.counts.join()} of ${sent}`);
          });
          assert.equal(weighted.hcm.opened.length, 3);
        }
      },
    ));
}

test("connections with one request each keep to the weights together", () =>
  using(
    200,
    () => new Weighted([80, 20]),
    (all) => {
      for (const weighted of all) weighted.send(1);
      const [, v2 = 0] = sums(all);
      assert.ok(v2 >= 36 && v2 <= 44, `${v2} of 200 went to the cluster with weight 20 of 100`);
    },
  ));

for (const [requests, run] of [
  [2, 1],
  [3, 1],
  [10, 1],
  [64, 32],
] as const) {
  test(`connections with ${requests} requests each, in reads of ${run}, too`, () =>
    using(
      200,
      () => new Weighted([99, 1]),
      (all) => {
        for (const weighted of all) {
          for (let i = 0; i < requests; i += run) weighted.send(run);
        }
        const [v1 = 0, v2 = 0] = sums(all);
        const share = (100 * v2) / (v1 + v2);
        assert.ok(share >= 0.5 && share <= 1.5, `${share} % went to the cluster with 1 %`);
      },
    ));
}

test("with maxRequests 1, too", () =>
  using(
    1,
    () => new Weighted([90, 10], { maxRequests: 1 }),
    ([weighted]) => {
      for (let i = 0; i < 300; i++) weighted!.send(1);
      assert.ok(Math.abs(weighted!.counts[1]! - 30) <= 3, weighted!.counts.join());
    },
  ));

test("new weights hold as soon as a lane tells them", () =>
  using(
    1,
    () => new Weighted([80, 20], { maxAgeSeconds: 4 }),
    ([weighted]) => {
      for (let i = 0; i < 100; i++) weighted!.send(1);
      weighted!.weights = [30, 70];
      vm().advance(4_100);
      weighted!.send(1);
      weighted!.clear();
      for (let i = 0; i < 200; i++) weighted!.send(1);
      assert.ok(Math.abs(weighted!.counts[1]! - 140) <= 2, weighted!.counts.join());
      vm().advance(1_000);
      assert.ok(weighted!.open <= 2, "the old lanes are closed");
    },
  ));

test("a route that throws dice gets few lanes, and all take requests", () =>
  using(
    40,
    () => new Weighted([50, 50], { spread: 2 }, false),
    (all) => {
      for (const weighted of all) {
        for (let i = 0; i < 50; i++) weighted.send(4);
        assert.ok(weighted.hcm.opened.length <= 4, `${weighted.hcm.opened.length} lanes`);
      }
      const [v1 = 0, v2 = 0] = sums(all);
      assert.equal(v1 + v2, 8000);
      assert.ok(v1 > 0 && v2 > 0);
    },
  ));
