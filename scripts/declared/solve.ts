/** Works out the lengths in a reply, and whether the reply is what it is to be. */
import { type Findings, Wrong } from "./findings.js";
import type {
  Description,
  Element,
  NumberValue,
  Piece,
  Prefix,
  Reply,
  Sum,
  Test,
} from "./model.js";
import { cantCopy, type ReplyDraft } from "./reply.js";
import type { Scope } from "./scope.js";

/** Longest message that any reply takes, in bytes. */
const MOST_MESSAGE = 32_768;

/** What a condition comes to in the reply; undefined: it depends on the request. */
export function holds(
  tests: readonly Test[],
  draft: ReplyDraft,
  scope: Scope,
): boolean | undefined {
  let answer: boolean | undefined = true;
  for (const test of tests) {
    let one: boolean | undefined;
    if ("from" in test) one = test.from === "server";
    else if ("number" in test) {
      const value = staticValue(test.number, draft, scope);
      one = value === undefined ? undefined : test.in.includes(value);
    }
    if (one === false) return false;
    if (one === undefined) answer = undefined;
  }
  return answer;
}

/** The number `name` as the reply has it; undefined: that is known only when it is written. */
function staticValue(name: string, draft: ReplyDraft, scope: Scope): number | undefined {
  if (scope.isLeaf(name)) return undefined;
  const element = scope.elementOf(name);
  const known = (of: string) => {
    const value = draft.numbers.get(of) ?? { constant: 0 };
    return "constant" in value ? value.constant : undefined;
  };
  if (draft.numbers.has(name) || element?.type !== "number") return known(name);
  const whole = element.name === name ? undefined : known(element.name);
  const mask = element.bits?.find((bit) => bit.name === name)?.mask;
  if (mask !== undefined && whole !== undefined) {
    const shift = Math.log2(Number(BigInt(mask) & -BigInt(mask)));
    return Number((BigInt(whole) & BigInt(mask)) >> BigInt(shift));
  }
  const bits = element.bits ?? [];
  return bits.some((bit) => known(bit.name) === undefined) ? undefined : 0;
}

export function solve(
  draft: ReplyDraft,
  { length, kinds, id }: Pick<Description, "length" | "kinds" | "id">,
  scope: Scope,
  findings: Findings,
): Reply {
  const lengths: Reply["lengths"] = [];
  const solved = new Set<string>();
  const isThere = (element: Element) => holds(element.when ?? [], draft, scope);
  for (const [name] of [...draft.numbers, ...draft.parts]) {
    const element = scope.elementOf(name);
    if (element !== undefined && isThere(element) === false)
      findings.add(
        [...draft.path, name],
        "is not there in this frame, by its `when`",
        "Remove it.",
      );
  }
  const present = scope.elements.filter((element) => isThere(element) !== false);
  for (const element of present) {
    if (element.type !== "bytes" || element.size.terms.length === 0) continue;
    const name = single(element.size, draft, solved);
    const where = ["spec", "frame", element.name];
    if (name === undefined)
      findings.add(
        draft.parts.has(element.name) ? [...draft.path, element.name] : draft.path,
        `can't tell the length of \`${element.name}\`: no single number says it that is left alone`,
        `See ${where.join(".")}: set its length nowhere else, or give it a number of its own.`,
      );
    else {
      lengths.push({ name, of: element.name, minus: element.size.add });
      solved.add(name);
    }
  }
  const open = (length?.terms ?? []).filter(({ name }) => !solved.has(name));
  if (length !== undefined && open.length > 0) {
    const name = length.terms.length === 1 ? single(length, draft, solved) : undefined;
    if (name === undefined)
      findings.add(
        draft.path,
        "can't tell the frame's length: `length` must be one number that nothing else sets, " +
          "or numbers that are the lengths of parts",
        "Describe the last part as `bytes <its length>` instead of `bytes rest`.",
      );
    else lengths.push({ name, minus: length.add });
  }
  checkKind(draft, kinds, scope, findings);
  if (id === undefined && draft.kind !== "response")
    findings.add(draft.path, "is of no use without request ids", "Remove it.");
  const reply = { ...draft.toReply(), lengths, most: 0 };
  return { ...reply, most: longestMessage(reply, present, draft, scope, findings) };
}

/** The one number that tells the sum, if nothing has set it yet. */
function single(sum: Sum, draft: ReplyDraft, solved: Set<string>): string | undefined {
  const [term] = sum.terms;
  if (sum.terms.length !== 1 || term?.times !== 1) return undefined;
  return draft.numbers.has(term.name) || solved.has(term.name) ? undefined : term.name;
}

