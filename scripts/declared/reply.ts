/** Reads a frame that the filter writes by itself: what its author sets, and what follows of it. */
import type { Path } from "../protocol/problem.js";
import {
  attachmentIn,
  type Fields,
  type FieldValue,
  messageOf,
  readContent,
  readNumberValue,
} from "./content.js";
import { type Findings, Wrong } from "./findings.js";
import type { Attachments, KindName, NumberValue, Piece, Reply } from "./model.js";
import type { RawReply } from "./raw.js";
import { hasBytes, type Scope } from "./scope.js";
import { attachmentOf } from "./tests.js";

type RawValue = RawReply[string];

export class ReplyDraft {
  readonly numbers = new Map<string, NumberValue>();
  readonly parts = new Map<string, Piece[]>();
  /** Protobuf messages by the part that they are in. */
  private readonly messages = new Map<string, Fields>();

  /**
   * @param kind what the frame is to be
   * @param attachments how the protocol writes attachments, if it has any
   */
  constructor(
    readonly kind: KindName,
    readonly path: Path,
    private readonly scope: Scope,
    private readonly attachments: Attachments | undefined,
  ) {}

  read(raw: RawReply, id: string | undefined, findings: Findings): void {
    findings.attemptEach(Object.entries(raw), ([name, value]) => {
      this.set(name, value, [...this.path, name]);
    });
    findings.attempt(() => {
      if (id !== undefined && this.kind !== "event") this.setId(id, [...this.path, id]);
    });
    findings.attemptEach([...this.messages], ([part, fields]) => {
      if (this.parts.has(part)) throw twice([...this.path, part]);
      this.put(part, messageOf(fields), [...this.path, part]);
    });
    this.setDefaults();
  }

  private set(name: string, value: RawValue, path: Path): void {
    const attachment = attachmentOf(name);
    if (attachment !== undefined) {
      this.setAttachment(attachment, value, path);
      return;
    }
    if (this.scope.isLeaf(name)) {
      this.setLeaf(name, value, path);
      return;
    }
    const element = this.scope.element(name, path);
    if (this.scope.isNumber(name)) this.setNumber(name, readNumberValue(value, name, path), path);
    else if (!hasBytes(element))
      throw new Wrong(path, "is a constant of the frame", "Leave it out: it is written by itself.");
    else if (this.parts.has(name)) throw twice(path);
    else this.put(name, readContent(value, path), path);
  }

  private setNumber(name: string, value: NumberValue, path: Path): void {
    const element = this.scope.element(name, path);
    const most = 2 ** this.scope.bitsOfNumber(name, path) - 1;
    const large = constantsOf(value).find((constant) => constant > most);
    if (large !== undefined)
      throw new Wrong(path, `is ${large}, but \`${name}\` holds at most ${most}`, "Write less.");
    const bits = element.type === "number" ? (element.bits ?? []).map((bit) => bit.name) : [];
    const others = name === element.name ? bits : [element.name];
    if (others.some((other) => this.numbers.has(other)))
      throw new Wrong(path, "is set as a whole and by its bits", "Keep one of the two.");
    this.numbers.set(name, value);
  }

  private put(part: string, content: Piece[], path: Path): void {
    const element = this.scope.element(part, path);
    const all = [...(this.parts.get(part) ?? []), ...content];
    if (element.type === "bytes" && element.size.terms.length === 0) {
      const wanted = element.size.add;
      const n = all.reduce((sum, piece) => sum + ("hex" in piece ? piece.hex.length / 2 : NaN), 0);
      if (n !== wanted)
        throw new Wrong(path, `does not have the ${wanted} bytes of \`${part}\``, "Write `hex`.");
    }
    this.parts.set(part, all);
  }

  private setAttachment(name: string, value: RawValue, path: Path): void {
    const found = attachmentIn(this.attachments, name, readContent(value, path));
    if (found === undefined)
      throw new Wrong(path, "has no place", "Write `response.attachments` as `lines`, `pairs` ….");
    if (this.scope.isLeaf(found.target))
      this.addField(found.target, { content: found.content }, path);
    else this.put(found.target, found.content, path);
  }

  private setLeaf(name: string, value: RawValue, path: Path): void {
    const isBytes = typeof value === "string" && !/^(copy|id|http)$/.test(value);
    this.scope.addLeaf(name, isBytes ? "bytes" : "number", path);
    if (isBytes) {
      this.addField(name, { content: readContent(value, path) }, path);
      return;
    }
    if (value === "copy") throw cantCopy(path);
    this.addField(name, { varint: readNumberValue(value, name, path) }, path);
  }

  private addField(name: string, value: FieldValue, path: Path): void {
    const [part = "", ...numbers] = name.split(".");
    let fields: Fields = this.messages.get(part) ?? new Map<number, FieldValue>();
    this.messages.set(part, fields);
    const last = Number(numbers.pop());
    for (const number of numbers.map(Number)) {
      const inner = fields.get(number) ?? new Map<number, FieldValue>();
      if (!(inner instanceof Map)) throw twice(path);
      fields.set(number, inner);
      fields = inner;
    }
    if (fields.has(last)) throw twice(path);
    fields.set(last, value);
  }

  private setId(id: string, path: Path): void {
    const value: NumberValue = { id: true };
    if (this.scope.isLeaf(id)) {
      if (!this.hasField(id)) this.addField(id, { varint: value }, path);
      return;
    }
    const given = this.numbers.get(id);
    if (given !== undefined && !("id" in given))
      throw new Wrong(path, "is the request id", "Leave it out: it is written by itself.");
    this.numbers.set(id, value);
  }

  private hasField(name: string): boolean {
    const [part = "", ...numbers] = name.split(".");
    let at: FieldValue | undefined = this.messages.get(part);
    for (const number of numbers) at = at instanceof Map ? at.get(Number(number)) : undefined;
    return at !== undefined;
  }

  /** A number that may have certain values only has the first of them. */
  private setDefaults(): void {
    for (const element of this.scope.elements) {
      const first = element.type === "number" ? element.is?.[0] : undefined;
      if (element.type !== "number" || first === undefined) continue;
      const names = [element.name, ...(element.bits ?? []).map(({ name }) => name)];
      if (names.some((name) => this.numbers.has(name))) continue;
      this.numbers.set(element.name, { constant: first });
    }
  }

  toReply(): Pick<Reply, "numbers" | "parts"> {
    return {
      numbers: [...this.numbers].map(([name, value]) => ({ name, value })),
      parts: [...this.parts].map(([name, content]) => ({ name, content })),
    };
  }
}

function constantsOf(value: NumberValue): number[] {
  if ("constant" in value) return [value.constant];
  return "status" in value ? [...value.status.map(({ is }) => is), value.otherwise] : [];
}

function twice(path: Path): Wrong {
  return new Wrong(path, "sets the same bytes a second time", "Keep one of the two.");
}

export function cantCopy(path: Path): Wrong {
  return new Wrong(path, "can't be copied", "Only numbers of a fixed size can.");
}
