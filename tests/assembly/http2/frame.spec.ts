import { Bytes } from "../../../assembly/bytes/buffer";
import {
  ErrorCode,
  Flag,
  FrameType,
  frameFlags,
  frameLength,
  frameStream,
  frameType,
  writeClientPreface,
  writeFrame,
  writeNumberFrame,
  writePing,
} from "../../../assembly/http2/frame";
import { address, asciiHex, bytes, hexOf } from "../codecs/support";

function hex(b: Bytes): string {
  const text = hexOf(b.at, <u32>b.length);
  b.release();
  return text;
}

describe("HTTP/2 frames", () => {
  test("a header is read field by field, the reserved bit left out", () => {
    const p = address(bytes("0140ff 09 2d ffffffff"));
    expect(frameLength(p)).toBe(0x0140ff);
    expect(frameType(p)).toBe(FrameType.CONTINUATION);
    expect(frameFlags(p)).toBe(0x2d);
    expect(frameStream(p)).toBe(0x7fffffff);
  });

  test("DATA", () => {
    const b = new Bytes();
    writeFrame(b, FrameType.DATA, Flag.END_STREAM, 5, address(bytes("aabbcc")), 3);
    expect(hex(b)).toBe("000003" + "00" + "01" + "00000005" + "aabbcc");
  });

  test("the largest payload that a length can tell", () => {
    const b = new Bytes();
    const n: u32 = 0xffffff;
    const payload = new StaticArray<u8>(n);
    writeFrame(b, FrameType.DATA, Flag.NONE, 0x7fffffff, address(payload), n);
    expect(b.length).toBe(9 + <usize>n);
    expect(hexOf(b.at, 9)).toBe("ffffff" + "00" + "00" + "7fffffff");
    b.release();
  });

  test("RST_STREAM and WINDOW_UPDATE", () => {
    const b = new Bytes();
    writeNumberFrame(b, FrameType.RST_STREAM, 3, ErrorCode.CANCEL);
    writeNumberFrame(b, FrameType.WINDOW_UPDATE, 0, 0x7fffffff);
    expect(hex(b)).toBe("000004030000000003" + "00000008" + "000004080000000000" + "7fffffff");
  });

  test("PING", () => {
    const b = new Bytes();
    writePing(b, 0x01020304);
    expect(hex(b)).toBe("000008" + "06" + "00" + "00000000" + "0000000001020304");
  });

  test("what a client says first: preface, SETTINGS, the connection's window", () => {
    const b = new Bytes();
    writeClientPreface(b, 0x7fffffff);
    const settings =
      "0001" + "00000000" + ("0002" + "00000000") + ("0004" + "7fffffff") + ("0005" + "00100000");
    expect(hex(b)).toBe(
      asciiHex("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") +
        ("000018" + "04" + "00" + "00000000" + settings) +
        ("000004" + "08" + "00" + "00000000" + "7fff0000"),
    );
  });
});
