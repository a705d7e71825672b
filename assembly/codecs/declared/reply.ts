/** Writes the frames that a description has the filter say by itself. */
import { decimal } from "../decimal";
import { writeVarint } from "../protobuf";
import { writeText } from "../text";
import { Element, Layout, Type } from "./layout";
import { cutText, EXPANSION, putLength, writeHessian, writeJson } from "./message";
import { storeNumber } from "./numbers";
import { numberOf, setNumber } from "./registers";
import { holdAll } from "./tests";

/** A number that replies copy from the request, by its place in `Metadata.replyContext`. */
export class Copied {
  constructor(
    readonly register: u32,
    readonly shift: u32,
    readonly mask: u32,
  ) {}
}

export enum Given {
  CONSTANT = 0,
  COPY = 1,
  ID = 2,
  HTTP = 3,
  /** By HTTP status. */
  STATUS = 4,
}

export class Amount {
  statuses: StaticArray<u32> = new StaticArray<u32>(0);
  words: StaticArray<u64> = new StaticArray<u64>(0);

  /** The constant, or what stands for statuses that are not named. */
  constant: u64 = 0;
  copied: Copied | null = null;

  constructor(readonly given: Given) {}

  value(): u64 {
    switch (this.given) {
      case Given.COPY: {
        const copied = this.copied;
        return copied === null ? 0 : (context >> copied.shift) & copied.mask;
      }
      case Given.ID:
        return id;
      case Given.HTTP:
        return http;
      case Given.STATUS: {
        for (let i = 0; i < this.statuses.length; i++) {
          if (unchecked(this.statuses[i]) == http) return unchecked(this.words[i]);
        }
        return this.constant;
      }
      default:
        return this.constant;
    }
  }
}

export enum Put {
  BYTES = 0,
  MESSAGE = 1,
  /** Inside a string of JSON. */
  JSON = 2,
  /** As a string of Hessian 2. */
  HESSIAN = 3,
  DECIMAL = 4,
  VARINT = 5,
  /** The length of further pieces, then those. */
  PREFIXED = 6,
}

export class Piece {
  bytes: ArrayBuffer | null = null;
  amount: Amount | null = null;
  /** Bytes of the length in front; 0: a varint. */
  size: u32 = 0;
  little: bool = false;
  pieces: StaticArray<Piece> = new StaticArray<Piece>(0);

  constructor(readonly put: Put) {}

  /** Most bytes that it takes, but for messages. */
  get fixed(): u32 {
    const bytes = this.bytes;
    const own = bytes === null ? 20 : <u32>bytes.byteLength;
    return own + fixedOf(this.pieces);
  }

  /** How often the message is in it. */
  get messages(): u32 {
    let sum: u32 = this.put >= Put.MESSAGE && this.put <= Put.HESSIAN ? 1 : 0;
    for (let i = 0; i < this.pieces.length; i++) sum += this.pieces[i].messages;
    return sum;
  }
}

export function fixedOf(pieces: StaticArray<Piece>): u32 {
  let sum: u32 = 0;
  for (let i = 0; i < pieces.length; i++) sum += pieces[i].fixed;
  return sum;
}

/** A field that is set, or some of its bits. */
export class Field {
  /** Null: a length, which is put in at last. */
  amount: Amount | null = null;
  /** Of a length: the element that it is the length of, or -1, the frame. */
  whose: i32 = -1;
  minus: u64 = 0;

  constructor(
    /** Index of its element. */
    readonly element: u32,
    readonly mask: u64,
  ) {}
}

export class Reply {
  numbers: StaticArray<Field> = new StaticArray<Field>(0);
  lengths: StaticArray<Field> = new StaticArray<Field>(0);
  /** By element. */
  contents: StaticArray<StaticArray<Piece>> = new StaticArray<StaticArray<Piece>>(0);
  most: u32 = 0;
  /** Most bytes, but for messages. */
  fixed: u32 = 0;
  messages: u32 = 0;

  limit(n: u32): u32 {
    return this.fixed + min(n, this.most) * EXPANSION * this.messages;
  }
}

let context: u32 = 0;
let id: u64 = 0;
let http: u32 = 0;
let message: usize = 0;
let messageLength: u32 = 0;

