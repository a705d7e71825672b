/**
 * baidu_std and streaming RPC, the protocol of Apache bRPC. Calls and streams share a connection;
 * a frame is a header of 12 bytes, big-endian, a protobuf message and a payload:
 *
 *     0              4              8              12
 *     +--------------+--------------+--------------+------------------+--------------------------
 *     | PRPC         | body length, | meta length, | RpcMeta          | message, then attachment
 *     | or STRM      | u32          | u32          | StreamFrameMeta  | piece of the stream
 *     +--------------+--------------+--------------+------------------+--------------------------
 *                                   |<-------------------- body length ------------------------>|
 *
 * A call's request id is its `correlation_id`, its attachments are the `user_fields`. There are no
 * oneway calls, heartbeats or goodbyes: ELOGOFF answers a single call.
 *
 * Streams. A request with `stream_settings` begins one, and names it by the client's id for it. Its
 * answer comes as the first frame of the stream: a whole PRPC frame is the payload. Only if that
 * has `stream_settings`, too, has the server accepted the stream. Each frame names the stream by
 * its receiver's id (`stream_id`), and mostly also by its sender's (`source_stream_id`); a client's
 * stream is therefore the latter in what the client sends. Where it is missing, in RST alone, there
 * is no telling which stream of which server is meant: Metadata.streamId is NO_STREAM. Who is told
 * CLOSE says CLOSE, too, and no more; RST ends both directions. A request that begins several
 * streams at once (`extra_stream_ids`) is refused.
 *
 * Source: docs/cn/baidu_std.md, src/brpc/policy/baidu_rpc_protocol.cpp,
 * src/brpc/policy/streaming_rpc_protocol.cpp and src/brpc/stream.cpp of github.com/apache/brpc.
 */
import { load32, store32 } from "../../bytes/order";
import { Codec, INCOMPLETE, MALFORMED, Read } from "../codec";
import { Edits } from "../edits";
import { jsonLossy } from "../json";
import { Kind, Metadata, Part } from "../metadata";
import { isPlainUtf8 } from "../utf8";
import { readCall, readUserFields } from "./call";
import * as userFields from "./change";
import * as meta from "./meta";
import { metaLimit, writeError, writeReset } from "./reply";

const HEADER: u32 = 12;
/** The first four bytes, as they are loaded. */
const PRPC: u32 = 0x43505250;
const STRM: u32 = 0x4d525453;

const SEVERAL_STREAMS = String.UTF8.encode(
  "a request that begins several streams is not supported",
);

export class BrpcCodec extends Codec {
  get name(): string {
    return "brpc";
  }

  get headerLength(): u32 {
    return HEADER;
  }

  replyLimit(n: u32): u32 {
    return HEADER + metaLimit(n);
  }

  measure(p: usize, n: u32): i64 {
    if (n < 4) {
      const seen = ((<u32>1) << (8 * n)) - 1;
      let start: u32 = 0;
      for (let i: u32 = 0; i < n; i++) start |= (<u32>load<u8>(p + i)) << (8 * i);
      return start == (PRPC & seen) || start == (STRM & seen) ? INCOMPLETE : MALFORMED;
    }
    const magic = load<u32>(p);
    if (magic != PRPC && magic != STRM) return MALFORMED;
    if (n < HEADER) return INCOMPLETE;
    const body = load32(p + 4);
    return load32(p + 8) > body ? MALFORMED : <i64>HEADER + <i64>body;
  }

  readHead(p: usize, n: u32, m: Metadata): Read {
    if (n < HEADER || n - HEADER < load32(p + 8)) return Read.INCOMPLETE;
    const start = p + HEADER;
    const end = start + load32(p + 8);
    m.reply = false;
    m.replyContext = 0;
    m.status = 0;
    m.part = Part.NONE;
    m.holeAt = 0;
    m.holeEnd = 0;
    if (load<u32>(p) == PRPC) {
      return meta.readMeta(start, end) && setCall(m) ? Read.DONE : Read.MALFORMED;
    }
    m.kind = Kind.STREAM;
    if (!meta.readStreamMeta(start, end)) return Read.MALFORMED;
    m.requestId = meta.streamId;
    m.streamId = m.fromServer ? meta.streamId : meta.sourceId;
    if (meta.frameType == meta.FrameType.CLOSE) m.part = Part.ENDS;
    else if (meta.frameType == meta.FrameType.RST) m.part = Part.ABORTS;
    else if (meta.frameType == meta.FrameType.DATA && m.fromServer && !meta.hasContinuation) {
      return this.readAnswer(end, <u32>(p + n - end), load32(p + 4) - load32(p + 8), m);
    }
    return Read.DONE;
  }

