/** Reads the replies of a program. */
import { isWrong, MOST_ITEMS, next, nextBytes, nextCount } from "./input";
import { Element, Type } from "./layout";
import { Amount, Copied, Field, fixedOf, Given, Piece, Put, Reply } from "./reply";

const MOST_MESSAGE: u32 = 32768;
const MOST_ZEROS: u64 = 65536;
const DEEPEST: i32 = 10;

/** The next reply; null: the protocol has none. */
export function nextReply(
  elements: StaticArray<Element>,
  context: StaticArray<Copied>,
): Reply | null {
  if (next(1) == 0) return null;
  const reply = new Reply();
  reply.most = nextCount(MOST_MESSAGE);
  reply.numbers = new StaticArray<Field>(nextCount(MOST_ITEMS));
  for (let i = 0; i < reply.numbers.length; i++) {
    reply.numbers[i] = nextField(elements);
    reply.numbers[i].amount = nextAmount(context);
  }
  reply.lengths = new StaticArray<Field>(nextCount(MOST_ITEMS));
  for (let i = 0; i < reply.lengths.length; i++) {
    reply.lengths[i] = nextField(elements);
    reply.lengths[i].whose = nextCount(elements.length) - 1;
    reply.lengths[i].minus = next(1 << 30);
  }
  reply.contents = new StaticArray<StaticArray<Piece>>(elements.length);
  for (let i = 0; i < elements.length; i++) {
    const pieces = nextPieces(context, 0);
    reply.contents[i] = pieces;
    const sum = elements[i].sum;
    const zeros = sum !== null && sum.registers.length == 0 ? <u32>min(sum.add, MOST_ZEROS) : 0;
    reply.fixed += max<u32>(elements[i].size, 20) + zeros + fixedOf(pieces);
    for (let p = 0; p < pieces.length; p++) reply.messages += pieces[p].messages;
  }
  return reply;
}

function nextField(elements: StaticArray<Element>): Field {
  const i = nextCount(elements.length - 1);
  const mask = next();
  const type = elements[i].type;
  return new Field(i, type == Type.NUMBER || type == Type.VARINT ? mask : 0);
}

function nextAmount(context: StaticArray<Copied>): Amount {
  const given = <Given>nextCount(Given.STATUS);
  const amount = new Amount(given);
  if (given == Given.COPY) {
    const i = nextCount(max(context.length - 1, 0));
    if (context.length > i) amount.copied = context[i];
  } else if (given == Given.CONSTANT) {
    amount.constant = next();
  } else if (given == Given.STATUS) {
    amount.constant = next();
    const n = nextCount(MOST_ITEMS);
    amount.statuses = new StaticArray<u32>(n);
    amount.words = new StaticArray<u64>(n);
    for (let i = 0; i < n; i++) {
      amount.statuses[i] = nextCount(999);
      amount.words[i] = next();
    }
  }
  return amount;
}

function nextPieces(context: StaticArray<Copied>, depth: i32): StaticArray<Piece> {
  const pieces = new StaticArray<Piece>(depth > DEEPEST ? 0 : nextCount(MOST_ITEMS));
  for (let i = 0; i < pieces.length; i++) {
    const piece = new Piece(<Put>nextCount(Put.PREFIXED));
    pieces[i] = piece;
    if (isWrong) continue;
    switch (piece.put) {
      case Put.BYTES:
        piece.bytes = nextBytes();
        break;
      case Put.DECIMAL:
      case Put.VARINT:
        piece.amount = nextAmount(context);
        break;
      case Put.PREFIXED:
        piece.size = nextCount(4);
        piece.little = next(1) != 0;
        piece.pieces = nextPieces(context, depth + 1);
    }
  }
  return pieces;
}
