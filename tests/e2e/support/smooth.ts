/** Servers and consumers of two protocols, for what an upgrade or an update does to them. */
import assert from "node:assert/strict";
import { AwesomeServer, frame } from "../../support/awesome.js";
import { DubboServer } from "../../support/dubbo.js";
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
  private consumers: { told: Consumer; untold: Consumer } | undefined;

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

  /** Lets a consumer of each protocol call all the time. */
  call(ports: { told: number; untold: number }): void {
    const common = { tag: TAG, connections: CONNECTIONS, depth: DEPTH };
    this.consumers = {
      told: new Consumer({ open: dubbo, port: ports.told, ...common }),
      untold: new Consumer({ open: awesome, port: ports.untold, ...common }),
    };
  }

  /** Calls answered so far, to both consumers. */
  get answered(): number {
    return (this.consumers?.told.answered ?? 0) + (this.consumers?.untold.answered ?? 0);
  }

  /**
   * Ends the consumers, and holds them against what they must have got.
   * @param drains how often all their connections had to be told
   * @returns what they got, in words
   */
  async finish(drains: number): Promise<string[]> {
    const { told, untold } = this.consumers ?? {};
    assert.ok(told && untold);
    await Promise.all([told.stop(), untold.stop()]);
    const reports = [`told: ${told.report}`, `untold: ${untold.report}`];
    const text = reports.join("\n");
    assert.deepEqual([told.lost, told.refused, told.ends, told.wrong], [0, 0, 0, []], text);
    assert.equal(told.goodbyes, drains * CONNECTIONS, text);
    assert.equal(this.dubbo.calls, told.answered, `calls that servers got\n${text}`);
    // A client that is not told sends until its connection ends. No server has seen what it lost.
    assert.deepEqual([untold.refused, untold.wrong], [0, []], text);
    assert.equal(this.awesome.count, untold.answered, `calls that servers got\n${text}`);
    return reports;
  }

  async close(): Promise<void> {
    await Promise.all([this.dubbo.close(), this.awesome.close()]);
  }
}
