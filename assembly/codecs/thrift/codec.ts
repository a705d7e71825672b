/**
 * Apache Thrift: messages in the binary protocol (strict and old) or the compact one, unframed, in
 * frames, or in THeader's frames, which carry attachments; see frame.ts, message.ts, header.ts.
 *
 *     +--------------+--------------------------+---------------------------+--------------------+
 *     | length u32,  | THeader, if it is one:   | type, name, sequence id   | struct: arguments, |
 *     | if framed    | attachments              |                           | result, exception  |
 *     +--------------+--------------------------+---------------------------+--------------------+
 *
 * The name is the method's, or `service:method` for servers with several services (multiplexed); an
 * answer has the method alone. Each frame says by itself what it is, so that one port takes all of
 * them. Clients whose first sequence id is 0 (Python, C++, PHP) never count: their answers come in
 * the order of their calls. Clients before 0.9.3, and Go's 0.17, send oneway calls as CALL. There are
 * no heartbeats and no goodbye.
 *
 * Of an unframed message only its last byte tells the length, so that it is collected whole and
 * walked through; what has more values than skip.ts bears needs a framed transport. A message that
 * is transformed (zlib) can't be read: such a request is refused, such a response goes by the
 * sequence id in its header. Kitex' TTHeader and other dialects are not spoken.
 *
 * Sources: doc/specs of github.com/apache/thrift and its libraries in Python, Go, C++ and Node.js.
 */
import { load32 } from "../../bytes/order";
import { Codec, Read } from "../codec";
import { failed, outcome, WRONG } from "../position";
import { Edits } from "../edits";
import { Depth, Kind, Metadata, Slot } from "../metadata";
import { isPlainUtf8 } from "../utf8";
import { changeHeader, headerLimit } from "./change";
import { LENGTH, measureFrame, TELLING, Transport, transportOf } from "./frame";
import * as header from "./header";
import * as message from "./message";
import { keepName } from "./names";
import { contextOf, readError, readStatus, replyLimit, setMethod, writeReply } from "./reply";

const COLON: u32 = 0x3a;
/** Of a request of which no name can be read. */
const NO_NAME: u32 = 0;

const ZLIB_MESSAGE = String.UTF8.encode(
  "the message is compressed by THeader's zlib transform, which hides its method",
);
const TRANSFORM_MESSAGE = String.UTF8.encode(
  "the message is transformed (THeader), which hides its method",
);
const NAME_MESSAGE = String.UTF8.encode(
  "the name of the method is not UTF-8, or has a colon too many",
);
const HEADER_MESSAGE = String.UTF8.encode("the attachments in the THeader can't be read");

export class ThriftCodec extends Codec {
  get name(): string {
    return "thrift";
  }

  get headerLength(): u32 {
    return TELLING;
  }

  isOrdered(m: Metadata): bool {
    return m.requestId == 0;
  }

  get mayStaySilent(): bool {
    return true;
  }

  replyLimit(n: u32): u32 {
    return replyLimit(n);
  }

  measure(p: usize, n: u32): i64 {
    return measureFrame(p, n);
  }

  readHead(p: usize, n: u32, m: Metadata): Read {
    if (n <= LENGTH) return Read.INCOMPLETE; // no message is as short as that
    const transport = transportOf(p);
    const whole = transport == Transport.UNFRAMED || n - LENGTH >= load32(p);
    return outcome(readFrame(p, p + n, transport, m), whole);
  }

  readMetadata(p: usize, n: u32, length: u32, m: Metadata): Read {
    const end = p + n;
    const transport = transportOf(p);
    const start = messageOf(p, end, transport);
    if (failed(start)) return outcome(start, n == length);
    const isHeader = transport == Transport.HEADER;
    if (isHeader && header.transform != 0) {
      return refuse(m, header.transform == header.ZLIB ? ZLIB_MESSAGE : TRANSFORM_MESSAGE);
    }
    const stop = message.readMessage(start, end);
    if (failed(stop)) return outcome(stop, n == length);
    if (!setNames(m)) return refuse(m, NAME_MESSAGE);
    if (isHeader && m.depth == Depth.ATTACHMENTS) {
      if (!header.readAttachments(m, header.infosAt, start)) return refuse(m, HEADER_MESSAGE);
    }
    m.headAt = isHeader ? p + header.FIXED - 2 : start;
    m.headEnd = message.nameAt + message.nameLength;
    return Read.DONE;
  }

  readReply(p: usize, length: u32, m: Metadata): Read {
    const end = p + length;
    m.isError = m.status != 0;
    const transport = transportOf(p);
    const start = messageOf(p, end, transport);
    if (failed(start)) return Read.MALFORMED;
    if (transport == Transport.HEADER && header.transform != 0) return Read.DONE;
    const stop = message.readMessage(start, end);
    if (failed(stop)) return Read.MALFORMED;
    setMethod(m, message.nameAt, message.nameLength);
    if (!m.isError) return Read.DONE;
    return outcome(readError(m, message.protocol == message.Protocol.COMPACT, stop, end), true);
  }

