/** Which configurations were in force when, and what each of them decides. */
import { decide } from "../../scripts/protocol/decide.js";
import type { Service } from "../../scripts/protocol/model.js";
import { KEYS } from "./frames.js";

/** The tag of an error reply that a route asks for. */
export const REFUSED = "refused";

interface Version {
  /** Who may answer each of `KEYS`. */
  allowed: ReadonlySet<string>[];
  /** When Envoy had taken over the next one; times are milliseconds of `performance`'s clock. */
  until: number;
}

/** More than can be in force at one time; those before are forgotten. */
const KEPT = 100;

export class History {
  private readonly versions: Version[] = [];

  /** @param tags the server behind each endpoint */
  constructor(private readonly tags: ReadonlyMap<string, string>) {}

  /** From now on Envoy may decide by this configuration, too. */
  begin(service: Service): void {
    const allowed = KEYS.map((key) => {
      const route = decide(service, key);
      if (route?.refuse) return new Set([REFUSED]);
      const subsets = route?.to.filter(({ weight }) => weight > 0).map(({ subset }) => subset);
      const endpoints = service.subsets.flatMap(({ name, endpoints }) =>
        subsets?.includes(name) ? endpoints : [],
      );
      return new Set(endpoints.map((endpoint) => this.tags.get(endpoint)!));
    });
    this.versions.push({ allowed, until: Infinity });
    if (this.versions.length > KEPT) this.versions.shift();
  }

  /** Envoy has taken over what began last. */
  taken(): void {
    const before = this.versions.at(-2);
    if (before) before.until = performance.now();
  }

  /**
   * How long after the end of the last configuration that lets `tag` answer a call of this key
   * the call was made, in milliseconds; 0: while it was in force; Infinity: none does.
   */
  lag(key: number, tag: string, asked: number): number {
    const version = this.versions.findLast(({ allowed }) => allowed[key]!.has(tag));
    return version === undefined ? Infinity : Math.max(0, asked - version.until);
  }
}
