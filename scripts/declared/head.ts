/** Which bytes of a request decide its metadata: see `Head`. */
import type { Description, Head, Source, Test } from "./model.js";
import { SLOTS } from "./model.js";
import type { Scope } from "./scope.js";

/** A head, and the elements whose bytes decide. */
interface Found {
  head: Head;
  deciding: Set<number>;
}

/** Most bits of a context. */
const MOST_CONTEXT = 31;

export function findHead(
  { length, id, request }: Pick<Description, "length" | "id" | "request">,
  scope: Scope,
): Found | undefined {
  const { elements } = scope;
  const forCall = new Set<number>();
  const forAll = new Set<number>();
  const collections = request.attachments.map((a) => {
    if ("name" in a) return sourceNames(a.source);
    return ["lines" in a ? a.lines : "pairs" in a ? a.pairs : a.map];
  });
  const ofAttachments = collections.flat().map((name) => scope.indexOf(name));
  for (const slot of SLOTS) {
    for (const source of request[slot] ?? []) {
      for (const name of sourceNames(source)) forCall.add(scope.indexOf(name));
      if ("attachment" in source) for (const i of ofAttachments) forCall.add(i);
    }
  }
  for (const i of [...forCall, ...ofAttachments]) forAll.add(i);
  if (forAll.size === 0) return undefined;
  // An element decides also by where it lies: by what is before it, and by its own size.
  const close = (set: Set<number>) => {
    for (let i = Math.max(-1, ...set); i >= 0; i--) {
      const element = elements[i];
      if (element === undefined) continue;
      for (const name of testNames(element.when ?? [])) set.add(scope.indexOf(name));
      if (element.type === "varint" || element.type === "prefixed") set.add(i);
      const sum = element.type === "rest" ? length : element.type === "bytes" && element.size;
      for (const { name } of (sum || undefined)?.terms ?? []) set.add(scope.indexOf(name));
    }
  };
  close(forCall);
  close(forAll);
  const first = Math.min(...forAll);
  const all = Math.max(...forAll);
  const call = forCall.size === 0 ? first : Math.max(...forCall);
  const hole = findHole(first, all, forAll, id, scope);
  return { head: { first, call, all, ...(hole && { hole }) }, deciding: forAll };
}

/** Of the runs of elements that decide nothing, the one with the id, or else the longest. */
function findHole(
  first: number,
  all: number,
  deciding: Set<number>,
  id: string | undefined,
  scope: Scope,
): Head["hole"] {
  const at = id === undefined ? -1 : scope.indexOf(id);
  if (id !== undefined && scope.isLeaf(id) && at >= first && at <= all) return { leaf: id };
  const runs: { from: number; to: number }[] = [];
  for (let i = first; i <= all; i++) {
    if (deciding.has(i)) continue;
    const last = runs.slice(-1)[0];
    if (last !== undefined && last.to === i) last.to = i + 1;
    else runs.push({ from: i, to: i + 1 });
  }
  const longest = runs.toSorted((a, b) => b.to - b.from - (a.to - a.from))[0];
  return runs.find(({ from, to }) => from <= at && at < to) ?? longest;
}

/**
 * There is one hole only. If it lies in a protobuf message, what else differs between requests in
 * front of that message must not be compared: then the numbers in front of it that decide go into
 * the context, which is compared, too.
 */
export function closeGap(
  found: Found | undefined,
  context: Description["context"],
  scope: Scope,
): Head | undefined {
  if (found === undefined) return undefined;
  const { deciding, head } = found;
  if (head.hole === undefined || !("leaf" in head.hole)) return head;
  const part = scope.indexOf(head.hole.leaf);
  const before = scope.elements.slice(head.first, part);
  const gap = before.findLastIndex((_, i) => !deciding.has(head.first + i));
  if (gap < 0) return head;
  const numbers = before
    .slice(0, gap)
    .filter((_, i) => deciding.has(head.first + i))
    .filter(({ name }) => context.every((known) => known.name !== name))
    .map((element) => ({
      name: element.name,
      bits: element.type === "number" ? 8 * element.size : Infinity,
    }));
  const bits = [...context, ...numbers].reduce((sum, one) => sum + one.bits, 0);
  if (bits > MOST_CONTEXT) return head;
  context.push(...numbers);
  const first = head.first + gap + 1;
  return { ...head, first, call: Math.max(first, head.call) };
}

function sourceNames(source: Source): string[] {
  if ("number" in source) return [source.number];
  return "span" in source ? [source.span] : [];
}

function testNames(tests: Test[]): string[] {
  return tests.flatMap((test) => ("number" in test ? [test.number] : []));
}
