/**
 * A protocol that is described rather than programmed: `kind: Protocol` in YAML, made plain by
 * scripts/declared and interpreted here. The frame's layout is the description's:
 *
 *     +-----------+-----------+-----------+---------- … ----------+
 *     | element 0 | element 1 | element 2 | …                     |
 *     +-----------+-----------+-----------+---------- … ----------+
 *
 * An element is a number, a constant or bytes; how many bytes, and whether it is there at all, the
 * numbers before it tell. Each reading walks over the elements from the start, which takes some
 * nanoseconds an element; nothing is kept between two calls.
 *
 * Source: scripts/schema/protocol.schema.json, and scripts/declared/model.ts for what arrives here.
 */
import { Codec, INCOMPLETE, MALFORMED, Read } from "../codec";
import { jsonLossy } from "../json";
import { Depth, Metadata, Slot } from "../metadata";
import { lengthOf, numberOf, startOf } from "./registers";
import { Need, Program, Report } from "./program";
import { Reply, writeReply } from "./reply";
import { holdAll } from "./tests";
import { isThere, readCollections, readText, textAt, textLength, Value } from "./values";

export class DeclaredCodec extends Codec {
  constructor(private readonly program: Program) {
    super();
  }

  get name(): string {
    return this.program.name;
  }

  get headerLength(): u32 {
    return this.program.layout.header;
  }

  isOrdered(m: Metadata): bool {
    return this.program.id < 0;
  }

  get mayStaySilent(): bool {
    return this.program.silent;
  }

  replyLimit(n: u32): u32 {
    const p = this.program;
    return max(limitOf(p.errorReply, n), max(limitOf(p.pong, n), limitOf(p.goodbye, n)));
  }

  measure(p: usize, n: u32): i64 {
    const layout = this.program.layout;
    const read = layout.begin(p, n, false);
    if (read == Read.DONE) return <i64>layout.length;
    return read == Read.INCOMPLETE ? INCOMPLETE : MALFORMED;
  }

  readHead(p: usize, n: u32, m: Metadata): Read {
    const program = this.program;
    const read = this.know(program.head, p, n, m);
    if (read != Read.DONE) return read;
    const kinds = program.kinds;
    let i = 0;
    while (i < kinds.length && !holdAll(unchecked(kinds[i]).when, m.fromServer)) i++;
    if (i == kinds.length) return Read.MALFORMED;
    m.kind = unchecked(kinds[i]).kind;
    m.reply = unchecked(kinds[i]).reply;
    m.requestId = program.id < 0 ? 0 : numberOf(program.id);
    m.status = m.reply && program.status >= 0 ? <i32>numberOf(program.status) : 0;
    let context: u32 = 0;
    for (let c = 0; c < program.context.length; c++) {
      const copied = unchecked(program.context[c]);
      context |= ((<u32>numberOf(copied.register)) & copied.mask) << copied.shift;
    }
    m.replyContext = context;
    this.setHole(p, m);
    return Read.DONE;
  }

  private setHole(p: usize, m: Metadata): void {
    const program = this.program;
    const layout = program.layout;
    if (program.holeTo > program.holeFrom) {
      m.holeAt = layout.at(program.holeFrom, p);
      m.holeEnd = layout.at(program.holeTo, p);
    } else {
      m.holeAt = program.messages.watchedAt;
      m.holeEnd = program.messages.watchedEnd;
    }
  }

  /** Finds in the frame at `p` what `need` says. */
  private know(need: Need, p: usize, n: u32, m: Metadata): Read {
    const program = this.program;
    const layout = program.layout;
    const messages = program.messages;
    let read = layout.begin(p, n, m.fromServer);
    if (read == Read.DONE) read = layout.walk(p, n, need.elements, m.fromServer);
    if (read != Read.DONE) return read;
    program.finder.forget();
    messages.forget();
    if (need.leaves == 0) return read;
    const parts = program.parts;
    for (let i = 0; i < parts.length; i++) {
      const part = unchecked(parts[i]);
      const leaves = unchecked(program.masks[part]) & need.leaves;
      if (leaves == 0 || part >= need.elements) continue;
      const at = startOf(part);
      if (at == 0) continue;
      if (!isThere(part, p + n)) return Read.INCOMPLETE;
      if (!messages.read(at, at + lengthOf(part), leaves, 0)) return Read.MALFORMED;
    }
    return Read.DONE;
  }