  /** Looks whether `length` bytes of a stream at `p`, of which `n` are there, are an answer. */
  private readAnswer(p: usize, n: u32, length: u32, m: Metadata): Read {
    if (length < HEADER) return Read.DONE;
    if (n < HEADER) return Read.INCOMPLETE;
    const size = load32(p + 8);
    if (load<u32>(p) != PRPC || this.measure(p, n) != <i64>length) return Read.DONE;
    if (n - HEADER < size) return Read.INCOMPLETE;
    if (meta.readMeta(p + HEADER, p + HEADER + size) && meta.hasResponse) {
      m.part = meta.hasStream ? Part.ANSWERS : Part.ANSWERS | Part.ABORTS;
      m.answers = meta.correlationId;
    }
    return Read.DONE;
  }

  /** Of a stream's frames it reads nothing. */
  readMetadata(p: usize, n: u32, length: u32, m: Metadata): Read {
    if (m.kind == Kind.STREAM) return Read.DONE;
    const end = p + HEADER + load32(p + 8);
    if (meta.hasMoreStreams) {
      m.errorMessage = changetype<usize>(SEVERAL_STREAMS);
      m.errorMessageLength = <u32>SEVERAL_STREAMS.byteLength;
      return Read.MALFORMED;
    }
    if (!readCall(p + HEADER, end, m)) return Read.MALFORMED;
    m.headAt = p + 8;
    m.headEnd = end;
    return Read.DONE;
  }

  readReply(p: usize, length: u32, m: Metadata): Read {
    const start = p + HEADER;
    const end = start + load32(p + 8);
    if (!meta.readMeta(start, end) || !readUserFields(start, end, m)) return Read.MALFORMED;
    m.isError = m.status != 0;
    if (m.isError && isPlainUtf8(meta.errorText, meta.errorTextLength)) {
      m.errorMessage = meta.errorText;
      m.errorMessageLength = meta.errorTextLength;
    }
    return Read.DONE;
  }

  writeErrorReply(
    out: usize,
    requestId: u64,
    replyContext: u32,
    status: u32,
    message: usize,
    messageLength: u32,
  ): u32 {
    const end = writeError(out + HEADER, requestId, status, message, messageLength);
    return writeHeader(out, PRPC, end);
  }

  /** RST: the client's handler is told of a failure, which CLOSE is not. */
  writeStreamReset(
    out: usize,
    streamId: u64,
    status: u32,
    message: usize,
    messageLength: u32,
  ): u32 {
    return writeHeader(out, STRM, writeReset(out + HEADER, streamId));
  }

  changeLimit(edits: Edits): u32 {
    return userFields.changeLimit(edits);
  }

  change(p: usize, length: u32, m: Metadata, edits: Edits, out: usize): u32 {
    const end = p + HEADER + load32(p + 8);
    const to = userFields.change(p + HEADER, end, edits, out + HEADER);
    if (to == 0) return 0;
    writeHeader(out, PRPC, to);
    const rest = p + length - end;
    memory.copy(to, end, rest);
    store32(out + 4, <u32>(to + rest - out) - HEADER);
    return <u32>(to + rest - out);
  }

  renderEncoded(p: usize, n: u32): string {
    return jsonLossy(p, n);
  }
}

/** What `readMeta` found, for the filter. */
function setCall(m: Metadata): bool {
  // Clients ask and servers answer, whatever else their frames have.
  m.reply = !meta.hasRequest || (m.fromServer && meta.hasResponse);
  m.kind = m.reply ? Kind.RESPONSE : Kind.REQUEST;
  m.requestId = meta.correlationId;
  m.status = m.reply ? meta.errorCode : 0;
  m.holeAt = meta.idAt;
  m.holeEnd = meta.idEnd;
  if (!meta.hasStream) return true;
  if (meta.streamId == meta.NO_STREAM) return m.reply;
  m.part = Part.BEGINS;
  m.streamId = meta.streamId;
  return true;
}

/** Writes the header of a frame whose meta ends at `end`, without a payload; returns its length. */
function writeHeader(out: usize, magic: u32, end: usize): u32 {
  const n = <u32>(end - out) - HEADER;
  store<u32>(out, magic);
  store32(out + 4, n);
  store32(out + 8, n);
  return HEADER + n;
}
