/** Servers and consumers of two protocols, for what an upgrade or an update does to them. */
import assert from "node:assert/strict";
import { AwesomeServer, frame } from "../../support/awesome.js";
import { DubboServer } from "../../support/dubbo.js";
import { until } from "../../support/wait.js";
import { awesome, Consumer, dubbo } from "./consumer.js";
import type { Setup } from "./stage.js";

const TAG = "v1";
/** Milliseconds that servers take: each consumer so has calls in flight all the time. */
const DELAY = 5;
const CONNECTIONS = 4;
/** Calls in flight on each. */
const DEPTH = 8;
/** Lanes are opened all the time, and so hear of a drain early. */
const lanes = { maxRequests: 50, idleSeconds: 2 };

export class Smooth {
  private consumers: Record<"told" | "untold" | "pausing", Consumer> | undefined;

  private constructor(
    private readonly dubbo: DubboServer,
    private readonly awesome: AwesomeServer,
  ) {}

  static async start(): Promise<Smooth> {
    const late: AwesomeServer["answer"] = async ({ id, command, payload }) => {
      await new Promise((resolve) => setTimeout(resolve, DELAY));
      return frame(Number(id), command, `${TAG}:${payload.toString()}`);
    };
    const servers = [
      DubboServer.start({ tag: TAG, delay: DELAY }),
      AwesomeServer.start({ answer: late }),
    ] as const;
    return new Smooth(...(await Promise.all(servers)));
  }

  /** For each protocol a listener: Dubbo's clients can be told goodbye, AwesomeRPC's can't. */
  get setups(): Setup[] {
    return [
      { name: "told", lanes, subsets: { v1: this.dubbo.port } },
      {
        ...{ name: "untold", protocol: "awesomerpc", routeOn: ["method"] },
        ...{ lanes, subsets: { v1: this.awesome.port } },
      },
    ];
  }

  /** Lets a consumer of each protocol call all the time, and one that pauses between calls. */
  call(ports: { told: number; untold: number }): void {
    const common = { tag: TAG, connections: CONNECTIONS, depth: DEPTH };
    this.consumers = {
      told: new Consumer({ open: dubbo, port: ports.told, ...common }),
      untold: new Consumer({ open: awesome, port: ports.untold, ...common }),
      pausing: new Consumer({
        ...{ open: awesome, port: ports.untold, tag: TAG, connections: 8, depth: 1, pause: 20 },
      }),
    };
  }

  /** Calls answered so far, to all consumers. */
  get answered(): number {
    return Object.values(this.consumers ?? {}).reduce((sum, { answered }) => sum + answered, 0);
  }

  /** Waits for so many further answers. */
  async more(count: number): Promise<void> {
    const enough = this.answered + count;
    await until(() => this.answered >= enough, { timeout: 30_000, what: "further answers" });
  }

  /** Waits until each connection that can be told has been told so often. */
  async told(drains: number): Promise<void> {
    const isTold = () => (this.consumers?.told.goodbyes ?? 0) >= drains * CONNECTIONS;
    await until(isTold, { timeout: 30_000, what: `goodbyes of ${drains} drains` });
  }

  /**
   * Ends the consumers, and holds them against what they must have got.
   * @param drains how often all their connections had to be told
   * @returns what they got, in words
   */
  async finish(drains: number): Promise<string[]> {
    const { told, untold, pausing } = this.consumers ?? {};
    assert.ok(told && untold && pausing);
    await Promise.all([told, untold, pausing].map((consumer) => consumer.stop()));
    const reports = [`told: ${told.report}`, `untold: ${untold.report}`];
    reports.push(`untold, pausing: ${pausing.report}`);
    const text = reports.join("\n");
    assert.deepEqual([told.lost, told.refused, told.ends, told.wrong], [0, 0, 0, []], text);
    assert.equal(told.goodbyes, drains * CONNECTIONS, text);
    assert.equal(this.dubbo.calls, told.answered, `calls that servers got\n${text}`);
    // A client that is not told sends until its connection ends. No server has seen what it lost.
    assert.deepEqual([untold.refused, untold.wrong], [0, []], text);
    assert.deepEqual([pausing.refused, pausing.wrong], [0, []], text);
    const answered = untold.answered + pausing.answered;
    assert.equal(this.awesome.count, answered, `calls that servers got\n${text}`);
    return reports;
  }

  async close(): Promise<void> {
    await Promise.all([this.dubbo.close(), this.awesome.close()]);
  }
}