  writeErrorReply(
    out: usize,
    requestId: u64,
    replyContext: u32,
    status: u32,
    text: usize,
    textLength: u32,
  ): u32 {
    return writeReply(out, <u32>requestId, replyContext, status, text, textLength);
  }

  changeLimit(edits: Edits): u32 {
    return headerLimit(edits);
  }

  /** Only THeader has room. */
  change(p: usize, length: u32, m: Metadata, edits: Edits, out: usize): u32 {
    return transportOf(p) == Transport.HEADER ? changeHeader(p, length, edits, out) : 0;
  }

  renderStatus(status: i32): string {
    if (status == 0) return '"ok"';
    return status == 1 ? '"declared_exception"' : '"application_exception"';
  }
}

/** Where the message of the frame at `p` begins. */
function messageOf(p: usize, end: usize, transport: Transport): usize {
  if (transport == Transport.HEADER) return header.readHeader(p, end);
  return transport == Transport.FRAMED ? p + LENGTH : p;
}

/** Reads the head of a frame; returns an address in it. */
function readFrame(p: usize, end: usize, transport: Transport, m: Metadata): usize {
  m.holeAt = 0;
  m.holeEnd = 0;
  m.status = 0;
  const start = messageOf(p, end, transport);
  if (failed(start)) return start;
  const isHeader = transport == Transport.HEADER;
  if (isHeader && header.transform != 0) return readTransformed(start, m);
  const stop = message.readMessage(start, end);
  if (failed(stop)) return stop;
  if (isHeader && !header.announces(message.protocol)) return WRONG;
  const isCompact = message.protocol == message.Protocol.COMPACT;
  // Apache's clients count in the message, fbthrift's in the header.
  const id = message.sequenceId;
  m.requestId = isHeader && id == 0 ? header.sequenceId : id;
  m.reply =
    message.type == message.MessageType.REPLY || message.type == message.MessageType.EXCEPTION;
  if (m.reply) {
    m.kind = Kind.RESPONSE;
    return readStatus(m, isCompact, stop, end);
  }
  m.kind = message.type == message.MessageType.ONEWAY ? Kind.ONEWAY : Kind.REQUEST;
  m.replyContext = contextOf(transport, message.protocol, keepMethod());
  setHole(m, start, isHeader && m.depth == Depth.CALL);
  return stop;
}

/** What the header of a message that can't be read tells of it. */
function readTransformed(p: usize, m: Metadata): usize {
  const protocol = header.isCompact ? message.Protocol.COMPACT : message.Protocol.STRICT;
  m.requestId = header.sequenceId;
  m.reply = m.fromServer;
  m.kind = m.reply ? Kind.RESPONSE : Kind.REQUEST;
  m.replyContext = contextOf(Transport.HEADER, protocol, NO_NAME);
  return p;
}

/** Of the bytes before the name, those that do not decide what is read. */
function setHole(m: Metadata, start: usize, withoutAttachments: bool): void {
  const sequenceEnd = message.sequenceEnd;
  if (!withoutAttachments && sequenceEnd == 0) return;
  m.holeAt = withoutAttachments ? header.infosAt : start + 2;
  m.holeEnd = sequenceEnd != 0 ? sequenceEnd : start;
}

/** Keeps the method of the message that was read for its error reply. */
function keepMethod(): u32 {
  const end = message.nameAt + message.nameLength;
  const colon = colonIn(message.nameAt, end);
  const method = colon ? colon + 1 : message.nameAt;
  return keepName(method, <u32>(end - method));
}

/** Address of the first colon; 0: there is none. */
function colonIn(p: usize, end: usize): usize {
  for (; p < end; p++) if (load<u8>(p) == COLON) return p;
  return 0;
}

/**
 * Sets service and method. Servers split a name with several colons at different ones, and some
 * drop an empty part (TMultiplexedProcessor of C++, Java, Go, Python, Node.js): it is refused.
 */
function setNames(m: Metadata): bool {
  const name = message.nameAt;
  const end = name + message.nameLength;
  if (!isPlainUtf8(name, message.nameLength)) return false;
  const colon = colonIn(name, end);
  if (colon == 0) {
    m.set(Slot.METHOD, name, message.nameLength);
    return true;
  }
  if (colon == name || colon + 1 == end || colonIn(colon + 1, end)) return false;
  m.set(Slot.SERVICE, name, <u32>(colon - name));
  m.set(Slot.METHOD, colon + 1, <u32>(end - colon - 1));
  return true;
}

function refuse(m: Metadata, reason: ArrayBuffer): Read {
  m.errorMessage = changetype<usize>(reason);
  m.errorMessageLength = reason.byteLength;
  return Read.MALFORMED;
}
