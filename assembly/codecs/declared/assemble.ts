/** Makes the code of a program: for each purpose what it needs of a frame, and nothing else. */
import { Slot } from "../metadata";
import { Code, Op } from "./code";
import { Layout } from "./layout";
import { Need, Program, Report } from "./program";
import { From, Source, Value } from "./values";
import { Mark, Walk } from "./walk";

/** Gives the program's machine, and its needs, their code. */
export function assemble(program: Program): void {
  const request = program.request;
  program.machine.measuring = measuring(program.layout);
  program.head.code = new Assembler(program).head();
  request.call.code = new Assembler(program).request(request.call, program.headCall);
  request.all.code = new Assembler(program).request(request.all, program.headAll);
  program.response.all.code = new Assembler(program).response();
}

/** What finds a frame's length. */
function measuring(layout: Layout): StaticArray<u64> {
  const code = new Code();
  const walk = new Walk(code, layout, false);
  walk.count = layout.measured;
  const total = layout.total;
  if (total !== null) walk.needSum(total);
  walk.write();
  code.add(Op.END);
  return code.finish();
}

/** Code for frames that have been measured. */
class Assembler {
  private readonly code: Code;
  private readonly walk: Walk;

  constructor(private readonly program: Program) {
    const code = new Code();
    this.code = code;
    this.walk = new Walk(code, program.layout, true);
  }

  /** What finds a frame's kind, its id and what replies copy. */
  head(): StaticArray<u64> {
    const program = this.program;
    const walk = this.walk;
    const kinds = program.kinds;
    const context = program.context;
    walk.count = program.head.elements;
    walk.need(program.id);
    walk.need(program.status);
    for (let i = 0; i < context.length; i++) walk.need(context[i].register);
    for (let i = 0; i < kinds.length; i++) walk.needTests(kinds[i].when);
    if (program.holeTo > program.holeFrom) {
      walk.mark(Mark.HOLE, program.holeFrom);
      walk.mark(Mark.HOLE_END, program.holeTo);
    }
    this.read(program.head.leaves);
    for (let i = 0; i < context.length; i++) {
      const copied = context[i];
      this.code.add(Op.CONTEXT, copied.register, copied.shift, copied.mask);
    }
    for (let i = 0; i < kinds.length; i++) {
      const first = this.code.here;
      this.code.unless(kinds[i].when);
      const last = this.code.here;
      this.code.add(Op.KIND, 0, kinds[i].kind, kinds[i].reply ? 1 : 0);
      this.code.land(first, last);
    }
    this.code.add(Op.MALFORMED);
    return this.code.finish();
  }

  /** What finds the metadata of a request; its elements up to `last` decide them. */
  request(need: Need, last: u32): StaticArray<u64> {
    const program = this.program;
    if (program.headFirst >= 0) {
      this.walk.mark(Mark.HEAD, program.headFirst);
      this.walk.mark(Mark.HEAD_END, last + 1);
    }
    return this.report(program.request, need);
  }

  /** What finds what a response tells. */
  response(): StaticArray<u64> {
    this.walk.needTests(this.program.success);
    this.needSources(this.program.message);
    return this.report(this.program.response, this.program.response.all);
  }

  private report(report: Report, need: Need): StaticArray<u64> {
    const code = this.code;
    const walk = this.walk;
    const values = report.values;
    const collections = report.collections;
    walk.count = max(walk.count, need.elements);
    for (let i = 0; i < values.length; i++) this.needSources(values[i].sources);
    for (let i = 0; i < collections.length; i++) walk.need(collections[i].part);
    const lookups = this.program.finder.lookups;
    if (lookups.length > 0) code.add(Op.CLEAR, lookups[0].register, lookups.length);
    this.read(need.leaves);
    if (need.attachments) {
      for (let i = 0; i < collections.length; i++) {
        code.add(Op.COLLECTION, 0, 0, changetype<usize>(collections[i]));
      }
    }
    for (let i = 0; i < values.length; i++) this.value(values[i]);
    code.add(Op.END);
    return code.finish();
  }

  private needSources(sources: StaticArray<Source>): void {
    for (let i = 0; i < sources.length; i++) {
      if (sources[i].from != From.CONSTANT) this.walk.need(sources[i].register);
    }
  }

  /** Walks over the elements, then reads these leaves. */
  private read(leaves: u32): void {
    const parts = this.program.parts;
    const masks = this.program.masks;
    let known: u32 = 0;
    for (let i = 0; i < parts.length; i++) {
      if ((masks[parts[i]] & leaves) != 0) this.walk.need(parts[i]);
      known |= masks[parts[i]];
    }
    leaves &= known;
    this.walk.write();
    this.clear(leaves);
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i];
      const mask = masks[part] & leaves;
      if (mask != 0 && part < this.walk.count) this.code.add(Op.MESSAGE, part, 0, mask);
    }
  }

  /** Clears the registers of leaves, which a message may lack. */
  private clear(leaves: u32): void {
    if (leaves == 0) return;
    const all = this.program.messages.leaves;
    const first = all[ctz(leaves)].register;
    this.code.add(Op.CLEAR, first, all[31 - clz(leaves)].register + 1 - first);
  }

  /** Most values are the text of the first of some registers that has any. */
  private value(value: Value): void {
    const sources = value.sources;
    let isText = value.slot < <u32>Slot.ATTACHMENTS;
    for (let i = 0; i < sources.length; i++) isText = isText && sources[i].from == From.SPAN;
    if (!isText) {
      this.code.add(Op.VALUE, 0, 0, changetype<usize>(value));
      return;
    }
    const first = this.code.here;
    for (let i = 0; i < sources.length; i++) {
      this.code.add(Op.TEXT, sources[i].register, 0, value.slot);
    }
    this.code.land(first, this.code.here);
  }
}
