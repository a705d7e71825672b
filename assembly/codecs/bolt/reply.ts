/** What the filter itself says to Bolt clients. */
import { nameOf } from "../../bytes/name";
import { store16, store32 } from "../../bytes/order";
import { unitsWritten, writeText } from "../text";
import { Command, HESSIAN, LENGTHS, lengthsAt, Status, Type, V2 } from "./protocol";

/** Longest text of an error message, in bytes as sent; what exceeds it is cut off. */
const MOST: u32 = 32768;

const CLASS = nameOf("com.alipay.remoting.rpc.exception.RpcServerException");
const CLASS_LENGTH: u32 = 52;
/** Behind the class's name: it has one field, and here is an object of it. */
const FIELD = nameOf("detailMessage");
const FIELD_LENGTH: u32 = 13;
/** The definition's tag and the length of the class's name. */
const DEFINE: u32 = 0x4fc834;
const DEFINE_LENGTH: u32 = 3;
const STRING: u32 = 0x53;
const STRING_HEAD: u32 = 3;

/** Most bytes behind the header for a message of `n` bytes of UTF-8. */
export function errorLimit(n: u32): u32 {
  const text = <u32>min<u64>((<u64>n * 3) / 2, MOST);
  return 2 * CLASS_LENGTH + DEFINE_LENGTH + FIELD_LENGTH + 4 + STRING_HEAD + text;
}

/** Bolt's nearest status: each has an exception of its own at the client. */
function statusOf(http: u32): Status {
  switch (http) {
    case 400:
      return Status.SERVER_DESERIAL_EXCEPTION;
    case 408:
    case 504:
      return Status.TIMEOUT;
    case 429:
      return Status.SERVER_THREADPOOL_BUSY;
    default: // as Bolt's own server says that nobody handles a class
      return Status.SERVER_EXCEPTION;
  }
}

/** The response whose content is an RpcServerException, as Bolt's server writes it. */
export function writeError(
  out: usize,
  requestId: u64,
  replyContext: u32,
  status: u32,
  message: usize,
  messageLength: u32,
): u32 {
  const head = writeHead(out, replyContext, Command.RESPONSE, requestId, statusOf(status));
  let p = out + head;
  memory.copy(p, changetype<usize>(CLASS), CLASS_LENGTH);
  p += CLASS_LENGTH;
  const content = p;
  store<u8>(p, <u8>(DEFINE >> 16));
  store16(p + 1, DEFINE);
  p += DEFINE_LENGTH;
  memory.copy(p, changetype<usize>(CLASS), CLASS_LENGTH);
  p += CLASS_LENGTH;
  store16(p, 0x9100 | FIELD_LENGTH);
  memory.copy(p + 2, changetype<usize>(FIELD), FIELD_LENGTH);
  p += 2 + FIELD_LENGTH;
  store16(p, 0x6f90);
  p += 2;
  const text = writeText(p + STRING_HEAD, MOST, message, messageLength, true);
  store<u8>(p, STRING);
  store16(p + 1, unitsWritten);
  const contentLength = <u32>(p + STRING_HEAD + text - content);
  const lengths = lengthsAt(out);
  store16(lengths, CLASS_LENGTH);
  store32(lengths + 4, contentLength);
  return head + CLASS_LENGTH + contentLength;
}

/**
 * Writes the header of a response without class, header block and content, in the version of its
 * request; without a CRC, which is a matter of each frame. Its content is Hessian whatever the
 * request's was, as that of all exceptions of Bolt's servers.
 * @returns its length
 */
export function writeHead(
  out: usize,
  replyContext: u32,
  command: Command,
  requestId: u64,
  status: Status,
): u32 {
  const code = replyContext & 0xff;
  let p = out;
  store<u8>(p++, <u8>code);
  if (code == V2) store<u8>(p++, <u8>(replyContext >> 8));
  store<u8>(p, <u8>Type.RESPONSE);
  store16(p + 1, command);
  store<u8>(p + 3, 1);
  store32(p + 4, <u32>requestId);
  store<u8>(p + 8, <u8>HESSIAN);
  p += 9;
  if (code == V2) store<u8>(p++, 0);
  store16(p, status);
  memory.fill(p + 2, 0, LENGTHS);
  return <u32>(p + 2 + LENGTHS - out);
}
