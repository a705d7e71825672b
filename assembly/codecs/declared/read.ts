/**
 * Makes a codec of a program, when a configuration arrives. scripts/declared has checked the
 * description that it is made of, and says what is wrong with it; here it is only made sure that
 * whatever arrives can do no harm: all numbers that are indexes lie in their bounds.
 */
import { Json } from "../../json/json";
import { complain, onlyKeys, readString } from "../../json/reader";
import { Kind, Slot } from "../metadata";
import { assemble } from "./assemble";
import { Collection, Finder, Lines, Lookup, Pairs, Prefix } from "./attachments";
import { DeclaredCodec } from "./codec";
import {
  atEnd,
  isWrong,
  MOST_ITEMS,
  next,
  nextBytes,
  nextCount,
  nextNumbers,
  openInput,
  refuse,
} from "./input";
import { Bits, Element, Layout, Type } from "./layout";
import { Machine } from "./machine";
import { As, Leaf, Messages } from "./messages";
import { KindRule, Need, Program, Report } from "./program";
import { nextReply } from "./read-reply";
import { MOST_REGISTERS } from "./registers";
import { Copied } from "./reply";
import { Ask, Sum, Test, Values } from "./tests";
import { From, Source, Value } from "./values";

const FORMAT: u64 = 1;
const MOST_ELEMENTS: u32 = 48;
const MOST_LEAVES: u32 = 32;
const MOST_REGISTER: u32 = MOST_REGISTERS - 1;

/** The codec of `{ name, program }` at `path`; null: it can't be read, as `complain` is told. */
export function readDescription(json: Json, path: string): DeclaredCodec | null {
  onlyKeys(json, path, ["name", "program"]);
  const bytes = fromHex(readString(json, path, "program", ""));
  openInput(changetype<usize>(bytes), bytes.byteLength);
  const program = next() == FORMAT ? readProgram() : null;
  if (program === null || isWrong || !atEnd()) {
    complain(path, "is no description of a protocol as this version of argot makes it");
    return null;
  }
  program.name = readString(json, path, "name", "");
  return new DeclaredCodec(program);
}

function fromHex(text: string): ArrayBuffer {
  const bytes = new ArrayBuffer(text.length >> 1);
  for (let i = 0; i < bytes.byteLength; i++) {
    const byte = (digit(text.charCodeAt(2 * i)) << 4) | digit(text.charCodeAt(2 * i + 1));
    store<u8>(changetype<usize>(bytes) + i, <u8>byte);
  }
  return bytes;
}

function digit(c: i32): i32 {
  return c < 0x3a ? c - 0x30 : c - 0x57;
}

/** Null: there is no element. */
function readProgram(): Program | null {
  const program = new Program();
  const elements = new StaticArray<Element>(nextCount(MOST_ELEMENTS));
  if (elements.length == 0) return null;
  let registers: u32 = elements.length;
  for (let i = 0; i < elements.length; i++) {
    elements[i] = nextElement(registers, i == elements.length - 1);
    registers += elements[i].bits.length;
  }
  const leaves = new StaticArray<Leaf>(nextCount(MOST_LEAVES));
  const masks = new StaticArray<u32>(elements.length);
  for (let i = 0; i < leaves.length; i++) {
    leaves[i] = nextLeaf(registers++, elements.length - 1);
    masks[leaves[i].part] |= (<u32>1) << i;
  }
  const parts: u32[] = [];
  for (let i = 0; i < masks.length; i++) if (masks[i] != 0) parts.push(i);
  const lookups = new StaticArray<Lookup>(nextCount(MOST_ITEMS));
  for (let i = 0; i < lookups.length; i++) lookups[i] = new Lookup(registers++, nextBytes());
  if (isWrong || registers > MOST_REGISTERS) return null;
  program.parts = StaticArray.fromArray(parts);
  program.masks = masks;
  program.finder = new Finder(lookups);
  program.messages = new Messages(leaves, program.finder);
  const total = next(1) ? nextSum() : null;
  program.layout = new Layout(elements, total, measured(elements, total));
  program.machine = new Machine(program.layout, program.messages);
  program.id = nextCount(MOST_REGISTERS) - 1;
  program.silent = next(1) != 0;
  program.kinds = nextKinds();
  readHead(program, elements.length);
  program.head = nextNeed(elements.length);
  readReport(program.request);
  program.request.call = nextNeed(elements.length);
  program.request.all = nextNeed(elements.length);
  readReport(program.response);
  program.response.all = nextNeed(elements.length);
  program.status = nextCount(MOST_REGISTERS) - 1;
  program.success = nextTests();
  program.message = nextSources();
  program.context = nextContext();
  program.errorReply = nextReply(elements, program.context);
  program.pong = nextReply(elements, program.context);
  program.goodbye = nextReply(elements, program.context);
  if (!isWrong) assemble(program);
  return program;
}

