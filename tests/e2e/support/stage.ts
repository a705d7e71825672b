/** A real Envoy in front of a test's servers, set up as users do it: from `ApplicationProtocol`s. */
import { join } from "node:path";
import { distDir } from "../../../scripts/cli/paths.js";
import { findEnvoy } from "../../../scripts/envoy/find.js";
import { loadText, ProblemsError } from "../../../scripts/protocol/load.js";
import type {
  AttachmentEdits,
  LaneLimits,
  Mode,
  Model,
  RawRoute,
} from "../../../scripts/protocol/model.js";
import type { ProtocolName } from "../../../scripts/protocol/protocols.js";
import { startEnvoy, type RunningEnvoy } from "../../../scripts/protocol/run.js";
import { parseEntry, type Entry } from "../../../scripts/start/access-log.js";
import "../../support/child.js"; // lets a signal end this process in order, and its Envoy with it
import { until } from "../../support/wait.js";
import { untilCounts } from "./stats.js";

/** The module under test: the built one, unless ARGOT_WASM names another. */
export const wasm = process.env.ARGOT_WASM ?? join(distDir, "argot.wasm");

/** One listener: an `ApplicationProtocol` with one service. Its statistics bear its name. */
export interface Setup {
  name: string;
  /** A name, or the absolute path of a description. Default: dubbo. */
  protocol?: ProtocolName | `/${string}`;
  /** Default: lanes. */
  mode?: Mode;
  revision?: string;
  routeOn?: string[];
  /** One lane a key, so that tests know which, unless they say more, or leave all to defaults. */
  lanes?: LaneLimits | "default";
  maxFrameBytes?: number;
  maxMetadataBytes?: number;
  maxConnections?: number;
  attachments?: AttachmentEdits;
  /** Port on 127.0.0.1 of each subset's server, or the ports of several. */
  subsets: Record<string, number | number[]>;
  /** Default: all subsets get an equal share. */
  routes?: RawRoute[];
}

/**
 * The model of `setups`, checked as a user's file is.
 * @throws ProblemsError with every mistake in them
 */
export function modelOf(setups: readonly Setup[]): Model {
  const documents = setups.map(({ name, subsets, routes, lanes, ...spec }, index) => ({
    apiVersion: "argot.dev/v1",
    kind: "ApplicationProtocol",
    metadata: { name },
    spec: {
      protocol: "dubbo",
      ...spec,
      ...(spec.mode !== "connection" && lanes !== "default" && { lanes: { spread: 1, ...lanes } }),
      services: [
        {
          host: `${name}.example`,
          port: 20_000 + index, // only a part of names: Envoy picks the ports
          subsets: Object.entries(subsets).map(([subset, ports]) => ({
            name: subset,
            endpoints: [ports].flat().map((port) => `127.0.0.1:${port}`),
          })),
          ...(routes && { routes }),
        },
      ],
    },
  }));
  const text = documents.map((document) => JSON.stringify(document)).join("\n---\n");
  const { model, problems } = loadText("setup", text);
  if (problems.length > 0) throw new ProblemsError(problems);
  return model;
}

export class Stage {
  private constructor(
    readonly model: Model,
    readonly envoy: RunningEnvoy,
    /** What Envoy's access log said so far: a line for each lane or connection that ended. */
    readonly log: readonly Entry[],
  ) {}

  /** Starts Envoy with a listener for each setup (or each service of a model). */
  static async start(
    setups: readonly Setup[] | Model,
    concurrency = 2,
    module = wasm,
  ): Promise<Stage> {
    const model = setups.some((setup) => "services" in setup)
      ? (setups as Model)
      : modelOf(setups as Setup[]);
    const log: Entry[] = [];
    const envoy = await startEnvoy({
      model,
      envoy: (await findEnvoy()).path,
      wasm: module,
      concurrency,
      freePorts: true,
      accessLog: "stdout",
      onLine: (line, stream) => {
        const entry = stream === "stdout" ? parseEntry(line) : null;
        if (entry !== null) log.push(entry);
      },
    });
    if (/rejected|wasm/i.test(envoy.log())) {
      await envoy.stop();
      throw new Error(`the module does not load:\n${envoy.log()}`);
    }
    return new Stage(model, envoy, log);
  }

  /** The port of the listener that was set up by this name. */
  port(name: string): number {
    for (const [listener, port] of this.envoy.ports) {
      if (listener.replace(/-\d+$/, "") === name) return port;
    }
    throw new Error(`no listener ${name}`);
  }

  /** Waits until the filter's statistics of `name` are exactly these; others may be anything. */
  async counts(name: string, expected: Record<string, number>): Promise<void> {
    await untilCounts(this.envoy, name, expected);
  }

  /** Waits until the access log has `count` entries for which `condition` holds. */
  async logged(condition: (entry: Entry) => boolean, count = 1): Promise<Entry[]> {
    const find = () => this.log.filter(condition);
    const what = `${count} lines of the access log for which ${condition.toString()}`;
    await until(() => find().length >= count, { timeout: 5_000, what });
    return find();
  }

  async stop(): Promise<void> {
    await this.envoy.stop();
  }
}
