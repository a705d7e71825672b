/**
 * Bodies of Dubbo2 in Protostuff: a string is its length in four bytes, and the text.
 * Source: ProtostuffObjectOutput of github.com/apache/dubbo 2.7.
 */
import { load32, store32 } from "../../../bytes/order";
import { Metadata } from "../../metadata";
import { SHORT } from "../../position";
import { writeText } from "../../text";
import { addBody } from "../body";
import { Serialization } from "../protocol";
import { take, TextBody } from "../text";

/** A null is wrapped in this: lengths of the class's name and of no data, and the name. */
const WRAPPER = "\0\0\x004\0\0\0\0org.apache.dubbo.common.serialize.protostuff.Wrapper";
const NULL: usize = changetype<usize>(String.UTF8.encode(WRAPPER));

class ProtostuffBody extends TextBody {
  constructor() {
    super(NULL, 60);
  }

  readText(p: usize, end: usize, m: Metadata): usize {
    return p + 4 > end ? SHORT : take(p + 4, load32(p), end);
  }
  writeMessage(out: usize, most: u32, p: usize, n: u32): u32 {
    const length = writeText(out + 4, most, p, n, false);
    store32(out, length);
    return 4 + length;
  }
}

addBody(Serialization.PROTOSTUFF, new ProtostuffBody());
