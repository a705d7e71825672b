/**
 * Bodies of Dubbo2 in MessagePack: a string is a tag (a0-bf, d9, da, db) with its length, and the text.
 * Source: MsgPackObjectOutput of github.com/apache/dubbo-spi-extensions.
 */
import { load16, load32, store32 } from "../../../bytes/order";
import { Metadata } from "../../metadata";
import { SHORT, WRONG } from "../../position";
import { writeText } from "../../text";
import { addBody } from "../body";
import { Serialization } from "../protocol";
import { take, TextBody } from "../text";

const NULL: usize = memory.data<u8>([0xc0]);

class MessagePackBody extends TextBody {
  constructor() {
    super(NULL, 1);
  }

  readText(p: usize, end: usize, m: Metadata): usize {
    if (p >= end) return SHORT;
    const tag = <u32>load<u8>(p++);
    if ((tag & 0xe0) == 0xa0) return take(p, tag & 0x1f, end);
    const size: usize = tag == 0xd9 ? 1 : tag == 0xda ? 2 : tag == 0xdb ? 4 : 0;
    if (size == 0) return WRONG;
    if (p + size > end) return SHORT;
    const n = size == 1 ? <u32>load<u8>(p) : size == 2 ? load16(p) : load32(p);
    return take(p + size, n, end);
  }
  writeMessage(out: usize, most: u32, p: usize, n: u32): u32 {
    const length = writeText(out + 5, most, p, n, false);
    store<u8>(out, 0xdb);
    store32(out + 1, length);
    return 5 + length;
  }
}

addBody(Serialization.MESSAGEPACK, new MessagePackBody());