/** Whoever gets the reply must take it for what it is. */
function checkKind(
  draft: ReplyDraft,
  kinds: Description["kinds"],
  scope: Scope,
  findings: Findings,
): void {
  for (const { kind, when } of kinds) {
    const is = holds(when, draft, scope);
    if (is === undefined || (is && kind === draft.kind)) return;
    if (!is) continue;
    findings.add(draft.path, `is itself a ${kind}, by \`kinds\``, "Set what makes it another one.");
    return;
  }
  findings.add(draft.path, "is of no kind itself, by `kinds`", "Set what makes it one.");
}

/** How much room the length fields leave for the message. */
function longestMessage(
  reply: Reply,
  present: Element[],
  draft: ReplyDraft,
  scope: Scope,
  findings: Findings,
): number {
  const parts = new Map(reply.parts.map(({ name, content }) => [name, measure(content)]));
  const around = present.map(
    (element) => headSize(element) + (parts.get(element.name)?.fixed ?? 0),
  );
  const whole = {
    fixed: around.reduce((sum, n) => sum + n, 0),
    factor: [...parts.values()].reduce((sum, { factor }) => sum + factor, 0),
  };
  if (whole.factor > 0 && draft.kind !== "response")
    findings.add(draft.path, "holds a message, but nothing failed", "Write `hex` or `text`.");
  let most = Math.min(MOST_MESSAGE, ...[...parts.values()].map(({ most }) => most));
  for (const { name, of, minus } of reply.lengths) {
    const bits = scope.bitsOfNumber(name, draft.path);
    const { fixed, factor } = of === undefined ? whole : (parts.get(of) ?? { fixed: 0, factor: 0 });
    const room = 2 ** bits - 1 + minus - fixed;
    if (room < 0)
      findings.add(draft.path, `is longer than \`${name}\` can tell`, "Make it shorter.");
    else if (factor > 0) most = Math.min(most, Math.floor(room / factor));
  }
  return Math.max(0, most);
}

/** Bytes of an element besides its content. */
function headSize(element: Element): number {
  if (element.type === "number") return element.size;
  if (element.type === "constant") return element.hex.length / 2;
  if (element.type === "varint") return 10;
  return element.type === "prefixed" ? prefixSize(element.prefix) : 0;
}

function prefixSize(prefix: Prefix): number {
  return "size" in prefix ? prefix.size : 5;
}

/** Bytes besides messages, how often a message's bytes count at most, and the longest message. */
function measure(content: Piece[]): { fixed: number; factor: number; most: number } {
  const sum = { fixed: 0, factor: 0, most: MOST_MESSAGE };
  for (const piece of content) {
    if ("hex" in piece) sum.fixed += piece.hex.length / 2;
    else if ("decimal" in piece) sum.fixed += 20;
    else if ("varint" in piece) sum.fixed += 10;
    else if ("message" in piece) {
      sum.fixed += 3;
      sum.factor += { plain: 1, json: 6, hessian: 1.5 }[piece.message];
    } else {
      const inner = measure(piece.content);
      sum.fixed += prefixSize(piece.prefix) + inner.fixed;
      sum.factor += inner.factor;
      sum.most = Math.min(sum.most, inner.most);
      if ("size" in piece.prefix && inner.factor > 0) {
        const room = 2 ** (8 * piece.prefix.size) - 1 - inner.fixed;
        sum.most = Math.min(sum.most, Math.max(0, Math.floor(room / inner.factor)));
      }
    }
  }
  return sum;
}

/** Which numbers the replies copy, and how many bits each has. */
export function contextOf(
  drafts: { path: readonly (string | number)[]; values: NumberValue[] }[],
  scope: Scope,
  findings: Findings,
): Description["context"] {
  const context: Description["context"] = [];
  findings.attempt(() => {
    for (const { path, values } of drafts) {
      for (const value of values) {
        if (!("copy" in value) || context.some(({ name }) => name === value.copy)) continue;
        const element = scope.elementOf(value.copy);
        if (element?.type !== "number") throw cantCopy([...path, value.copy]);
        context.push({ name: value.copy, bits: scope.bitsOfNumber(value.copy, path) });
      }
      if (context.reduce((sum, { bits }) => sum + bits, 0) > 31)
        throw new Wrong(path, "copies more than 31 bits", "Copy less: name single bits by `bits`.");
    }
  });
  return context;
}
