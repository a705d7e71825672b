/** Makes a codec of a description's JSON (scripts/declared/model.ts), when a configuration arrives. */
import { Json, JsonType } from "../../filter/config/json";
import { complain, configError, join } from "../../filter/config/reader";
import { Kind, Slot } from "../metadata";
import { Collection, Lines, Pairs, Prefix } from "./attachments";
import { DeclaredCodec } from "./codec";
import { Bits, Element, Layout, Type } from "./layout";
import { As, Leaf } from "./messages";
import { Names } from "./names";
import { KindRule, Need, Program, Report } from "./program";
import { at, child, flagIn, has, hexIn, itemsIn, numberIn, numbersIn, textIn } from "./read-json";
import { ReplyReader } from "./read-reply";
import { Copied, Reply } from "./reply";
import { Sum } from "./tests";
import { Finder, From, MessagesOf, Source, Value } from "./values";

const MOST_ELEMENTS: i32 = 48;
const MOST_LEAVES: i32 = 32;
const SLOTS: string[] = ["service", "method", "version", "group", "parameterTypes"];

/** The codec of the description at `path`; null: `complain` has been told what is wrong. */
export function readDescription(json: Json, path: string): DeclaredCodec | null {
  const reader = new Reader(path);
  const program = reader.read(json);
  return configError == "" ? new DeclaredCodec(program) : null;
}

class Reader {
  private readonly names: Names = new Names();
  private readonly program: Program = new Program();
  private elements: StaticArray<Element> = new StaticArray<Element>(0);
  /** What attachments in collections and maps need. */
  private collected: Need = new Need();

  constructor(private readonly path: string) {}

  read(json: Json): Program {
    const program = this.program;
    const path = this.path;
    program.name = textIn(json, path, "name");
    this.readElements(itemsIn(json, path, "elements"), join(path, "elements"));
    const leaves = this.readLeaves(itemsIn(json, path, "leaves"), join(path, "leaves"));
    if (configError != "") return program;
    const total = has(json, "length") ? this.readTotal(json) : null;
    program.layout = new Layout(this.elements, total, this.measured(total));
    if (has(json, "id")) program.id = this.marked(json, path, "id");
    program.silent = flagIn(json, "silent");
    this.readKinds(itemsIn(json, path, "kinds"), join(path, "kinds"));
    this.readReport(program.request, child(json, "request"), join(path, "request"));
    this.readResponse(child(json, "response"), join(path, "response"));
    this.readContext(itemsIn(json, path, "context"), join(path, "context"));
    program.errorReply = this.readReply(json, "errorReply");
    program.pong = this.readReply(json, "pong");
    program.goodbye = this.readReply(json, "goodbye");
    program.finder = new Finder(StaticArray.fromArray(this.names.lookups));
    program.messages = new MessagesOf(leaves, program.finder);
    if (has(json, "head")) this.readHead(child(json, "head"), join(path, "head"));
    return program;
  }

  private readElements(items: Json[], path: string): void {
    const n = items.length;
    if (n == 0 || n > MOST_ELEMENTS) complain(path, "must be 1 to 48 elements");
    if (n > MOST_ELEMENTS) return;
    this.elements = new StaticArray<Element>(n);
    for (let i = 0; i < n; i++) this.elements[i] = new Element(Type.REST);
    this.names.reserve(n);
    for (let i = 0; i < n; i++) {
      this.elements[i] = this.readElement(items[i], at(path, i), i);
      if (this.elements[i].type == Type.REST && i < n - 1)
        complain(at(path, i), "must be the last");
    }
  }

  private readElement(json: Json, path: string, i: i32): Element {
    const type = textIn(json, path, "type");
    const when = has(json, "when") ? this.names.tests(json, path, "when", new Need()) : null;
    let element = new Element(Type.REST);
    if (type == "number") {
      element = new Element(Type.NUMBER);
      element.size = <u32>numberIn(json, path, "size", 8);
      if (element.size == 0 || (element.size > 4 && element.size < 8))
        complain(join(path, "size"), "must be 1, 2, 3, 4 or 8");
      element.little = flagIn(json, "little");
      element.signed = flagIn(json, "signed");
      if (has(json, "is")) element.is = numbersIn(json, path, "is");
    } else if (type == "varint") {
      element = new Element(Type.VARINT);
    } else if (type == "constant") {
      element = new Element(Type.CONSTANT);
      const bytes = hexIn(json, path, "hex");
      element.size = bytes.byteLength;
      element.constant = heap.alloc(element.size + 1);
      memory.copy(element.constant, changetype<usize>(bytes), element.size);
    } else if (type == "bytes") {
      element = new Element(Type.BYTES);
      element.sum = this.names.sum(child(json, "size"), join(path, "size"));
    } else if (type == "prefixed") {
      element = new Element(Type.PREFIXED);
      const prefix = this.readPrefix(child(json, "prefix"), join(path, "prefix"));
      element.size = prefix.size;
      element.little = prefix.little;
    } else if (type != "rest") {
      complain(join(path, "type"), '"' + type + '" is not known');
    }
    element.when = when;
    this.names.name(i, textIn(json, path, "name"), path);
    const bits = itemsIn(json, path, "bits");
    element.bits = new StaticArray<Bits>(bits.length);
    for (let b = 0; b < bits.length; b++) {
      const inside = at(join(path, "bits"), b);
      const register = this.names.add(textIn(bits[b], inside, "name"), i, inside);
      element.bits[b] = new Bits(register, numberIn(bits[b], inside, "mask", u64.MAX_VALUE));
      if (element.bits[b].mask == 0) complain(inside, "has no bit");
    }
    return element;
  }