function nextElement(firstBits: u32, isLast: bool): Element {
  const element = new Element(<Type>nextCount(Type.PREFIXED));
  const when = nextTests();
  if (when.length > 0) element.when = when;
  for (let i = 0; i < when.length; i++) {
    if (when[i].ask == Ask.PRESENT || when[i].ask == Ask.ABSENT) refuse(); // only kinds ask that
  }
  switch (element.type) {
    case Type.NUMBER: {
      element.size = nextCount(8);
      if (element.size == 0 || (element.size > 4 && element.size < 8)) refuse();
      element.little = next(1) != 0;
      element.signed = next(1) != 0;
      const is = nextNumbers();
      const masks = nextNumbers();
      if (is.length > 0) element.is = new Values(is);
      element.bits = new StaticArray<Bits>(masks.length);
      for (let i = 0; i < masks.length; i++) {
        // Too many are refused when all are counted.
        element.bits[i] = new Bits(min(firstBits + i, MOST_REGISTER), masks[i]);
      }
      break;
    }
    case Type.CONSTANT:
      element.constant = nextBytes();
      element.size = element.constant.byteLength;
      break;
    case Type.BYTES:
      element.sum = nextSum();
      break;
    case Type.REST:
      if (!isLast) refuse();
      break;
    case Type.PREFIXED:
      element.size = nextCount(4);
      element.little = next(1) != 0;
  }
  return element;
}

function nextLeaf(register: u32, lastElement: u32): Leaf {
  const part = nextCount(lastElement);
  const as = <As>nextCount(As.MAP);
  const path = nextNumbers(u32.MAX_VALUE);
  if (path.length == 0) refuse();
  return new Leaf(part, min(register, MOST_REGISTER), as, path);
}

function nextSum(): Sum {
  const add = next(1 << 30);
  const n = nextCount(8);
  const sum = new Sum(add, new StaticArray<u32>(n), new StaticArray<u32>(n));
  for (let i = 0; i < n; i++) {
    sum.registers[i] = nextCount(MOST_REGISTER);
    sum.times[i] = nextCount(65535);
  }
  return sum;
}

/** How many elements the length needs. */
function measured(elements: StaticArray<Element>, total: Sum | null): u32 {
  if (total === null) return elements.length;
  let count: u32 = 0;
  for (let i = 0; i < elements.length; i++) {
    for (let t = 0; t < total.registers.length; t++) {
      if (elements[i].has(total.registers[t], i)) count = i + 1;
    }
  }
  return count;
}

function nextTests(): StaticArray<Test> {
  const tests = new StaticArray<Test>(nextCount(MOST_ITEMS));
  for (let i = 0; i < tests.length; i++) {
    const ask = <Ask>nextCount(Ask.FROM_SERVER);
    const register = ask > Ask.ABSENT ? 0 : nextCount(MOST_REGISTER);
    const values = ask == Ask.NUMBER ? nextNumbers() : new StaticArray<u64>(0);
    tests[i] = new Test(ask, register, new Values(values));
  }
  return tests;
}

function nextKinds(): StaticArray<KindRule> {
  const kinds = new StaticArray<KindRule>(nextCount(MOST_ITEMS));
  for (let i = 0; i < kinds.length; i++) {
    const kind = <Kind>nextCount(Kind.RESPONSE);
    kinds[i] = new KindRule(kind, next(1) != 0, nextTests());
  }
  return kinds;
}

function readHead(program: Program, elements: u32): void {
  if (next(1) == 0) return;
  program.headFirst = nextCount(elements - 1);
  program.headCall = nextCount(elements - 1);
  program.headAll = nextCount(elements - 1);
  program.holeFrom = nextCount(elements);
  program.holeTo = nextCount(elements);
  program.messages.watched = nextCount(MOST_REGISTERS) - 1;
}

function nextNeed(elements: u32): Need {
  const need = new Need();
  need.elements = nextCount(elements);
  need.leaves = <u32>next(u32.MAX_VALUE);
  need.attachments = next(1) != 0;
  return need;
}

function readReport(report: Report): void {
  report.values = new StaticArray<Value>(nextCount(MOST_ITEMS));
  for (let i = 0; i < report.values.length; i++) {
    const slot = nextCount(Slot.ATTACHMENTS);
    const name = nextBytes();
    report.values[i] = new Value(slot, name, nextSources());
  }
  report.collections = new StaticArray<Collection>(nextCount(MOST_ITEMS));
  for (let i = 0; i < report.collections.length; i++) {
    const isPairs = next(1) != 0;
    const part = nextCount(MOST_REGISTER);
    report.collections[i] = isPairs ? new Pairs(part, nextPrefix(), nextPrefix()) : new Lines(part);
  }
}

function nextPrefix(): Prefix {
  const size = nextCount(4);
  return new Prefix(size, next(1) != 0);
}

function nextSources(): StaticArray<Source> {
  const sources = new StaticArray<Source>(nextCount(MOST_ITEMS));
  for (let i = 0; i < sources.length; i++) {
    const from = <From>nextCount(From.CONSTANT);
    const isConstant = from == From.CONSTANT;
    const register = isConstant ? 0 : nextCount(MOST_REGISTER);
    sources[i] = new Source(from, register, isConstant ? nextBytes() : new ArrayBuffer(0));
  }
  return sources;
}

function nextContext(): StaticArray<Copied> {
  const context = new StaticArray<Copied>(nextCount(MOST_ITEMS));
  let shift: u32 = 0;
  for (let i = 0; i < context.length; i++) {
    const register = nextCount(MOST_REGISTER);
    const bits = nextCount(31 - shift);
    context[i] = new Copied(register, shift, (1 << bits) - 1);
    shift += bits;
  }
  return context;
}
