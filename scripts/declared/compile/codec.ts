/** From a description to the AssemblyScript source of a codec that does the same, but faster. */
import type { Attachments, Description, KindName, Leaf, Reply } from "../model.js";
import { SLOTS } from "../model.js";
import { Need, Registers } from "../registers.js";
import {
  collectionsOf,
  emitAttachments,
  emitCollections,
  forgetLookups,
  partOf,
} from "./attachments.js";
import { atName, Code, literal, numberName, sizeName } from "./code.js";
import { Constants } from "./constants.js";
import { declareLeaves, emitReader, forgetLeaves } from "./messages.js";
import { type Needs, needsOf } from "./needs.js";
import { Replies } from "./replies.js";
import { numbersIn, testsOf } from "./tests.js";
import { namesOf, Values } from "./values.js";
import { measuredOf, Walk } from "./walk.js";

const KINDS: Record<KindName, [kind: string, reply: boolean]> = {
  request: ["Kind.REQUEST", false],
  oneway: ["Kind.ONEWAY", false],
  heartbeat: ["Kind.HEARTBEAT", false],
  pong: ["Kind.HEARTBEAT", true],
  event: ["Kind.EVENT", false],
  response: ["Kind.RESPONSE", true],
};

const IMPORTS = `import { Codec, INCOMPLETE, MALFORMED, Read } from "argot/codecs/codec";
import { decimal } from "argot/codecs/decimal";
import * as lib from "argot/codecs/declared/generated";
import { jsonLossy } from "argot/codecs/json";
import { Depth, Kind, Metadata, Slot, ValueType } from "argot/codecs/metadata";
import * as protobuf from "argot/codecs/protobuf";
import { writeText } from "argot/codecs/text";
import { isPlainUtf8 } from "argot/codecs/utf8";
`;

/** The class of a protocol's compiled codec. */
export function classNameOf({ name }: Description): string {
  const words = name.split("-").map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  const joined = words.join("");
  return `${/^\d/.test(joined) ? "_" : ""}${joined}Codec`;
}

/** @param made what it was made of, for the comment at its top */
export function compileDescription(description: Description, made: string): string {
  return new Compiler(description).compile(made);
}

class Compiler {
  private readonly registers: Registers;
  private readonly needs: Needs;
  private readonly constants = new Constants();
  private readonly code = new Code();
  private readonly functions = new Code();

  constructor(private readonly description: Description) {
    this.registers = new Registers(description);
    this.needs = needsOf(description, this.registers);
  }

  compile(made: string): string {
    const { description, functions } = this;
    declareLeaves(description, functions);
    emitAttachments(description, this.registers.attachments, functions);
    for (const purpose of ["head", "call", "all", "reply"] as const) this.emitReaders(purpose);
    this.emitClass();
    const replies = new Replies(description, this.constants, functions);
    for (const name of ["errorReply", "pong", "goodbye"] as const) {
      const reply = description[name];
      if (reply !== undefined) replies.emit(`${name}Frame`, reply);
    }
    return [
      `/** Generated of ${made} by \`argot build\`: change that, not this. */`,
      IMPORTS,
      String(this.constants),
      String(functions),
      String(this.code),
    ].join("\n");
  }

  private leavesOf(need: Need): Leaf[] {
    return this.description.leaves.filter((_, i) => (need.leaves >>> i) & 1);
  }

  private get hole(): string | undefined {
    const hole = this.description.head?.hole;
    return hole !== undefined && "leaf" in hole ? hole.leaf : undefined;
  }

  private emitReaders(purpose: keyof Needs): void {
    const leaves = this.leavesOf(this.needs[purpose]);
    for (const part of new Set(leaves.map((leaf) => leaf.part))) {
      const own = leaves.filter((leaf) => leaf.part === part);
      emitReader(`${purpose}_${part}`, own, this.hole, this.functions);
    }
  }

  private emitClass(): void {
    const { code, description } = this;
    const { id, silent = false } = description;
    code.block(`export class ${classNameOf(description)} extends Codec`, () => {
      this.getter("name", "string", JSON.stringify(description.name));
      this.getter("headerLength", "u32", String(this.headerLength()));
      if (id === undefined) this.method("isOrdered(m: Metadata): bool", "return true;");
      if (silent) this.getter("mayStaySilent", "bool", "true");
      this.emitLimit();
      code.block("measure(p: usize, n: u32): i64", () => this.emitMeasure());
      code.line();
      code.block("readHead(p: usize, n: u32, m: Metadata): Read", () => this.emitHead());
      code.line();
      this.emitRequest();
      code.block("readReply(p: usize, total: u32, m: Metadata): Read", () => this.emitReply());
      code.line();
      this.emitWriters();
      this.method("renderEncoded(p: usize, n: u32): string", "return jsonLossy(p, n);");
    });
  }

