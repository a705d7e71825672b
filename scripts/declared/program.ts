/**
 * A description as the filter takes it: numbers, one after the other, as short as protobuf writes
 * them (varints), and texts, each after its length. assembly/codecs/declared/read.ts reads it, in
 * this order; both change together, and FORMAT with them.
 *
 * Names have become registers: those of the elements come first, then those of bits, of protobuf
 * fields and of attachments that are looked up by name.
 */
import type {
  Attachments,
  Description,
  Element,
  KindName,
  NumberValue,
  Piece,
  Prefix,
  Reply,
  Source,
  Sum,
  Test,
} from "./model.js";
import { SLOTS } from "./model.js";
import { Need, Registers } from "./registers.js";

const FORMAT = 1;

/** What stands as `protocol` in the plugin's configuration. */
export interface Program {
  name: string;
  /** Hex digits. */
  program: string;
}

export function toProgram(description: Description): Program {
  const writer = new Writer(description);
  writer.write();
  return { name: description.name, program: Buffer.from(writer.bytes).toString("hex") };
}

const TYPES = ["number", "varint", "constant", "bytes", "rest", "prefixed"] as const;
const KINDS: Record<KindName, [number, boolean]> = {
  request: [0, false],
  oneway: [1, false],
  heartbeat: [2, false],
  pong: [2, true],
  event: [3, false],
  response: [4, true],
};

class Writer {
  readonly bytes: number[] = [];
  private readonly registers: Registers;

  constructor(private readonly description: Description) {
    this.registers = new Registers(description);
  }

  write(): void {
    const { description, registers } = this;
    const { elements, leaves, length, id, silent, kinds, request, response } = description;
    this.number(FORMAT);
    this.list(elements, (element) => this.element(element));
    this.list(leaves, ({ part, as, path }) => {
      this.numbers(registers.of(part), ["number", "bytes", "map"].indexOf(as));
      this.list(path, (field) => this.number(field));
    });
    this.list(registers.attachments, (name) => this.text(name));
    this.optional(length, (sum) => this.sum(sum));
    const head = new Need();
    for (const name of [id, response.status, ...description.context.map(({ name }) => name)])
      if (name !== undefined) registers.mark(head, name);
    this.numbers(id === undefined ? 0 : registers.of(id) + 1, silent ? 1 : 0);
    this.list(kinds, ({ kind, when }) => {
      const [number, reply] = KINDS[kind];
      this.numbers(number, reply ? 1 : 0);
      this.tests(when);
      registers.markTests(head, when);
    });
    this.head(head);
    this.need(head);
    this.request(request);
    this.response(response);
    this.list(description.context, ({ name, bits }) => this.numbers(registers.of(name), bits));
    for (const reply of [description.errorReply, description.pong, description.goodbye])
      this.optional(reply, (given) => this.reply(given));
  }

  private element(element: Element): void {
    this.number(TYPES.indexOf(element.type));
    this.tests(element.when ?? []);
    switch (element.type) {
      case "number":
        this.numbers(element.size, element.little ? 1 : 0, element.signed ? 1 : 0);
        this.list(element.is ?? [], (value) => this.number(value));
        this.list(element.bits ?? [], ({ mask }) => this.number(mask));
        break;
      case "constant":
        this.raw(Buffer.from(element.hex, "hex"));
        break;
      case "bytes":
        this.sum(element.size);
        break;
      case "prefixed":
        this.prefix(element.prefix);
    }
  }

  /** The bytes that decide the metadata, and the hole in them. */
  private head(need: Need): void {
    const { head } = this.description;
    this.optional(head, ({ first, call, all, hole }) => {
      this.numbers(first, call, all);
      if (hole === undefined) this.numbers(0, 0, 0);
      else if ("leaf" in hole) {
        this.numbers(0, 0, this.registers.of(hole.leaf) + 1);
        this.registers.mark(need, hole.leaf);
      } else {
        this.numbers(hole.from, hole.to, 0);
        need.elements = Math.max(need.elements, hole.to);
      }
    });
  }

  private request(request: Description["request"]): void {
    const { head } = this.description;
    const call = new Need();
    const values = SLOTS.flatMap((slot, i) => {
      const sources = request[slot] ?? [];
      for (const source of sources) this.registers.markSource(call, source);
      return sources.length === 0 ? [] : [{ slot: i, name: "", sources }];
    });
    const all = call.copy();
    this.report(request.attachments, values, all);
    this.registers.complete(call);
    if (head !== undefined) {
      call.elements = Math.max(call.elements, head.call + 1);
      all.elements = Math.max(all.elements, head.all + 1);
    }
    this.need(call);
    this.need(all);
  }

  private response({ status, success, message = [], attachments }: Description["response"]): void {
    const all = new Need();
    all.elements = this.description.elements.length;
    if (status !== undefined) this.registers.mark(all, status);
    for (const source of message) this.registers.markSource(all, source);
    this.registers.markTests(all, success);
    this.report(attachments, [], all);
    this.need(all);
    this.number(status === undefined ? 0 : this.registers.of(status) + 1);
    this.tests(success);
    this.list(message, (source) => this.source(source));
  }

