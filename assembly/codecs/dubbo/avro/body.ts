/**
 * Bodies of Dubbo2 in Avro: a string is its length, a zigzag varint, and the text.
 * Source: AvroObjectOutput of github.com/apache/dubbo 2.7.
 */
import { Metadata } from "../../metadata";
import { SHORT, WRONG } from "../../position";
import * as protobuf from "../../protobuf";
import { writeText } from "../../text";
import { addBody } from "../body";
import { Serialization } from "../protocol";
import { take, TextBody, WIDE, writeWide } from "../text";

class AvroBody extends TextBody {
  constructor() {
    super(0, 0); // it writes nothing for a null
  }

  readText(p: usize, end: usize, m: Metadata): usize {
    const next = protobuf.readVarint(p, end);
    if (next == 0) return end - p < WIDE ? SHORT : WRONG;
    return protobuf.value & 1 ? WRONG : take(next, protobuf.value >> 1, end);
  }
  writeMessage(out: usize, most: u32, p: usize, n: u32): u32 {
    const length = writeText(out + WIDE, most, p, n, false);
    writeWide(out, length << 1);
    return WIDE + length;
  }
}

addBody(Serialization.AVRO, new AvroBody());