  private getter(name: string, type: string, value: string): void {
    this.method(`get ${name}(): ${type}`, `return ${value};`);
  }

  private method(head: string, line: string): void {
    this.code.block(head, () => this.code.line(line));
    this.code.line();
  }

  private headerLength(): number {
    const sum = this.description.elements
      .slice(0, measuredOf(this.description))
      .filter(({ when }) => when === undefined)
      .reduce((all, element) => {
        if (element.type === "number") return all + element.size;
        if (element.type === "constant") return all + element.hex.length / 2;
        if (element.type === "varint") return all + 1;
        const isPrefixed = element.type === "prefixed" && "size" in element.prefix;
        return all + (isPrefixed ? (element.prefix as { size: number }).size : 0);
      }, 0);
    return Math.max(sum, 1);
  }

  private emitLimit(): void {
    const { errorReply, pong, goodbye } = this.description;
    const limits = [errorReply, pong, goodbye]
      .filter((reply): reply is Reply => reply !== undefined)
      .map((reply) => Replies.limitOf(this.description, reply))
      .map(({ fixed, perByte, most }) =>
        perByte === 0 ? String(fixed) : `${fixed} + min<u32>(n, ${most}) * ${perByte}`,
      );
    const most = limits.reduce((a, b) => `max<u32>(${a}, ${b})`, "0");
    this.method(
      "replyLimit(n: u32): u32",
      `return ${limits.length === 1 ? limits.join("") : most};`,
    );
  }

  private walk(goal: Partial<ConstructorParameters<typeof Walk>[1]> & { count: number }): Walk {
    const walk = new Walk(
      this.description,
      {
        names: new Set<string>(),
        fromServer: "m.fromServer",
        incomplete: "Read.INCOMPLETE",
        malformed: "Read.MALFORMED",
        ...goal,
      },
      this.code,
    );
    walk.emit();
    return walk;
  }

  private emitMeasure(): void {
    this.walk({
      count: measuredOf(this.description),
      measuring: true,
      fromServer: "false",
      incomplete: "INCOMPLETE",
      malformed: "MALFORMED",
    });
    this.code.line("return <i64>length;");
  }

  private emitHead(): void {
    const { code, description, needs } = this;
    const { id, kinds, context, response, head } = description;
    const names = [id, response.status, ...context.map(({ name }) => name)];
    const tests = kinds.flatMap(({ when }) => when);
    const places = head?.hole && "from" in head.hole ? [head.hole.from, head.hole.to] : [];
    const walk = this.walk({
      count: needs.head.elements,
      names: this.used(needs.head, [...names, ...numbersIn(tests), ...spansIn(tests)]),
      places: new Set(places),
    });
    this.readMessages("head", needs.head, "null");
    kinds.forEach(({ kind, when }, i) => {
      const [name, reply] = KINDS[kind];
      const set = () => {
        code.line(`m.kind = ${name};`);
        code.line(`m.reply = ${reply};`);
      };
      const isLast = i === kinds.length - 1;
      if (when.length === 0 && isLast && i > 0) code.block("else", set);
      else if (when.length === 0) set();
      else code.block(`${i > 0 ? "else " : ""}if (${testsOf(when, "m.fromServer")})`, set);
    });
    if (kinds.slice(-1).some(({ when }) => when.length > 0))
      code.line("else return Read.MALFORMED;");
    code.line(`m.requestId = ${id === undefined ? "0" : numberName(id)};`);
    const status = response.status && `m.reply ? <i32>${numberName(response.status)} : 0`;
    code.line(`m.status = ${status ?? "0"};`);
    let shift = 0;
    const copied = context.map(({ name, bits }) => {
      const masked = `((<u32>${numberName(name)}) & ${literal(2 ** bits - 1)})`;
      const text = shift === 0 ? masked : `(${masked} << ${shift})`;
      shift += bits;
      return text;
    });
    code.line(`m.replyContext = ${copied.join(" | ") || "0"};`);
    const [from, to] = places;
    const isLeaf = this.hole !== undefined;
    code.line(
      `m.holeAt = ${from === undefined ? (isLeaf ? "hole_at" : "0") : walk.address(from)};`,
    );
    code.line(`m.holeEnd = ${to === undefined ? (isLeaf ? "hole_end" : "0") : walk.address(to)};`);
    code.line("return Read.DONE;");
  }

  /** The names that a walk has to know, with the parts of the messages that are read. */
  private used(need: Need, names: readonly (string | undefined)[]): Set<string> {
    const parts = this.leavesOf(need).map(({ part }) => part);
    return new Set([...names.filter((name) => name !== undefined), ...parts]);
  }

