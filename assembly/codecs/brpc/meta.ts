/**
 * The protobuf messages at the start of bRPC's frames, as far as a proxy needs them:
 *
 *     RpcMeta                          RpcRequestMeta        RpcResponseMeta
 *       1 request  RpcRequestMeta        1 service_name        1 error_code
 *       2 response RpcResponseMeta       2 method_name         2 error_text
 *       4 correlation_id
 *       8 stream_settings              StreamSettings        StreamFrameMeta
 *       9 user_fields map<string,        1 stream_id           1 stream_id
 *         string>                        4 extra_stream_ids    2 source_stream_id
 *                                                              3 frame_type
 *                                                              4 has_continuation
 *
 * Source: src/brpc/policy/baidu_rpc_meta.proto and src/brpc/streaming_rpc_meta.proto of
 * github.com/apache/brpc.
 */
import { at, length, readField, tag, value, Wire } from "../protobuf";

/** What bRPC itself calls INVALID_STREAM_ID. */
export const NO_STREAM: u64 = u64.MAX_VALUE;

/** What a frame of a stream is. */
export enum FrameType {
  RST = 1,
  CLOSE = 2,
  DATA = 3,
  FEEDBACK = 4,
}

// --- what `readMeta` found
export let hasRequest: bool = false;
export let hasResponse: bool = false;
/** There is a stream; its id as the sender of the frame names it. */
export let hasStream: bool = false;
export let streamId: u64 = 0;
/** The request begins more streams than one. */
export let hasMoreStreams: bool = false;
export let correlationId: u64 = 0;
/** Where the field of the correlation id begins and ends; 0: there is none, or more than one. */
export let idAt: usize = 0;
export let idEnd: usize = 0;
export let errorCode: i32 = 0;
/** Address and length of the error text; 0: there is none. */
export let errorText: usize = 0;
export let errorTextLength: u32 = 0;

// --- what `readStreamMeta` found, beside `streamId`
export let sourceId: u64 = 0;
export let frameType: u32 = 0;
export let hasContinuation: bool = false;

/** Reads the RpcMeta from `p` to `end`; false: it is malformed. */
export function readMeta(p: usize, end: usize): bool {
  hasRequest = hasResponse = hasStream = hasMoreStreams = false;
  correlationId = streamId = 0;
  idAt = idEnd = errorText = 0;
  errorTextLength = errorCode = 0;
  let ids = 0;
  while (p < end) {
    const next = readField(p, end);
    if (next == 0) return false;
    switch (tag) {
      case (1 << 3) | Wire.BYTES: {
        hasRequest = true;
        break;
      }
      case (2 << 3) | Wire.BYTES: {
        hasResponse = true;
        if (!readResponse(at, next)) return false;
        break;
      }
      case (4 << 3) | Wire.VARINT: {
        correlationId = value;
        idAt = ids++ == 0 ? p : 0;
        idEnd = idAt == 0 ? 0 : next;
        break;
      }
      case (8 << 3) | Wire.BYTES: {
        if (!readSettings(at, next)) return false;
        break;
      }
    }
    p = next;
  }
  return true;
}

function readResponse(p: usize, end: usize): bool {
  while (p < end) {
    p = readField(p, end);
    if (p == 0) return false;
    if (tag == ((1 << 3) | Wire.VARINT)) errorCode = <i32>value;
    else if (tag == ((2 << 3) | Wire.BYTES)) {
      errorText = at;
      errorTextLength = length;
    }
  }
  return true;
}

function readSettings(p: usize, end: usize): bool {
  while (p < end) {
    p = readField(p, end);
    if (p == 0) return false;
    if (tag == ((1 << 3) | Wire.VARINT)) {
      hasStream = true;
      streamId = value;
    } else if (tag >> 3 == 4) hasMoreStreams = true; // alone or packed
  }
  return hasStream;
}

/** Reads the StreamFrameMeta from `p` to `end`; false: it is malformed. */
export function readStreamMeta(p: usize, end: usize): bool {
  hasStream = hasContinuation = false;
  sourceId = NO_STREAM;
  frameType = 0;
  while (p < end) {
    p = readField(p, end);
    if (p == 0) return false;
    switch (tag) {
      case (1 << 3) | Wire.VARINT: {
        hasStream = true;
        streamId = value;
        break;
      }
      case (2 << 3) | Wire.VARINT: {
        sourceId = value;
        break;
      }
      case (3 << 3) | Wire.VARINT: {
        frameType = <u32>value;
        break;
      }
      case (4 << 3) | Wire.VARINT: {
        hasContinuation = value != 0;
        break;
      }
    }
  }
  return hasStream;
}
