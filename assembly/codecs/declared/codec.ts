/**
 * A protocol that is described rather than programmed: `kind: Protocol` in YAML, made plain by
 * scripts/declared and interpreted here. The frame's layout is the description's:
 *
 *     +-----------+-----------+-----------+---------- … ----------+
 *     | element 0 | element 1 | element 2 | …                     |
 *     +-----------+-----------+-----------+---------- … ----------+
 *
 * An element is a number, a constant or bytes; how many bytes, and whether it is there at all, the
 * numbers before it tell. What has to be found for each purpose (a length, a head, metadata) is made
 * a flat list of instructions when the configuration arrives (assemble.ts). Each reading follows one
 * from the frame's start (machine.ts), which takes 2 to 3 ns an instruction; nothing is kept between
 * two calls.
 *
 * Source: scripts/schema/protocol.schema.json, and scripts/declared/model.ts for what arrives here.
 */
import { Codec, INCOMPLETE, MALFORMED, Read } from "../codec";
import { jsonLossy } from "../json";
import { Depth, Metadata } from "../metadata";
import { numberOf } from "./registers";
import { Program } from "./program";
import { Reply, writeReply } from "./reply";
import { holdAll } from "./tests";
import { readText, textAt, textLength } from "./values";
import { Mark } from "./walk";

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
    const machine = this.program.machine;
    const read = machine.measure(p, n, false);
    if (read == Read.DONE) return <i64>machine.found;
    return read == Read.INCOMPLETE ? INCOMPLETE : MALFORMED;
  }

  readHead(p: usize, n: u32, m: Metadata): Read {
    const program = this.program;
    program.messages.forgetWatched();
    const read = program.machine.run(program.head.code, p, n, m);
    if (read != Read.DONE) return read;
    m.requestId = program.id < 0 ? 0 : numberOf(program.id);
    m.status = m.reply && program.status >= 0 ? <i32>numberOf(program.status) : 0;
    this.setHole(p, m);
    return Read.DONE;
  }

  private setHole(p: usize, m: Metadata): void {
    const program = this.program;
    if (program.holeTo > program.holeFrom) {
      m.holeAt = program.machine.at(Mark.HOLE, p);
      m.holeEnd = program.machine.at(Mark.HOLE_END, p);
    } else {
      m.holeAt = program.messages.watchedAt;
      m.holeEnd = program.messages.watchedEnd;
    }
  }

  readMetadata(p: usize, n: u32, length: u32, m: Metadata): Read {
    const program = this.program;
    const isDeep = m.depth == Depth.ATTACHMENTS;
    program.finder.metadata = isDeep ? m : null;
    const need = isDeep ? program.request.all : program.request.call;
    const read = program.machine.run(need.code, p, n, m);
    if (read != Read.DONE || program.headFirst < 0) return read;
    const headEnd = program.machine.at(Mark.HEAD_END, p);
    if (headEnd > p + n) return read; // what was not needed this time
    m.headAt = program.machine.at(Mark.HEAD, p);
    m.headEnd = headEnd;
    return read;
  }

  readReply(p: usize, length: u32, m: Metadata): Read {
    const program = this.program;
    program.finder.metadata = m;
    let read = program.machine.run(program.response.all.code, p, length, m);
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
