/**
 * tRPC of github.com/trpc-group. A frame is a fixed header of 16 bytes, big-endian, and what it is
 * for:
 *
 *      0        2        3        4                 8        10                14       15
 *     +--------+--------+--------+-----------------+--------+-----------------+--------+--------+
 *     | 0x0930 | frame  | stream | length, of all, | head   | stream id, or   | version| zero   |
 *     |        | type   | type   | u32             | length | request id, u32 | 0 or 1 |        |
 *     +--------+--------+--------+-----------------+--------+-----------------+--------+--------+
 *     | frame type 0, unary: a head, RequestProtocol or ResponseProtocol in protobuf; the body;  |
 *     | what the head calls attachment                                                           |
 *     +------------------------------------------------------------------------------------------+
 *     | frame type 1, of a stream: type 1 INIT with TrpcStreamInitMeta, 2 DATA, 3 FEEDBACK,      |
 *     | 4 CLOSE with TrpcStreamCloseMeta                                                         |
 *     +------------------------------------------------------------------------------------------+
 *
 * What Argot calls attachments is `trans_info`, a map of bytes. The service is the callee, the method
 * the whole func (`/package.Service/Method`), by which servers dispatch. No bit tells requests from
 * responses: only who sent them does. The protocol has neither heartbeats nor a goodbye.
 *
 * A request's own id is that in its head; the fixed header repeats it since version 1. A CLOSE of a
 * server ends the stream for both sides: its handler has returned.
 *
 * Source: docs/en/trpc_protocol_design.md and trpc/trpc.proto of github.com/trpc-group/trpc, codec.go
 * and codec_stream.go of trpc-go.
 */
import { Codec, INCOMPLETE, MALFORMED, Read } from "../codec";
import { Edits } from "../edits";
import { jsonLossy } from "../json";
import { Kind, Metadata, Part } from "../metadata";
import { readVarint, value } from "../protobuf";
import { changeInit, changeUnary, limit } from "./change";
import { readRequest, readResponse } from "./head";
import {
  frameLength,
  FrameType,
  HEADER,
  headLength,
  LAST_VERSION,
  OF_STREAM,
  ONEWAY,
  SAME_IDS,
  streamId,
  StreamType,
  VERSION_SHIFT,
} from "./protocol";
import { replyLimit, writeError, writeReset } from "./reply";
import { readInit, readMeta, readPart } from "./stream";

/** Tags of the head's first fields, all numbers: version, call type, request id. */
const VERSION: u32 = 0x08;
const CALL_TYPE: u32 = 0x10;
const REQUEST_ID: u32 = 0x18;
/** timeout in requests, ret in responses */
const FOURTH: u32 = 0x20;

export class TrpcCodec extends Codec {
  get name(): string {
    return "trpc";
  }

  get headerLength(): u32 {
    return HEADER;
  }

  replyLimit(n: u32): u32 {
    return replyLimit(n);
  }

  measure(p: usize, n: u32): i64 {
    if (n > 0 && load<u8>(p) != 0x09) return MALFORMED;
    if (n > 1 && load<u8>(p, 1) != 0x30) return MALFORMED;
    if (n > 2 && <u32>load<u8>(p, 2) > <u32>FrameType.STREAM) return MALFORMED;
    if (n < HEADER) return INCOMPLETE;
    const isStream = load<u8>(p, 2) == FrameType.STREAM;
    const type = <u32>load<u8>(p, 3);
    if (isStream && type - 1 >= <u32>StreamType.CLOSE) return MALFORMED;
    const length = frameLength(p);
    const head = headLength(p);
    if (HEADER + head > length || (head == 0 && !isStream)) return MALFORMED;
    return <i64>length;
  }

  readHead(p: usize, n: u32, m: Metadata): Read {
    if (n < HEADER) return Read.INCOMPLETE;
    m.reply = m.fromServer;
    m.status = 0;
    m.part = Part.NONE;
    if (load<u8>(p, 2) == FrameType.STREAM) return readPart(p, n, m);
    const end = p + HEADER + headLength(p);
    if (end > p + n) return Read.INCOMPLETE;
    let version: u32 = 0;
    let callType: u32 = 0;
    let id: u32 = 0;
    let at = p + HEADER;
    while (at < end) {
      const tag = <u32>load<u8>(at);
      if (tag - 8 > FOURTH - 8 || (tag & 7) != 0) break;
      at = readVarint(at + 1, end);
      if (at == 0) return Read.MALFORMED;
      if (tag == VERSION) version = <u32>value;
      else if (tag == REQUEST_ID) id = <u32>value;
      else if (tag == CALL_TYPE) callType = <u32>value;
      else if (tag == FOURTH && m.reply) m.status = <i32>value;
    }
    m.requestId = id;
    m.kind = m.reply ? Kind.RESPONSE : callType == ONEWAY ? Kind.ONEWAY : Kind.REQUEST;
    if (version > LAST_VERSION) return Read.MALFORMED;
    const context = (version << VERSION_SHIFT) | (streamId(p) == id ? SAME_IDS : 0);
    m.replyContext = context | load<u8>(p, 14);
    m.holeAt = p + 10; // ids, the timeout that is left, and what the reply context has
    m.holeEnd = at;
    return Read.DONE;
  }

  readMetadata(p: usize, n: u32, length: u32, m: Metadata): Read {
    if (m.kind != Kind.STREAM) {
      m.headAt = p + 8;
      m.headEnd = p + HEADER + headLength(p);
      return readRequest(m.holeEnd, m.headEnd, m);
    }
    if ((m.part & Part.BEGINS) == 0) return this.readReply(p, length, m);
    if (n < length) return Read.INCOMPLETE;
    m.headAt = p + 4;
    m.headEnd = p + length;
    return readInit(p + HEADER, m.headEnd, m);
  }

  readReply(p: usize, length: u32, m: Metadata): Read {
    const read =
      m.kind == Kind.STREAM
        ? readMeta(p, length, m)
        : readResponse(p + HEADER, p + HEADER + headLength(p), m);
    if (read == Read.MALFORMED) m.errorMessage = 0; // it would tell why
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
    return writeError(out, <u32>requestId, replyContext, status, message, messageLength);
  }

  writeStreamReset(
    out: usize,
    streamId: u64,
    status: u32,
    message: usize,
    messageLength: u32,
  ): u32 {
    return writeReset(out, <u32>streamId, status, message, messageLength);
  }

  changeLimit(edits: Edits): u32 {
    return limit(edits);
  }

  change(p: usize, length: u32, m: Metadata, edits: Edits, out: usize): u32 {
    const isInit = (m.replyContext & OF_STREAM) != 0;
    return isInit ? changeInit(p, length, edits, out) : changeUnary(p, length, edits, out);
  }

  /** A value that is not text: with what stands for each byte that is none. */
  renderEncoded(p: usize, n: u32): string {
    return jsonLossy(p, n);
  }
}
