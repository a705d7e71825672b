/** The changes of the configuration, the same for the same seed. */
import type { Match, Route, Service, Target } from "../../scripts/protocol/model.js";
import { numbers } from "../support/random.js";
import { LOG } from "./frames.js";

export const KINDS = ["routes", "weights", "endpoints", "clusters"] as const;
export type Kind = (typeof KINDS)[number];

/** The subset that `clusters` adds and removes. */
const EXTRA = "extra";
const SUBSETS = ["a", "b", "c"];
/** How a route that refuses says so. */
export const CLOSED = "closed for now";

export class Changes {
  private readonly pick: (below: number) => number;
  /** The kinds that this round of changes has not had. */
  private due: Kind[] = [];

  constructor(
    seed: number,
    private readonly service: Service,
    /** All that there are; subsets have some of them. */
    private readonly endpoints: readonly string[],
  ) {
    this.pick = numbers(seed);
    service.subsets = SUBSETS.map((name) => ({ name, endpoints: this.someEndpoints() }));
    this.changeRoutes();
  }

  /** Changes the service in one way, and tells which. */
  next(): Kind {
    if (this.due.length === 0) this.due = [...KINDS];
    const [kind] = this.due.splice(this.pick(this.due.length), 1) as [Kind];
    const change: Record<Kind, () => void> = {
      routes: () => this.changeRoutes(),
      weights: () => this.changeWeights(),
      endpoints: () => this.changeEndpoints(),
      clusters: () => this.changeClusters(),
    };
    change[kind]();
    return kind;
  }

  private one<T>(values: readonly T[]): T {
    return values[this.pick(values.length)]!;
  }

  /** One to three that follow one another. */
  private someEndpoints(): string[] {
    const first = this.pick(this.endpoints.length);
    const count = 1 + this.pick(3);
    return Array.from(
      { length: count },
      (_, i) => this.endpoints[(first + i) % this.endpoints.length]!,
    );
  }

  private changeRoutes(): void {
    const some = Array.from({ length: 1 + this.pick(4) }, (_, i) => this.route(i));
    const log: Route = {
      name: "log",
      match: [{ key: "service", exact: LOG.service! }],
      to: this.targets(),
    };
    this.service.routes = [log, ...some, { name: "rest", match: [], to: this.targets() }];
  }

  private route(index: number): Route {
    const name = `route-${index}`;
    const match = [this.match()];
    if (this.pick(2) === 0) match.push(this.match());
    if (this.pick(6) > 0) return { name, match, to: this.targets() };
    return { name, match, to: [], refuse: { status: 403, message: CLOSED } };
  }

  private match(): Match {
    const method = this.one(["find", "list", "save"]);
    return this.one<Match>([
      { key: "service", exact: this.one(["demo.Books", "demo.Users"]) },
      { key: "service", prefix: "demo.U" },
      { key: "method", exact: method },
      { key: "method", exact: method, invert: true },
      { key: "method", regex: "find|save" },
      { key: "group", present: true },
    ]);
  }

  /** One subset, or two that share. */
  private targets(): Target[] {
    const names = this.service.subsets.map(({ name }) => name);
    const first = this.pick(names.length);
    const second = (first + 1 + this.pick(names.length - 1)) % names.length;
    if (this.pick(2) === 0) return [{ subset: names[first]!, weight: 1 }];
    const weight = this.one([0, 20, 50, 100]);
    return [
      { subset: names[first]!, weight },
      { subset: names[second]!, weight: 100 - weight },
    ];
  }

  /** Other shares for those that share, or others who do. */
  private changeWeights(): void {
    const route = this.one(this.service.routes.filter(({ refuse }) => !refuse));
    const [first, second] = route.to;
    if (!first || !second) {
      route.to = this.targets();
      return;
    }
    const shares = [0, 20, 50, 100].filter((share) => share !== first.weight);
    first.weight = this.one(shares);
    second.weight = 100 - first.weight;
  }

  private changeEndpoints(): void {
    this.one(this.service.subsets).endpoints = this.someEndpoints();
  }

  private changeClusters(): void {
    const { subsets, routes } = this.service;
    if (subsets.some(({ name }) => name === EXTRA)) {
      this.service.subsets = subsets.filter(({ name }) => name !== EXTRA);
      for (const route of routes) {
        if (route.to.some(({ subset }) => subset === EXTRA)) route.to = this.targets();
      }
      return;
    }
    subsets.push({ name: EXTRA, endpoints: this.someEndpoints() });
    const route = this.one(routes.filter(({ refuse }) => !refuse));
    route.to = [{ subset: EXTRA, weight: 1 }];
  }
}