  private readMessages(purpose: string, need: Need, m: string): void {
    const { code } = this;
    const leaves = this.leavesOf(need);
    forgetLeaves(leaves, this.hole, code);
    for (const part of new Set(leaves.map((leaf) => leaf.part))) {
      const [at, size] = [atName(part), sizeName(part)];
      code.line(`if (<u64>${at} + ${size} > <u64>p + n) return Read.INCOMPLETE;`);
      const call = `${purpose}_${part}(${at}, ${at} + ${size}, ${m})`;
      code.line(`if (${at} != 0 && !${call}) return Read.MALFORMED;`);
    }
  }

  /** readMetadata; with attachments, and without. */
  private emitRequest(): void {
    const { code, needs, description } = this;
    const { attachments } = description.request;
    const isSame = attachments.length === 0;
    const head = "readMetadata(p: usize, n: u32, total: u32, m: Metadata): Read";
    if (isSame) {
      code.block(head, () => this.emitReport("call", needs.call, []));
      code.line();
      return;
    }
    const one = "p: usize, n: u32, total: u32, m: Metadata";
    code.block(head, () => {
      code.line("if (m.depth == Depth.ATTACHMENTS) return this.readAll(p, n, total, m);");
      code.line("return this.readCall(p, n, total, m);");
    });
    code.line();
    code.block(`private readCall(${one}): Read`, () => this.emitReport("call", needs.call, []));
    code.line();
    code.block(`private readAll(${one}): Read`, () =>
      this.emitReport("all", needs.all, attachments),
    );
    code.line();
  }

  private emitReport(
    purpose: "call" | "all",
    need: Need,
    attachments: readonly Attachments[],
  ): void {
    const { code, description } = this;
    const { head, request } = description;
    const collections = need.attachments ? collectionsOf(request.attachments) : [];
    const singles = attachments.flatMap((a) => ("name" in a ? [a.source] : []));
    const sources = [...SLOTS.flatMap((slot) => request[slot] ?? []), ...singles];
    const last = head && head[purpose] + 1;
    const walk = this.walk({
      count: need.elements,
      names: this.used(need, [...namesOf(sources), ...collections.map(partOf)]),
      places: new Set(head === undefined || last === undefined ? [] : [head.first, last]),
    });
    code.line("const end = p + n;");
    if (need.attachments) forgetLookups(this.registers.attachments, code);
    const told = purpose === "all" ? "m" : "null";
    this.readMessages(purpose, need, told);
    emitCollections(collections, told, code);
    const values = new Values(description, this.constants, code);
    values.emitSlots();
    values.emitSingles(attachments);
    if (head !== undefined && last !== undefined) {
      code.block(`if (n >= ${walk.place(last)})`, () => {
        code.line(`m.headAt = ${walk.address(head.first)};`);
        code.line(`m.headEnd = ${walk.address(last)};`);
      });
    }
    code.line("return Read.DONE;");
  }

  private emitReply(): void {
    const { code, needs, description } = this;
    const { attachments, success, message = [] } = description.response;
    const collections = needs.reply.attachments ? collectionsOf(attachments) : [];
    const singles = attachments.flatMap((a) => ("name" in a ? [a.source] : []));
    code.line("const n = total;");
    const names = [
      ...namesOf([...singles, ...message]),
      ...numbersIn(success),
      ...spansIn(success),
    ];
    this.walk({
      count: needs.reply.elements,
      names: this.used(needs.reply, [...names, ...collections.map(partOf)]),
    });
    code.line("const end = p + n;");
    if (needs.reply.attachments) forgetLookups(this.registers.attachments, code);
    this.readMessages("reply", needs.reply, "m");
    emitCollections(collections, "m", code);
    const values = new Values(description, this.constants, code);
    values.emitSingles(attachments);
    code.line(`m.isError = !(${testsOf(success, "m.fromServer")});`);
    code.line("if (!m.isError) return Read.DONE;");
    values.emitMessage();
    code.line("return Read.DONE;");
  }

  private emitWriters(): void {
    const { errorReply, pong, goodbye } = this.description;
    this.method(
      "writeErrorReply(out: usize, id: u64, context: u32, status: u32, text: usize, n: u32): u32",
      errorReply ? "return errorReplyFrame(out, id, context, status, text, n);" : "return 0;",
    );
    if (pong !== undefined) {
      this.method(
        "writeHeartbeatReply(out: usize, m: Metadata): u32",
        "return pongFrame(out, m.requestId, m.replyContext, 0, 0, 0);",
      );
    }
    if (goodbye !== undefined) {
      this.method("writeGoodbye(out: usize): u32", "return goodbyeFrame(out, 0, 0, 0, 0, 0);");
    }
  }
}

/** The bytes that conditions ask for. */
function spansIn(tests: Description["response"]["success"]): string[] {
  return tests.flatMap((test) => ("span" in test ? [test.span] : []));
}