  private readPrefix(json: Json, path: string): Prefix {
    if (has(json, "varint")) return new Prefix(0, false);
    const size = <u32>numberIn(json, path, "size", 4);
    if (size == 0) complain(join(path, "size"), "must not be 0");
    return new Prefix(size, flagIn(json, "little"));
  }

  private readLeaves(items: Json[], path: string): StaticArray<Leaf> {
    const leaves = new StaticArray<Leaf>(min(items.length, MOST_LEAVES));
    if (items.length > MOST_LEAVES) complain(path, "are more than 32");
    const parts: u32[] = [];
    const masks: u32[] = [];
    this.names.firstLeaf = this.names.count;
    this.names.leaves = leaves.length;
    for (let i = 0; i < leaves.length; i++) {
      const inside = at(path, i);
      const json = items[i];
      const part = this.names.element(json, inside, "part");
      const register = this.names.add(textIn(json, inside, "name"), part, inside);
      const form = textIn(json, inside, "as");
      const as = form == "map" ? As.MAP : form == "number" ? As.NUMBER : As.BYTES;
      const numbers = numbersIn(json, inside, "path");
      const fields = new StaticArray<u32>(numbers.length);
      for (let f = 0; f < numbers.length; f++) fields[f] = <u32>numbers[f];
      if (fields.length == 0 || fields.length > 8) complain(inside, "must be 1 to 8 deep");
      leaves[i] = new Leaf(part, register, as, fields);
      if (as == As.MAP) this.names.mark(this.collected, register);
      let p = parts.indexOf(part);
      if (p < 0) {
        p = parts.push(part) - 1;
        masks.push(0);
      }
      masks[p] |= (<u32>1) << i;
    }
    this.program.parts = StaticArray.fromArray(parts);
    this.program.partLeaves = StaticArray.fromArray(masks);
    return leaves;
  }

  private readTotal(json: Json): Sum {
    return this.names.sum(child(json, "length"), join(this.path, "length"));
  }

  /** How many elements the length needs. */
  private measured(total: Sum | null): u32 {
    if (total === null) return this.elements.length;
    let count = 0;
    for (let i = 0; i < total.registers.length; i++) {
      count = max(count, this.names.elementOf(total.registers[i]) + 1);
    }
    return count;
  }

  /** The register of a name that a frame's head needs. */
  private marked(json: Json, path: string, key: string): u32 {
    const register = this.names.register(json, path, key);
    this.names.mark(this.program.head, register);
    return register;
  }

  private readKinds(items: Json[], path: string): void {
    const rules = new StaticArray<KindRule>(items.length);
    for (let i = 0; i < items.length; i++) {
      const inside = at(path, i);
      const name = textIn(items[i], inside, "kind");
      let kind = Kind.REQUEST;
      if (name == "oneway") kind = Kind.ONEWAY;
      else if (name == "response") kind = Kind.RESPONSE;
      else if (name == "heartbeat" || name == "pong") kind = Kind.HEARTBEAT;
      else if (name == "event") kind = Kind.EVENT;
      else if (name != "request") complain(inside, '"' + name + '" is no kind');
      const when = this.names.tests(items[i], inside, "when", this.program.head);
      rules[i] = new KindRule(kind, name == "response" || name == "pong", when);
    }
    this.program.kinds = rules;
  }

  /** Reads `attachments`, then the slots. */
  private readReport(report: Report, json: Json, path: string): void {
    const values: Value[] = [];
    const collections: Collection[] = [];
    const items = itemsIn(json, path, "attachments");
    const need = report.all;
    for (let i = 0; i < items.length; i++) {
      const inside = at(join(path, "attachments"), i);
      const item = items[i];
      if (has(item, "map")) {
        this.names.register(item, inside, "map");
      } else if (has(item, "lines") || has(item, "pairs")) {
        const key = has(item, "lines") ? "lines" : "pairs";
        const part = this.names.register(item, inside, key);
        this.names.mark(this.collected, part);
        if (key == "lines") collections.push(new Lines(part));
        else collections.push(this.readPairs(part, item, inside));
      } else {
        const name = String.UTF8.encode(textIn(item, inside, "name"));
        const source = this.readSource(child(item, "source"), join(inside, "source"), need);
        values.push(new Value(Slot.ATTACHMENTS, name, StaticArray.fromArray([source])));
      }
      need.attachments = true;
    }
    for (let slot = 0; slot < SLOTS.length; slot++) {
      if (!has(json, SLOTS[slot])) continue;
      const sources = this.readSources(json, path, SLOTS[slot], report.call);
      values.push(new Value(slot, new ArrayBuffer(0), sources));
    }
    report.values = StaticArray.fromArray(values);
    report.collections = StaticArray.fromArray(collections);
    this.complete(report);
  }

