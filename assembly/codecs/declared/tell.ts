/** Follows the part of code that comes behind the walk: what registers tell of a frame. */
import { Read } from "../codec";
import { Metadata } from "../metadata";
import { isPlainUtf8 } from "../utf8";
import { Collection } from "./attachments";
import { Op, STEP } from "./code";
import { Messages } from "./messages";
import { lengthOf, numberOf, startOf } from "./registers";
import { Values } from "./tests";
import { isThere, reportValue, Value } from "./values";

/**
 * Follows the instructions from `at` on, and reports to `m`.
 * @param first the first instruction of the code
 * @param end of what is there of the frame
 */
export function tell(first: usize, at: usize, end: usize, m: Metadata, messages: Messages): Read {
  let context: u32 = 0;
  while (true) {
    switch (<i32>load<u16>(at)) {
      case Op.UNLESS_NUMBER: {
        const values = changetype<Values>(load<usize>(at, 8));
        if (!values.has(numberOf(load<u16>(at, 2)))) at = first + load<u32>(at, 4) - STEP;
        break;
      }
      case Op.UNLESS_SENDER:
        if (m.fromServer != load<bool>(at, 8)) at = first + load<u32>(at, 4) - STEP;
        break;
      case Op.UNLESS_PRESENT:
        if (startOf(load<u16>(at, 2)) == 0) at = first + load<u32>(at, 4) - STEP;
        break;
      case Op.UNLESS_ABSENT:
        if (startOf(load<u16>(at, 2)) != 0) at = first + load<u32>(at, 4) - STEP;
        break;
      case Op.MESSAGE: {
        const part = load<u16>(at, 2);
        const start = startOf(part);
        if (start == 0) break;
        if (!isThere(part, end)) return Read.INCOMPLETE;
        const length = lengthOf(part);
        if (!messages.read(start, start + length, load<u32>(at, 8), 0)) {
          return Read.MALFORMED;
        }
        break;
      }
      case Op.COLLECTION: {
        const collection = changetype<Collection>(load<usize>(at, 8));
        if (!isThere(collection.part, end)) return Read.INCOMPLETE;
        if (!collection.read(messages.finder)) return Read.MALFORMED;
        break;
      }
      case Op.TEXT: {
        const text = startOf(load<u16>(at, 2));
        const length = lengthOf(load<u16>(at, 2));
        if (text == 0 || length == 0) break;
        if (!isThere(load<u16>(at, 2), end)) return Read.INCOMPLETE;
        if (!isPlainUtf8(text, length)) return Read.MALFORMED;
        m.set(load<u32>(at, 8), text, length);
        at = first + load<u32>(at, 4) - STEP;
        break;
      }
      case Op.VALUE: {
        const read = reportValue(changetype<Value>(load<usize>(at, 8)), end, m);
        if (read != Read.DONE) return read;
        break;
      }
      case Op.CONTEXT:
        context |= ((<u32>numberOf(load<u16>(at, 2))) & load<u32>(at, 8)) << load<u32>(at, 4);
        break;
      case Op.KIND: {
        m.kind = load<u32>(at, 4);
        m.reply = load<u8>(at, 8) != 0;
        m.replyContext = context;
        return Read.DONE;
      }
      case Op.END:
        return Read.DONE;
      default:
        return Read.MALFORMED;
    }
    at += STEP;
  }
}