  /** Values and collections; `need` gets what they need. */
  private report(
    attachments: Attachments[],
    slots: { slot: number; name: string; sources: Source[] }[],
    need: Need,
  ): void {
    const { registers } = this;
    const single = attachments.flatMap((a) =>
      "name" in a ? [{ slot: SLOTS.length, name: a.name, sources: [a.source] }] : [],
    );
    for (const { sources } of single)
      for (const source of sources) registers.markSource(need, source);
    this.list([...slots, ...single], ({ slot, name, sources }) => {
      this.number(slot);
      this.text(name);
      this.list(sources, (source) => this.source(source));
    });
    const collections = attachments.filter((a) => "lines" in a || "pairs" in a);
    this.list(collections, (a) => {
      const isLines = "lines" in a;
      this.numbers(isLines ? 0 : 1, registers.of(isLines ? a.lines : a.pairs));
      if (isLines) return;
      this.prefix(a.nameLength);
      this.prefix(a.valueLength);
    });
    need.attachments ||= attachments.some((a) => !("name" in a));
    registers.complete(need);
  }

  private source(source: Source): void {
    if ("text" in source) {
      this.number(3);
      this.text(source.text);
    } else if ("number" in source) {
      const register = this.registers.of(source.number);
      const element = this.description.elements[register];
      const isSigned = element?.type === "number" && element.signed;
      this.numbers(isSigned ? 1 : 0, register);
    } else {
      const name = "span" in source ? source.span : `attachment ${source.attachment}`;
      this.numbers(2, this.registers.of(name));
    }
  }

  private reply({ numbers, parts, lengths, most }: Reply): void {
    this.number(most);
    this.list(numbers, ({ name, value }) => {
      this.field(name);
      this.amount(value);
    });
    this.list(lengths, ({ name, of, minus }) => {
      this.field(name);
      this.numbers(of === undefined ? 0 : this.registers.of(of) + 1, minus);
    });
    for (const { name } of this.description.elements) {
      this.pieces(parts.find((part) => part.name === name)?.content ?? []);
    }
  }

  /** The element and the mask that a number's name stands for. */
  private field(name: string): void {
    const element = this.registers.elementOf(name);
    const given = this.description.elements[element];
    const bits = given?.type === "number" ? (given.bits ?? []) : [];
    this.number(element);
    this.number(bits.find((bit) => bit.name === name)?.mask ?? 2n ** 64n - 1n);
  }

  private amount(value: NumberValue): void {
    if ("constant" in value) this.numbers(0, value.constant);
    else if ("copy" in value) {
      const index = this.description.context.findIndex(({ name }) => name === value.copy);
      this.numbers(1, index);
    } else if ("id" in value) this.number(2);
    else if ("http" in value) this.number(3);
    else {
      this.numbers(4, value.otherwise);
      this.list(value.status, ({ http, is }) => this.numbers(http, is));
    }
  }

  private pieces(pieces: Piece[]): void {
    this.list(pieces, (piece) => {
      if ("hex" in piece) {
        this.number(0);
        this.raw(Buffer.from(piece.hex, "hex"));
      } else if ("message" in piece) {
        this.number(1 + ["plain", "json", "hessian"].indexOf(piece.message));
      } else if ("decimal" in piece) {
        this.number(4);
        this.amount(piece.decimal);
      } else if ("varint" in piece) {
        this.number(5);
        this.amount(piece.varint);
      } else {
        this.number(6);
        this.prefix(piece.prefix);
        this.pieces(piece.content);
      }
    });
  }

  private tests(tests: Test[]): void {
    this.list(tests, (test) => {
      if ("from" in test) this.number(test.from === "client" ? 3 : 4);
      else if ("number" in test) {
        this.numbers(0, this.registers.of(test.number));
        this.list(test.in, (value) => this.number(value));
      } else {
        const name = "span" in test ? test.span : `attachment ${test.attachment}`;
        this.numbers(test.present ? 1 : 2, this.registers.of(name));
      }
    });
  }

  private sum({ add, terms }: Sum): void {
    this.number(add);
    this.list(terms, ({ name, times }) => this.numbers(this.registers.of(name), times));
  }

  /** 0 stands for a varint. */
  private prefix(prefix: Prefix): void {
    if ("varint" in prefix) this.numbers(0, 0);
    else this.numbers(prefix.size, prefix.little ? 1 : 0);
  }

  private need({ elements, leaves, attachments }: Need): void {
    this.numbers(elements, leaves, attachments ? 1 : 0);
  }

  private optional<T>(value: T | undefined, write: (value: T) => void): void {
    this.number(value === undefined ? 0 : 1);
    if (value !== undefined) write(value);
  }

  private list<T>(items: readonly T[], write: (item: T) => void): void {
    this.number(items.length);
    items.forEach(write);
  }

  private text(text: string): void {
    this.raw(Buffer.from(text));
  }

  private raw(bytes: Uint8Array): void {
    this.number(bytes.length);
    this.bytes.push(...bytes);
  }

  private numbers(...values: number[]): void {
    for (const value of values) this.number(value);
  }

  private number(value: number | bigint): void {
    let rest = BigInt(value);
    for (; rest > 127n; rest >>= 7n) this.bytes.push(Number(rest & 127n) | 128);
    this.bytes.push(Number(rest));
  }
}
