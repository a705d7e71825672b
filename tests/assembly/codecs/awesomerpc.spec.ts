import { AwesomeRpcCodec } from "../../../assembly/codecs/awesomerpc/codec";
import { INCOMPLETE, MALFORMED, Read } from "../../../assembly/codecs/codec";
import { Kind, Metadata, Slot } from "../../../assembly/codecs/metadata";
import { address, asciiHex, bytes, hexOf, slotText } from "./support";

const codec = new AwesomeRpcCodec();
const HELLO = "01 00000001 00000012 0001 0000" + asciiHex("hello");

function read(hex: string, fromServer: bool): Metadata {
  const m = new Metadata();
  const frame = bytes(hex);
  m.fromServer = fromServer;
  codec.readHead(address(frame), frame.length, m);
  const n = frame.length;
  const result = fromServer
    ? codec.readReply(address(frame), n, m)
    : codec.readMetadata(address(frame), n, n, m);
  expect(result).toBe(Read.DONE);
  return m;
}

describe("AwesomeRPC", () => {
  test("a frame's length is known with its ninth byte", () => {
    const frame = bytes(HELLO);
    for (let n = 0; n < 9; n++) expect(codec.measure(address(frame), n)).toBe(INCOMPLETE);
    for (let n = 9; n <= 18; n++) expect(codec.measure(address(frame), n)).toBe(18);
  });

  test("another version is no AwesomeRPC, from the first byte on", () => {
    expect(codec.measure(address(bytes("02")), 1)).toBe(MALFORMED);
    expect(codec.measure(address(bytes("da")), 1)).toBe(MALFORMED);
  });

  test("a length below the header's is malformed, a huge one is told", () => {
    expect(codec.measure(address(bytes("01 00000001 0000000c")), 9)).toBe(MALFORMED);
    expect(codec.measure(address(bytes("01 00000001 ffffffff")), 9)).toBe(0xffffffff);
    expect(codec.measure(address(bytes("01 00000001 80000000")), 9)).toBe(0x80000000);
  });

  test("a request", () => {
    const m = read("01 fffffffe 0000000d 8001 0000", false);
    expect(m.kind).toBe(Kind.REQUEST);
    expect(m.reply).toBe(false);
    expect(m.requestId).toBe(0xfffffffe);
    expect(slotText(m, Slot.METHOD)).toBe("-32767");
    expect(slotText(m, Slot.VERSION)).toBe("1");
    expect(slotText(m, Slot.SERVICE)).toBe("(none)");
  });

  test("a response, fine or not", () => {
    const fine = read(HELLO, true);
    expect(fine.kind).toBe(Kind.RESPONSE);
    expect(fine.reply).toBe(true);
    expect(fine.isError).toBe(false);
    const failed = read("01 00000001 0000000d 0001 ffff", true);
    expect(failed.status).toBe(-1);
    expect(failed.isError).toBe(true);
  });

  test("an error reply answers the request it is for", () => {
    const m = read("01 00000007 0000000d fffe 0000", false);
    const out = new StaticArray<u8>(codec.replyLimit(2));
    const message = bytes(asciiHex("no"));
    const n = codec.writeErrorReply(
      address(out),
      m.requestId,
      m.replyContext,
      503,
      address(message),
      2,
    );
    expect(hexOf(address(out), n)).toBe("01000000070000000ffffe01f76e6f");
    expect(codec.measure(address(out), n)).toBe(n);
  });

  test("there are no heartbeats and goodbyes", () => {
    const m = new Metadata();
    expect(codec.writeHeartbeatReply(0, m)).toBe(0);
    expect(codec.writeGoodbye(0)).toBe(0);
  });
});