  readMetadata(p: usize, n: u32, length: u32, m: Metadata): Read {
    const program = this.program;
    const report = program.request;
    const isDeep = m.depth == Depth.ATTACHMENTS;
    program.finder.metadata = isDeep ? m : null;
    const need = isDeep ? report.all : report.call;
    const read = this.report(report, need, p, n, m);
    if (read != Read.DONE || program.headFirst < 0) return read;
    const headEnd = program.layout.at((isDeep ? program.headAll : program.headCall) + 1, p);
    if (headEnd > p + n) return read; // what was not needed this time
    m.headAt = program.layout.at(program.headFirst, p);
    m.headEnd = headEnd;
    return read;
  }

  private report(report: Report, need: Need, p: usize, n: u32, m: Metadata): Read {
    const end = p + n;
    let read = this.know(need, p, n, m);
    if (read == Read.DONE && need.attachments) {
      read = readCollections(report.collections, end, this.program.finder);
    }
    const values = report.values;
    for (let i = 0; i < values.length && read == Read.DONE; i++) {
      const value = unchecked(values[i]);
      if (value.slot < <u32>Slot.ATTACHMENTS) {
        read = readText(value.sources, end, m);
        if (textAt) m.set(value.slot, textAt, textLength);
      } else {
        read = this.reportAttachment(value, end, m);
      }
    }
    return read;
  }

  private reportAttachment(value: Value, end: usize, m: Metadata): Read {
    const name = changetype<usize>(value.name);
    const n = <u32>value.name.byteLength;
    if (m.depth != Depth.ATTACHMENTS || !m.wants(name, n)) return Read.DONE;
    const read = readText(value.sources, end, m);
    if (read == Read.DONE && textAt) m.attachment(name, n, textAt, textLength, 0);
    return read;
  }

  readReply(p: usize, length: u32, m: Metadata): Read {
    const program = this.program;
    program.finder.metadata = m;
    let read = this.report(program.response, program.response.all, p, length, m);
    if (read != Read.DONE) return read;
    m.isError = !holdAll(program.success, m.fromServer);
    if (!m.isError) return read;
    read = readText(program.message, p + length, m);
    if (read != Read.DONE) return Read.DONE; // a text that can't be read is none
    m.errorMessage = textAt;
    m.errorMessageLength = textAt ? textLength : 0;
    return read;
  }

  writeErrorReply(
    out: usize,
    requestId: u64,
    replyContext: u32,
    status: u32,
    message: usize,
    messageLength: u32,
  ): u32 {
    const reply = this.program.errorReply;
    if (reply === null) return 0;
    return writeReply(
      reply,
      this.program.layout,
      out,
      requestId,
      replyContext,
      status,
      message,
      messageLength,
    );
  }

  writeHeartbeatReply(out: usize, m: Metadata): u32 {
    const reply = this.program.pong;
    if (reply === null) return 0;
    return writeReply(reply, this.program.layout, out, m.requestId, m.replyContext, 0, 0, 0);
  }

  /** Of a value that is not text: with what stands for each byte that is none. */
  renderEncoded(p: usize, n: u32): string {
    return jsonLossy(p, n);
  }

  writeGoodbye(out: usize): u32 {
    const reply = this.program.goodbye;
    return reply === null ? 0 : writeReply(reply, this.program.layout, out, 0, 0, 0, 0, 0);
  }
}

function limitOf(reply: Reply | null, n: u32): u32 {
  return reply === null ? 0 : reply.limit(n);
}
