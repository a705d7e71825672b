/** What the filter itself says to Motan clients. */
import { decimal } from "../decimal";
import { writeText } from "../text";

/** Codes of com.weibo.api.motan.exception.MotanErrorMsgConstant. */
enum ErrorCode {
  SERVICE_DEFAULT = 10001,
  SERVICE_REJECT = 10002,
  SERVICE_TIMEOUT = 10003,
  SERVICE_UNFOUND = 10101,
  FRAMEWORK_DECODE = 20003,
}

/** The nearest code to an HTTP status. */
function codeOf(http: u32): ErrorCode {
  switch (http) {
    case 400:
      return ErrorCode.FRAMEWORK_DECODE;
    case 403:
    case 429:
      return ErrorCode.SERVICE_REJECT;
    case 404:
      return ErrorCode.SERVICE_UNFOUND;
    case 408:
    case 504:
      return ErrorCode.SERVICE_TIMEOUT;
    default:
      return ErrorCode.SERVICE_DEFAULT;
  }
}

/** The metadata around the message: type 0 is Motan's MotanFrameworkException, 1 MotanServiceException. */
const BEFORE = String.UTF8.encode('M_e\n{"errcode":');
const TYPE = String.UTF8.encode(',"errtype":');
const MESSAGE = String.UTF8.encode(',"errmsg":"');
const AFTER = String.UTF8.encode('"}');

/** Most bytes that `writeError` writes. */
export function errorLimit(n: u32): u32 {
  return 64 + 2 * n;
}

/** Writes the metadata of a response that is an error; returns the address behind them. */
export function writeError(out: usize, http: u32, message: usize, n: u32): usize {
  const code = codeOf(http);
  out = put(out, BEFORE);
  out += decimal(out, code);
  out = put(out, TYPE);
  store<u8>(out++, code == ErrorCode.FRAMEWORK_DECODE ? 0x30 : 0x31);
  out = put(out, MESSAGE);
  // UTF-8 first, where it is not overtaken when it is escaped.
  const text = out + n;
  out = putEscaped(out, text, writeText(text, n, message, n, false));
  return put(out, AFTER);
}

function put(out: usize, text: ArrayBuffer): usize {
  memory.copy(out, changetype<usize>(text), text.byteLength);
  return out + text.byteLength;
}

/** Text within a JSON string; control characters become spaces. */
function putEscaped(out: usize, p: usize, n: u32): usize {
  for (let i: u32 = 0; i < n; i++) {
    const byte = load<u8>(p + i);
    if (byte == 0x22 || byte == 0x5c) store<u8>(out++, 0x5c);
    store<u8>(out++, max<u8>(byte, 0x20));
  }
  return out;
}
