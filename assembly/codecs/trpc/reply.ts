/** What the filter itself says to tRPC clients. */
import { varintSize, writeHead, writeNumber } from "../protobuf";
import { writeText } from "../text";
import {
  FrameType,
  HEADER,
  RESET,
  Ret,
  SAME_IDS,
  setLengths,
  StreamType,
  writeHeader,
} from "./protocol";
import { CLOSE_MESSAGE, CLOSE_RET, CLOSE_TYPE } from "./stream";

/** Longest text of an error message, in bytes; what exceeds it is cut off. */
const MOST: u32 = 32768;
/** Most bytes of three fields but for the text: an id, a code, and the text's own head. */
const FIELDS: u32 = 6 + 6 + 4;

// ResponseProtocol
const REQUEST_ID: u32 = 3;
const RET: u32 = 4;
const ERROR_MSG: u32 = 6;

export function replyLimit(n: u32): u32 {
  return HEADER + FIELDS + min(n, MOST);
}

/** tRPC's nearest code; of the framework, so that the client's error says so. */
function retOf(http: u32, isStream: bool): Ret {
  switch (http) {
    case 400:
      return Ret.SERVER_DECODE;
    case 403:
      return Ret.SERVER_AUTH;
    case 404:
      return Ret.SERVER_NOSERVICE;
    case 408:
    case 504:
      return Ret.SERVER_TIMEOUT;
    case 429:
      return Ret.SERVER_LIMITED;
    case 503: // what a client says by itself that reaches no server
      return isStream ? Ret.STREAM_SERVER_NETWORK : Ret.CLIENT_CONNECT;
    default:
      return Ret.SERVER_SYSTEM;
  }
}

/** Writes a response with a ResponseProtocol that tells the error, and no body. */
export function writeError(
  out: usize,
  requestId: u32,
  replyContext: u32,
  status: u32,
  message: usize,
  n: u32,
): u32 {
  const id = replyContext & SAME_IDS ? requestId : 0;
  writeHeader(out, FrameType.UNARY, 0, id, replyContext & 0xff);
  const head = out + HEADER;
  let p = writeNumber(head, REQUEST_ID, requestId);
  p = writeNumber(p, RET, retOf(status, false));
  p = writeMessage(p, ERROR_MSG, message, n);
  setLengths(out, <u32>(p - out), <u32>(p - head));
  return <u32>(p - out);
}

/** Writes the CLOSE by which a server resets a stream. */
export function writeReset(out: usize, id: u32, status: u32, message: usize, n: u32): u32 {
  writeHeader(out, FrameType.STREAM, StreamType.CLOSE, id, 0);
  let p = writeNumber(out + HEADER, CLOSE_TYPE, RESET);
  p = writeNumber(p, CLOSE_RET, retOf(status, true));
  p = writeMessage(p, CLOSE_MESSAGE, message, n);
  setLengths(out, <u32>(p - out), 0);
  return <u32>(p - out);
}

/** Writes a field of `n` bytes of text; its length is known only behind it. */
function writeMessage(out: usize, field: u32, message: usize, n: u32): usize {
  const room = 1 + varintSize(min(n, MOST));
  const length = writeText(out + room, MOST, message, n, false);
  const text = writeHead(out, field, length);
  memory.copy(text, out + room, length);
  return text + length;
}
