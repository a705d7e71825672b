/** The registers of a description's names, and what has to be read of a frame to fill them. */
import { type Description, SLOTS, type Source, type Test } from "./model.js";

/** What has to be known of a frame for one purpose. */
export class Need {
  /** So many elements. */
  elements = 0;
  /** These protobuf leaves, a bit each. */
  leaves = 0;
  /** What lies in attachments. */
  attachments = false;

  copy(): Need {
    return Object.assign(new Need(), this);
  }
}

export class Registers {
  /** Names of attachments that are looked up. */
  readonly attachments: string[];
  private readonly names: string[];
  /** For each of `names` the element that it belongs to; -1: it is an attachment. */
  private readonly owners: number[];
  private readonly firstLeaf: number;

  constructor(private readonly description: Description) {
    const { elements, leaves } = description;
    const bits = elements.flatMap((element, i) =>
      element.type === "number" ? (element.bits ?? []).map(({ name }) => ({ name, owner: i })) : [],
    );
    this.firstLeaf = elements.length + bits.length;
    this.attachments = [...new Set(lookedUp(description))];
    const indexOf = (name: string) => elements.findIndex((element) => element.name === name);
    const all = [
      ...elements.map(({ name }, owner) => ({ name, owner })),
      ...bits,
      ...leaves.map(({ name, part }) => ({ name, owner: indexOf(part) })),
      ...this.attachments.map((name) => ({ name: `attachment ${name}`, owner: -1 })),
    ];
    this.names = all.map(({ name }) => name);
    this.owners = all.map(({ owner }) => owner);
  }

  of(name: string): number {
    return this.names.indexOf(name);
  }

  /** The element that `name` belongs to. */
  elementOf(name: string): number {
    return this.owners[this.of(name)] ?? -1;
  }

  /** Adds to `need` what fills the register of `name`. */
  mark(need: Need, name: string): void {
    const owner = this.elementOf(name);
    if (owner < 0) need.attachments = true;
    else need.elements = Math.max(need.elements, owner + 1);
    const leaf = this.of(name) - this.firstLeaf;
    if (owner >= 0 && leaf >= 0) need.leaves |= 1 << leaf;
  }

  markSource(need: Need, source: Source): void {
    if ("number" in source) this.mark(need, source.number);
    else if ("span" in source) this.mark(need, source.span);
    else if ("attachment" in source) need.attachments = true;
  }

  markTests(need: Need, tests: Test[]): void {
    for (const test of tests) {
      if ("number" in test) this.mark(need, test.number);
      else if ("span" in test) this.mark(need, test.span);
      else if ("attachment" in test) need.attachments = true;
    }
  }

  /** If attachments are needed, then so are all the places where they lie. */
  complete(need: Need): void {
    if (!need.attachments) return;
    const { request, response } = this.description;
    for (const a of [...request.attachments, ...response.attachments]) {
      if ("lines" in a) this.mark(need, a.lines);
      else if ("pairs" in a) this.mark(need, a.pairs);
      else if ("map" in a) this.mark(need, a.map);
    }
  }
}

function lookedUp({ request, response }: Description): string[] {
  const sources = [...SLOTS.flatMap((slot) => request[slot] ?? []), ...(response.message ?? [])];
  return [
    ...sources.flatMap((source) => ("attachment" in source ? [source.attachment] : [])),
    ...response.success.flatMap((test) => ("attachment" in test ? [test.attachment] : [])),
  ];
}
