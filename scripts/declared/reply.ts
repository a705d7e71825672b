/** Reads a frame that the filter writes by itself: what its author sets, and what follows of it. */
import type { Path } from "../protocol/problem.js";
import { attachmentOf, type Fields, messageOf, readContent, readNumberValue } from "./content.js";
import type { Findings } from "./findings.js";
import type { Attachments, KindName, NumberValue, Piece, Reply } from "./model.js";
import type { RawReply } from "./raw.js";
import { hasBytes, type Scope } from "./scope.js";

export class ReplyDraft {
  readonly numbers = new Map<string, NumberValue>();
  readonly parts = new Map<string, Piece[]>();
  private readonly messages = new Map<string, Fields>();

  constructor(
    readonly kind: KindName,
    readonly path: Path,
    private readonly scope: Scope,
    private readonly findings: Findings,
    private readonly attachments: Attachments | undefined,
  ) {}

  read(raw: RawReply, id: string | undefined): void {
    for (const [name, value] of Object.entries(raw)) this.set(name, value, [...this.path, name]);
    if (id !== undefined && this.kind !== "event") this.setId(id);
    for (const [part, fields] of this.messages) this.put(part, messageOf(fields), this.path);
    this.setDefaults();
  }

  private set(name: string, value: RawReply[string], path: Path): void {
    const { scope, findings } = this;
    const attachment = /^attachment (.+)$/.exec(name)?.[1];
    if (attachment !== undefined) {
      const content = readContent(value, path, findings);
      const found = attachmentOf(attachment, content, this.attachments);
      if (found === undefined)
        findings.add(path, "has no place", "Write `response.attachments` as `lines`, `pairs` ….");
      else if (scope.isLeaf(found.target))
        this.addLeaf(found.target, { content: found.content }, path);
      else this.put(found.target, found.content, path);
    } else if (scope.isLeaf(name)) {
      const isBytes = typeof value === "string" && !/^(copy|id|http)$/.test(value);
      if (!scope.leaf(name, isBytes ? "bytes" : "number", path)) return;
      if (isBytes) this.addLeaf(name, { content: readContent(value, path, findings) }, path);
      else {
        const varint = readNumberValue(value, name, path, findings);
        if (varint === undefined) return;
        this.addLeaf(name, { varint }, path);
        if ("copy" in varint)
          findings.add(path, "can't be copied", "Only numbers of a fixed size can be copied.");
      }
    } else if (scope.isNumber(name)) {
      const number = readNumberValue(value, name, path, findings);
      if (number !== undefined) this.setNumber(name, number, path);
    } else {
      const element = scope.elementOf(name);
      if (element === undefined) scope.unknown(name, path);
      else if (hasBytes(element)) this.put(name, readContent(value, path, findings), path);
      else
        findings.add(path, "is a constant of the frame", "Leave it out: it is written by itself.");
    }
  }

  private setNumber(name: string, value: NumberValue, path: Path): void {
    const element = this.scope.elementOf(name);
    const most = 2 ** (this.scope.bitsOfNumber(name, path, this.findings) ?? 0) - 1;
    const constants =
      "constant" in value
        ? [value.constant]
        : "status" in value
          ? [...value.status.map(({ is }) => is), value.otherwise]
          : [];
    const large = constants.find((constant) => constant > most);
    if (large !== undefined)
      this.findings.add(path, `is ${large}, but \`${name}\` holds at most ${most}`, "Mend it.");
    const bits = element?.type === "number" ? (element.bits ?? []).map((bit) => bit.name) : [];
    const both = name === element?.name ? bits : [element?.name ?? ""];
    if (both.some((other) => this.numbers.has(other)))
      this.findings.add(path, "is set as a whole and by its bits", "Keep one of the two.");
    this.numbers.set(name, value);
  }

  private put(part: string, content: Piece[], path: Path): void {
    const element = this.scope.elementOf(part);
    const before = this.parts.get(part);
    const isAttachment = /^attachment /.test(String(path.at(-1)));
    if (before !== undefined && !isAttachment)
      this.findings.add(path, `sets \`${part}\` a second time`, "Keep one of the two.");
    if (element?.type === "bytes" && element.size.terms.length === 0) {
      const n = content.reduce(
        (sum, piece) => sum + ("hex" in piece ? piece.hex.length / 2 : NaN),
        0,
      );
      if (n !== element.size.add)
        this.findings.add(
          path,
          `does not have the ${element.size.add} bytes of \`${part}\``,
          "Write `hex` with so many bytes.",
        );
    }
    this.parts.set(part, [...(before ?? []), ...content]);
  }

  private addLeaf(
    name: string,
    value: { varint: NumberValue } | { content: Piece[] },
    path: Path,
  ): void {
    const [part = "", ...numbers] = name.split(".");
    let fields = this.messages.get(part) ?? new Map();
    this.messages.set(part, fields);
    const last = Number(numbers.pop());
    for (const number of numbers.map(Number)) {
      const inner = fields.get(number) ?? (new Map() as Fields);
      if (!(inner instanceof Map)) return this.twice(path);
      fields.set(number, inner);
      fields = inner;
    }
    if (fields.has(last)) return this.twice(path);
    fields.set(last, value);
  }

  private twice(path: Path): void {
    this.findings.add(path, "is set a second time", "Keep one of the two.");
  }

  private setId(id: string): void {
    const value: NumberValue = { id: true };
    const path = [...this.path, id];
    const isSet = [...this.numbers.values(), ...this.varints()].some((v) => "id" in v);
    if (this.scope.isLeaf(id)) {
      if (!isSet || !this.hasLeaf(id)) this.addLeaf(id, { varint: value }, path);
    } else if (this.numbers.has(id)) {
      if (!("id" in this.numbers.get(id)!))
        this.findings.add(path, "is the request id", "Leave it out: it is written by itself.");
    } else this.numbers.set(id, value);
  }

  private hasLeaf(name: string): boolean {
    const [part = "", ...numbers] = name.split(".");
    let at: Fields | unknown = this.messages.get(part);
    for (const number of numbers) at = at instanceof Map ? at.get(Number(number)) : undefined;
    return at !== undefined;
  }

  private *varints(fields: Iterable<Fields> = this.messages.values()): Generator<NumberValue> {
    for (const message of fields)
      for (const value of message.values()) {
        if (value instanceof Map) yield* this.varints([value]);
        else if ("varint" in value) yield value.varint;
      }
  }

  /** A number that may have certain values only has the first of them. */
  private setDefaults(): void {
    for (const element of this.scope.elements) {
      if (element.type !== "number" || element.is === undefined) continue;
      const names = [element.name, ...(element.bits ?? []).map(({ name }) => name)];
      if (names.some((name) => this.numbers.has(name))) continue;
      this.numbers.set(element.name, { constant: element.is[0]! });
    }
  }

  toReply(): Omit<Reply, "lengths" | "most"> {
    return {
      numbers: [...this.numbers].map(([name, value]) => ({ name, value })),
      parts: [...this.parts].map(([name, content]) => ({ name, content })),
    };
  }
}