  private readPairs(part: u32, json: Json, path: string): Pairs {
    const name = this.readPrefix(child(json, "nameLength"), join(path, "nameLength"));
    const value = this.readPrefix(child(json, "valueLength"), join(path, "valueLength"));
    return new Pairs(part, name, value);
  }

  private complete(report: Report): void {
    const call = report.call;
    const all = report.all;
    all.elements = max(all.elements, call.elements);
    all.leaves |= call.leaves;
    all.attachments = all.attachments || call.attachments;
    this.addCollected(call);
    this.addCollected(all);
  }

  private addCollected(need: Need): void {
    if (!need.attachments) return;
    need.elements = max(need.elements, this.collected.elements);
    need.leaves |= this.collected.leaves;
  }

  private readSources(json: Json, path: string, key: string, need: Need): StaticArray<Source> {
    const items = itemsIn(json, path, key);
    const sources = new StaticArray<Source>(items.length);
    for (let i = 0; i < items.length; i++) {
      sources[i] = this.readSource(items[i], at(join(path, key), i), need);
    }
    return sources;
  }

  private readSource(json: Json, path: string, need: Need): Source {
    if (has(json, "text")) {
      const text = String.UTF8.encode(textIn(json, path, "text"));
      const p = heap.alloc(text.byteLength + 1);
      memory.copy(p, changetype<usize>(text), text.byteLength);
      return new Source(From.CONSTANT, <u32>p, text.byteLength);
    }
    if (has(json, "attachment")) {
      const register = this.names.lookup(json, path, "attachment");
      this.names.mark(need, register);
      return new Source(From.ATTACHMENT, register, 0);
    }
    const isNumber = has(json, "number");
    const register = this.names.register(json, path, isNumber ? "number" : "span");
    this.names.mark(need, register);
    if (!isNumber) return new Source(From.SPAN, register, 0);
    const signed = <i32>register < this.elements.length && this.elements[register].signed;
    return new Source(signed ? From.SIGNED : From.NUMBER, register, 0);
  }

  private readResponse(json: Json, path: string): void {
    const program = this.program;
    const report = program.response;
    if (has(json, "status")) program.status = this.marked(json, path, "status");
    program.success = this.names.tests(json, path, "success", report.all);
    if (has(json, "message")) {
      program.message = this.readSources(json, path, "message", report.all);
    }
    this.readReport(report, json, path);
    report.all.elements = this.elements.length;
  }

  private readContext(items: Json[], path: string): void {
    const context = new StaticArray<Copied>(items.length);
    let shift: u32 = 0;
    for (let i = 0; i < items.length; i++) {
      const inside = at(path, i);
      const register = this.marked(items[i], inside, "name");
      const bits = <u32>numberIn(items[i], inside, "bits", 31);
      context[i] = new Copied(register, shift, (1 << bits) - 1);
      shift += bits;
      if (shift > 31) complain(path, "has more than 31 bits");
    }
    this.program.context = context;
  }

  private readReply(json: Json, key: string): Reply | null {
    if (!has(json, key)) return null;
    const reader = new ReplyReader(this.names, this.elements, this.program.context);
    return reader.read(child(json, key), join(this.path, key));
  }

  private readHead(json: Json, path: string): void {
    const program = this.program;
    const last = <u64>this.elements.length - 1;
    const first = <i32>numberIn(json, path, "first", last);
    const call = <u32>numberIn(json, path, "call", last);
    const all = <u32>numberIn(json, path, "all", last);
    if (<u32>first > call || call > all) complain(path, "is out of order");
    program.headFirst = first;
    program.headCall = call;
    program.headAll = all;
    const request = program.request;
    request.call.elements = max(request.call.elements, call + 1);
    request.all.elements = max(request.all.elements, all + 1);
    if (!has(json, "hole")) return;
    const hole = child(json, "hole");
    const inside = join(path, "hole");
    if (has(hole, "leaf")) {
      program.messages.watched = this.marked(hole, inside, "leaf");
      return;
    }
    program.holeFrom = <u32>numberIn(hole, inside, "from", last);
    program.holeTo = <u32>numberIn(hole, inside, "to", last + 1);
    program.head.elements = max(program.head.elements, program.holeTo);
  }
}
