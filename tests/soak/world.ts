/** The configuration, as it is and as it was. */
import type { Model, Service } from "../../scripts/protocol/model.js";
import type { RunningEnvoy } from "../../scripts/protocol/run.js";
import { modelOf } from "../e2e/support/stage.js";
import { Changes, type Kind } from "./changes.js";
import { History } from "./history.js";

/** Of the listener, and of the filter's statistics. */
export const NAME = "soak";
/** Of lanes. */
export const MAX_AGE_SECONDS = 1;

export class World {
  readonly model: Model;
  readonly history: History;
  /** Changes that made a difference. */
  readonly made: Record<Kind, number> = { routes: 0, weights: 0, endpoints: 0, clusters: 0 };
  private readonly changes: Changes;
  private readonly service: Service;

  /** @param ports of the servers, by tag */
  constructor(
    ports: ReadonlyMap<string, number>,
    { seed, spread }: { seed: number; spread: number },
  ) {
    const [first = 0] = ports.values();
    this.model = modelOf([
      {
        name: NAME,
        routeOn: ["service", "method", "group"],
        lanes: { maxAgeSeconds: MAX_AGE_SECONDS, spread },
        subsets: { a: first }, // `Changes` sets others
      },
    ]);
    this.service = this.model[0]!.services[0]!;
    const tags = new Map([...ports].map(([tag, port]) => [`127.0.0.1:${port}`, tag]));
    this.changes = new Changes(seed, this.service, [...tags.keys()]);
    this.history = new History(tags);
    this.history.begin(this.service);
  }

  /** Makes one change, and waits until Envoy has taken it over. */
  async change(envoy: RunningEnvoy): Promise<void> {
    const kind = this.changes.next();
    this.history.begin(this.service);
    const changed = await envoy.update(this.model);
    this.history.taken();
    if (changed.length > 0) this.made[kind]++;
  }
}