/** Where the elements of the reply begin, and where the last one ends. */
const AT: usize = memory.data(512, 8);


@inline
function startAt(i: u32): usize {
  return AT + ((<usize>i) << 3);
}

/** Returns the bytes written, at most `reply.limit(length)`. */
export function writeReply(
  reply: Reply,
  layout: Layout,
  out: usize,
  requestId: u64,
  replyContext: u32,
  status: u32,
  text: usize,
  length: u32,
): u32 {
  id = requestId;
  context = replyContext;
  http = status;
  message = text;
  messageLength = cutText(text, length, reply.most);
  const elements = layout.elements;
  for (let i = 0; i < elements.length; i++) setNumber(i, 0);
  const numbers = reply.numbers;
  for (let i = 0; i < numbers.length; i++) {
    const field = unchecked(numbers[i]);
    setBits(field, field.amount!.value());
  }
  let to = out;
  for (let i = 0; i < elements.length; i++) {
    const element = unchecked(elements[i]);
    store<usize>(startAt(i), to);
    element.set(i, numberOf(i));
    const when = element.when;
    if (when !== null && !holdAll(when, true)) continue;
    to = writeElement(to, element, i, unchecked(reply.contents[i]));
  }
  store<usize>(startAt(elements.length), to);
  const lengths = reply.lengths;
  for (let i = 0; i < lengths.length; i++) {
    const field = unchecked(lengths[i]);
    const whose = field.whose;
    const n = whose < 0 ? to - out : load<usize>(startAt(whose + 1)) - load<usize>(startAt(whose));
    setBits(field, <u64>n - field.minus);
    const at = load<usize>(startAt(field.element));
    // An element that is not there has no room.
    if (load<usize>(startAt(field.element + 1)) == at) continue;
    const element = unchecked(elements[field.element]);
    storeNumber(at, element.size, element.little, numberOf(field.element));
  }
  return <u32>(to - out);
}

/** Puts a number into the bits of an element that are its own. */
function setBits(field: Field, value: u64): void {
  const mask = field.mask;
  setNumber(field.element, (numberOf(field.element) & ~mask) | ((value << ctz(mask)) & mask));
}

function writeElement(out: usize, element: Element, i: u32, content: StaticArray<Piece>): usize {
  switch (element.type) {
    case Type.NUMBER:
      storeNumber(out, element.size, element.little, numberOf(i));
      return out + element.size;
    case Type.VARINT:
      return writeVarint(out, numberOf(i));
    case Type.CONSTANT:
      memory.copy(out, changetype<usize>(element.constant), element.size);
      return out + element.size;
    case Type.PREFIXED:
      return writePrefixed(out, element.size, element.little, content);
    default: {
      const sum = element.sum;
      const end = writePieces(out, content);
      if (sum === null || sum.registers.length > 0 || content.length > 0) return end;
      memory.fill(out, 0, <usize>sum.add);
      return out + <usize>sum.add;
    }
  }
}

function writePieces(out: usize, pieces: StaticArray<Piece>): usize {
  for (let i = 0; i < pieces.length; i++) out = writePiece(out, unchecked(pieces[i]));
  return out;
}

function writePiece(out: usize, piece: Piece): usize {
  switch (piece.put) {
    case Put.BYTES: {
      const bytes = piece.bytes!;
      memory.copy(out, changetype<usize>(bytes), bytes.byteLength);
      return out + bytes.byteLength;
    }
    case Put.MESSAGE:
      return out + writeText(out, messageLength, message, messageLength, false);
    case Put.JSON:
      return writeJson(out, message, messageLength);
    case Put.HESSIAN:
      return writeHessian(out, message, messageLength);
    case Put.DECIMAL:
      return out + decimal(out, <i64>piece.amount!.value());
    case Put.VARINT:
      return writeVarint(out, piece.amount!.value());
    default:
      return writePrefixed(out, piece.size, piece.little, piece.pieces);
  }
}

/** The length of the pieces in `size` bytes, or (0) as a varint, and the pieces. */
function writePrefixed(out: usize, size: u32, little: bool, pieces: StaticArray<Piece>): usize {
  return putLength(out, writePieces(out, pieces), size, little);
}
