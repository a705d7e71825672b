/** Runs cases on a VM with all plugins: as one worker of Envoy serves many connections. */
import { Vm } from "../host/vm.js";
import { type Case, PLUGINS, type Setup } from "./case.js";
import { type Faults, Life } from "./life.js";
import { type Tally, Wrong } from "./oracle.js";

/** Longer than a draining or failing connection may stay. */
const CLOSING = 5_000;

/** How a run ended that is not as it must be; the VM is of no use any more. */
export class Failure extends Error {
  constructor(
    /** Index of the life; -1: what is wrong is seen when all are over. */
    readonly life: number,
    override readonly cause: unknown,
  ) {
    super(cause instanceof Error ? cause.message : String(cause));
  }
}

export class Crowd {
  readonly vm = new Vm();
  /** When each step of the last run began, and the last one ended, in milliseconds of the VM. */
  readonly times: number[] = [];
  private readonly roots: number[];
  private numbers = 0;
  private counted: Record<string, bigint>;

  /** @param faults what to spoil: how the simulator itself is tested */
  constructor(private readonly faults: Faults = {}) {
    this.roots = PLUGINS.map(({ configuration }) => {
      const root = this.vm.configure(configuration);
      if (root === null) throw new Error(`configuration refused: ${this.vm.logs.at(-1)}`);
      return root;
    });
    this.counted = this.vm.metrics.all();
    faults.vm?.(this.vm);
  }

  /**
   * Runs a case from its first step to the end of all its lives.
   * @throws Failure
   */
  run({ lives: setups, steps }: Case): Life[] {
    const lives = new Map<number, Life>();
    const { vm, times } = this;
    const start = vm.now;
    const stamp = (): number => times.push(Number(vm.now - start) / 1e6);
    times.length = 0;
    let current = -1;
    try {
      for (const step of steps) {
        current = step.life;
        stamp();
        let life = lives.get(current);
        if (life === undefined) lives.set(current, (life = this.open(setups[current]!)));
        life.take(step);
      }
      stamp();
      for (const [i, life] of lives) {
        current = i;
        life.take({ life: i, do: "settle" });
      }
      vm.advance(CLOSING);
      for (const [i, life] of lives) {
        current = i;
        life.bury();
      }
      current = -1;
      this.checkHost();
      this.checkCounters([...lives.values()]);
    } catch (e) {
      throw new Failure(current, e);
    }
    return [...lives.values()];
  }

  private open(setup: Setup): Life {
    const root = this.roots[setup.plugin]!;
    return new Life(this.vm, root, this.numbers++, setup, this.faults);
  }

  private checkHost(): void {
    const { logs, refused } = this.vm;
    if (refused.count > 0) throw new Wrong(`a host call was refused: ${refused.last}`);
    if (logs.length > 0) throw new Wrong(`the module logged ${logs.at(-1)}`);
  }

  /** What the filter has counted since the last run is what the lives have seen. */
  private checkCounters(lives: Life[]): void {
    const now = this.vm.metrics.all();
    for (const [plugin, { name }] of PLUGINS.entries()) {
      const counted = (what: string): number => {
        const metric = `argot.${name}.${what}`;
        return Number(now[metric]! - this.counted[metric]!);
      };
      checkCounters(
        lives.filter(({ setup }) => setup.plugin === plugin),
        counted,
        name,
      );
    }
    this.counted = now;
  }
}

/** Holds the counters of one plugin against its lives. */
function checkCounters(lives: Life[], counted: (what: string) => number, name: string): void {
  const unsure = lives.reduce((total, life) => total + life.unsure, 0);
  const sum = (of: (tally: Tally) => number): number =>
    lives.reduce((total, { oracle }) => total + of(oracle.tally), 0);
  const all = (...what: string[]): number => what.reduce((total, w) => total + counted(w), 0);
  const compare = (what: string, is: number, least: number, slack = unsure): void => {
    if (is < least || is > least + slack) {
      throw new Wrong(`${name}: ${what} is ${is}, and must be ${least} to ${least + slack}`);
    }
  };
  const lanes = lives.reduce((total, { hcm }) => total + hcm.lanes.size, 0);
  compare("connections", counted("connections"), lives.length, 0);
  compare("connections_active", counted("connections_active"), 0, 0);
  compare("lanes_active", counted("lanes_active"), 0, 0);
  compare("lanes_opened", counted("lanes_opened"), lanes, 0);
  compare(
    "responses",
    counted("responses"),
    sum((t) => t.answers),
  );
  compare(
    "error_replies",
    counted("error_replies"),
    sum((t) => t.errors),
  );
  compare(
    "heartbeats",
    counted("heartbeats"),
    sum((t) => t.heartbeats),
  );
  compare(
    "goodbyes",
    counted("goodbyes"),
    sum((t) => t.goodbyes),
  );
  compare(
    "connections_closed",
    all(
      ...["malformed", "oversize", "http2", "buffer", "drained"].map(
        (r) => `connections_closed.${r}`,
      ),
    ),
    lives.filter((l) => l.closedByFilter).length,
  );
  // What the client left in the middle of need not have been taken.
  const asked = sum((t) => t.asked);
  compare("requests", all("requests", "oneways", "requests_refused"), asked - unsure, 2 * unsure);
}
