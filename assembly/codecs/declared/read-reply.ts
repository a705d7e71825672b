/** Reads the replies of a description. */
import { Json } from "../../filter/config/json";
import { complain, join } from "../../filter/config/reader";
import { Element, Type } from "./layout";
import { Names } from "./names";
import { at, child, flagIn, has, hexIn, itemsIn, numberIn, textIn } from "./read-json";
import { Amount, Copied, Field, fixedOf, Given, Piece, Put, Reply } from "./reply";

/** A reply takes no more memory than that, but for messages. */
const MOST_FIXED: u32 = 65536;
const MOST_MESSAGE: u64 = 32768;

export class ReplyReader {
  constructor(
    private readonly names: Names,
    private readonly elements: StaticArray<Element>,
    private readonly context: StaticArray<Copied>,
  ) {}

  read(json: Json, path: string): Reply {
    const reply = new Reply();
    const numbers = itemsIn(json, path, "numbers");
    reply.numbers = new StaticArray<Field>(numbers.length);
    for (let i = 0; i < numbers.length; i++) {
      const inside = at(join(path, "numbers"), i);
      const amount = this.amount(child(numbers[i], "value"), join(inside, "value"));
      reply.numbers[i] = this.field(numbers[i], inside, amount, -1, 0);
    }
    const lengths = itemsIn(json, path, "lengths");
    reply.lengths = new StaticArray<Field>(lengths.length);
    for (let i = 0; i < lengths.length; i++) {
      const inside = at(join(path, "lengths"), i);
      const whose = has(lengths[i], "of") ? this.names.element(lengths[i], inside, "of") : -1;
      const minus = numberIn(lengths[i], inside, "minus", 1 << 30);
      reply.lengths[i] = this.field(lengths[i], inside, null, whose, minus);
    }
    this.readParts(reply, json, path);
    reply.most = <u32>numberIn(json, path, "most", MOST_MESSAGE);
    if (reply.fixed > MOST_FIXED || reply.messages > 16) complain(path, "is too long");
    return reply;
  }

  private readParts(reply: Reply, json: Json, path: string): void {
    const n = this.elements.length;
    reply.contents = new StaticArray<StaticArray<Piece>>(n);
    for (let i = 0; i < n; i++) {
      const element = this.elements[i];
      const sum = element.sum;
      const zeros = sum !== null && sum.registers.length == 0 ? <u32>sum.add : 0;
      reply.fixed += max(element.size, 20) + min(zeros, MOST_FIXED);
      reply.contents[i] = new StaticArray<Piece>(0);
    }
    const parts = itemsIn(json, path, "parts");
    for (let i = 0; i < parts.length; i++) {
      const inside = at(join(path, "parts"), i);
      const pieces = this.pieces(parts[i], inside, "content");
      reply.contents[this.names.element(parts[i], inside, "name")] = pieces;
      reply.fixed += fixedOf(pieces);
      for (let p = 0; p < pieces.length; p++) reply.messages += pieces[p].messages;
    }
  }

  /** The bits of an element that the name in `name` stands for. */
  private field(json: Json, path: string, amount: Amount | null, whose: i32, minus: u64): Field {
    const register = this.names.register(json, path, "name");
    const i = this.names.element(json, path, "name");
    const element = this.elements[i];
    if (element.type > Type.VARINT) complain(join(path, "name"), "is no number");
    let mask = u64.MAX_VALUE;
    for (let b = 0; b < element.bits.length; b++) {
      if (element.bits[b].register == register) mask = element.bits[b].mask;
    }
    return new Field(i, mask, amount, whose, minus);
  }

  private amount(json: Json, path: string): Amount {
    if (has(json, "constant")) {
      return new Amount(Given.CONSTANT, numberIn(json, path, "constant", u64.MAX_VALUE), null);
    }
    if (has(json, "id")) return new Amount(Given.ID, 0, null);
    if (has(json, "http")) return new Amount(Given.HTTP, 0, null);
    if (has(json, "copy")) {
      const register = this.names.register(json, path, "copy");
      for (let i = 0; i < this.context.length; i++) {
        const copied = this.context[i];
        if (copied.register == register) return new Amount(Given.COPY, 0, copied);
      }
      complain(path, "is not in context");
    }
    const words = itemsIn(json, path, "status");
    const otherwise = numberIn(json, path, "otherwise", u64.MAX_VALUE);
    const amount = new Amount(Given.STATUS, otherwise, null);
    amount.statuses = new StaticArray<u32>(words.length);
    amount.words = new StaticArray<u64>(words.length);
    for (let i = 0; i < words.length; i++) {
      const inside = at(join(path, "status"), i);
      amount.statuses[i] = <u32>numberIn(words[i], inside, "http", 999);
      amount.words[i] = numberIn(words[i], inside, "is", u64.MAX_VALUE);
    }
    return amount;
  }

  private pieces(json: Json, path: string, key: string): StaticArray<Piece> {
    const items = itemsIn(json, path, key);
    const pieces = new StaticArray<Piece>(items.length);
    for (let i = 0; i < items.length; i++) {
      pieces[i] = this.piece(items[i], at(join(path, key), i));
    }
    return pieces;
  }

  private piece(json: Json, path: string): Piece {
    if (has(json, "hex")) {
      const piece = new Piece(Put.BYTES);
      piece.bytes = hexIn(json, path, "hex");
      return piece;
    }
    if (has(json, "message")) {
      const form = textIn(json, path, "message");
      const put = form == "json" ? Put.JSON : form == "hessian" ? Put.HESSIAN : Put.MESSAGE;
      return new Piece(put);
    }
    if (has(json, "content")) {
      const piece = new Piece(Put.PREFIXED);
      const prefix = child(json, "prefix");
      if (!has(prefix, "varint")) {
        piece.size = <u32>numberIn(prefix, join(path, "prefix"), "size", 4);
        piece.little = flagIn(prefix, "little");
      }
      piece.pieces = this.pieces(json, path, "content");
      return piece;
    }
    const isVarint = has(json, "varint");
    const piece = new Piece(isVarint ? Put.VARINT : Put.DECIMAL);
    const key = isVarint ? "varint" : "decimal";
    piece.number = this.amount(child(json, key), join(path, key));
    return piece;
  }
}
