/** A real Envoy with what `argot envoy` prints, changed by hand where a test needs other limits. */
import { parseEntry, type Entry } from "../../../scripts/start/access-log.js";
import { Envoy } from "../../support/envoy.js";
import { until } from "../../support/wait.js";
import type { Setup } from "./stage.js";
import { filtersOf, printed } from "./static.js";
import { clusterStat, untilCounts } from "./stats.js";

/** As much of a cluster as is changed here. */
export interface Cluster {
  connect_timeout: string;
  circuit_breakers: { thresholds: Record<string, number>[] };
  load_assignment: { endpoints: { lb_endpoints: unknown[] }[] };
}

interface WithRoutes {
  typed_config: {
    route_config: { virtual_hosts: { routes: { route: Record<string, unknown> }[] }[] };
  };
}

/** Changes the first cluster of a setup, and the action of its first route. */
export type Change = (cluster: Cluster, route: Record<string, unknown>) => void;

export class StaticStage {
  private constructor(
    readonly envoy: Envoy,
    private readonly ports: ReadonlyMap<string, number>,
  ) {}

  /**
   * Starts Envoy with a listener for each setup.
   * @param changes what to change, by name of the setup
   */
  static async start(setups: Setup[], changes: Record<string, Change> = {}): Promise<StaticStage> {
    const { config, ports } = await printed(setups);
    const clusters = config.static_resources.clusters as (Cluster & { name: string })[];
    for (const [index, { name }] of setups.entries()) {
      const cluster = clusters.find((each) => each.name.startsWith(`${name}.example|`));
      const [, { typed_config }] = filtersOf(config, index) as [unknown, WithRoutes];
      const { route } = typed_config.route_config.virtual_hosts[0]!.routes[0]!;
      if (cluster) changes[name]?.(cluster, route);
    }
    const envoy = await Envoy.start(config, { args: ["--file-flush-interval-msec", "100"] });
    return new StaticStage(envoy, new Map(setups.map(({ name }, i) => [name, ports[i] ?? 0])));
  }

  /** The port of the listener that was set up by this name. */
  port(name: string): number {
    const port = this.ports.get(name);
    if (port === undefined) throw new Error(`no listener ${name}`);
    return port;
  }

  /** Waits until the filter's statistics of `name` are exactly these; others may be anything. */
  async counts(name: string, expected: Record<string, number>): Promise<void> {
    await untilCounts(this.envoy, name, expected);
  }

  /** A counter or gauge of Envoy's about the servers of `name`, e.g. `upstream_cx_active`. */
  async stat(name: string, stat: string): Promise<number> {
    return await clusterStat(this.envoy, name, stat);
  }

  /** Waits until Envoy has so many connections to the servers of `name`. */
  async connections(name: string, expected: number): Promise<void> {
    let seen = -1;
    const met = async () => {
      seen = await this.stat(name, "upstream_cx_active");
      return seen === expected;
    };
    await until(met, { timeout: 5_000 }).catch(() => {
      throw new Error(`${name}: expected ${expected} connections to servers, there are ${seen}`);
    });
  }

  /** Waits until the access log tells of a lane of `name` that ended with these flags. */
  async logged(name: string, flags: string): Promise<void> {
    const isMeant = (entry: Entry | null) =>
      entry?.lane?.startsWith(`${name}-`) === true && entry.flags === flags;
    const lines = () => this.envoy.log().split("\n");
    const what = `lane of ${name} with flags ${flags}`;
    await until(() => lines().some((line) => isMeant(parseEntry(line))), { what });
  }

  async stop(): Promise<void> {
    await this.envoy.stop();
  }
}
