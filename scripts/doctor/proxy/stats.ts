/** Envoy's counters and gauges, of `/stats?format=json` or of `/stats`. */

interface JsonStats {
  stats: { name?: string; value?: unknown }[];
}

export class Stats {
  constructor(private readonly values: ReadonlyMap<string, number>) {}

  static ofJson({ stats }: JsonStats): Stats {
    const values = new Map<string, number>();
    for (const { name, value } of stats) {
      if (name !== undefined) values.set(name, Number(value ?? 0));
    }
    return new Stats(values);
  }

  static ofText(text: string): Stats {
    const values = new Map<string, number>();
    for (const [, name, value] of text.matchAll(/^(\S.*): (-?\d+)$/gm)) {
      if (name !== undefined) values.set(name, Number(value));
    }
    return new Stats(values);
  }

  /** Undefined: Envoy does not keep it; Istio's proxies keep few. */
  get(name: string): number | undefined {
    return this.values.get(name);
  }

  /** `what` of a cluster or an HTTP connection manager; Istio may end their names with `;`. */
  of(kind: "cluster" | "http", name: string, what: string): number | undefined {
    const bare = name.replace(/;$/, "");
    return this.get(`${kind}.${bare}.${what}`) ?? this.get(`${kind}.${bare};.${what}`);
  }

  /** Those that are above zero and match, with the match. */
  above(pattern: RegExp): { match: RegExpExecArray; name: string; value: number }[] {
    return [...this.values].flatMap(([name, value]) => {
      const match = value > 0 ? pattern.exec(name) : null;
      return match === null ? [] : [{ match, name, value }];
    });
  }
}
