import { INCOMPLETE, MALFORMED, Read } from "../../../assembly/codecs/codec";
import { Edits } from "../../../assembly/codecs/edits";
import { Kind, Metadata, Part, Slot } from "../../../assembly/codecs/metadata";
import { TrpcCodec } from "../../../assembly/codecs/trpc/codec";
import { address, asciiHex, bytes, changed, field, hex32, hexOf, slotText } from "./support";

const codec = new TrpcCodec();

function text(number: i32, value: string): string {
  return field(number, asciiHex(value));
}
function unary(head: string, body: string = "", id: u32 = 7): string {
  const size = (head.length / 2).toString(16).padStart(4, "0");
  return (
    "09300000" +
    hex32(16 + (head.length + body.length) / 2) +
    size +
    hex32(id) +
    "0100" +
    head +
    body
  );
}
/** A frame of stream 100. */
function stream(type: string, payload: string): string {
  return "093001" + type + hex32(16 + payload.length / 2) + "0000000000640000" + payload;
}
const CALL = text(6, "trpc.a.b.C") + text(7, "/a.C/Get");
const USER = field(9, text(1, "user") + text(2, "alice"));

let last = new Metadata();
function head(hex: string, fromServer: bool = false): Read {
  const frame = bytes(hex);
  last = new Metadata();
  last.want("user");
  last.fromServer = fromServer;
  expect(codec.measure(address(frame), frame.length)).toBe(frame.length);
  return codec.readHead(address(frame), frame.length, last);
}
function read(hex: string): Read {
  const frame = bytes(hex);
  const result = head(hex);
  if (result != Read.DONE) return result;
  const n = <u32>frame.length;
  codec.readHead(address(frame), n, last);
  return codec.readMetadata(address(frame), n, n, last);
}
describe("tRPC", () => {
  test("what can't begin a frame is known from the first bytes on", () => {
    expect(codec.measure(address(bytes("08")), 1)).toBe(MALFORMED);
    expect(codec.measure(address(bytes("0931")), 2)).toBe(MALFORMED);
    expect(codec.measure(address(bytes("093002")), 3)).toBe(MALFORMED);
    expect(codec.measure(address(bytes("0930")), 2)).toBe(INCOMPLETE);
    expect(codec.measure(address(bytes(stream("00", ""))), 16)).toBe(MALFORMED);
    expect(codec.measure(address(bytes(stream("05", ""))), 16)).toBe(MALFORMED);
    const none = "09300000 00000010 0000 00000007 0100";
    expect(codec.measure(address(bytes(none)), 16)).toBe(MALFORMED);
    const longer = "09300000 00000011 0002 00000007 0100 00";
    expect(codec.measure(address(bytes(longer)), 17)).toBe(MALFORMED);
  });

  test("a call, a oneway call, and a response; the id is the head's", () => {
    expect(read(unary("1807" + CALL + USER))).toBe(Read.DONE);
    expect(last.kind).toBe(Kind.REQUEST);
    expect(slotText(last, Slot.SERVICE)).toBe("trpc.a.b.C");
    expect(slotText(last, Slot.METHOD)).toBe("/a.C/Get");
    expect(slotText(last, Slot.VERSION)).toBe("0");
    expect(slotText(last, Slot.ATTACHMENTS)).toBe("alice");
    expect(read(unary("10011809" + CALL, "", 0))).toBe(Read.DONE);
    expect(last.kind).toBe(Kind.ONEWAY);
    expect(last.requestId).toBe(9);
    expect(head(unary("18072017"), true)).toBe(Read.DONE);
    expect(last.kind).toBe(Kind.RESPONSE);
    expect(last.status).toBe(23);
  });

  test("leading fields that come again behind others are refused", () => {
    expect(read(unary("1807" + CALL + "1001"))).toBe(Read.MALFORMED);
    expect(read(unary("1807" + CALL + "1808"))).toBe(Read.MALFORMED);
    expect(read(unary("1807" + CALL + "980008"))).toBe(Read.MALFORMED); // a tag of two bytes
    expect(read(unary("18071808" + CALL))).toBe(Read.DONE);
    expect(last.requestId).toBe(8);
  });

  test("of a name that comes twice the last one counts, even if it is nothing", () => {
    expect(read(unary("1807" + CALL + text(7, "/a.C/Put")))).toBe(Read.DONE);
    expect(slotText(last, Slot.METHOD)).toBe("/a.C/Put");
    expect(read(unary("1807" + CALL + "3a00"))).toBe(Read.DONE);
    expect(slotText(last, Slot.METHOD)).toBe("(none)");
    const binary = field(9, text(1, "user") + field(2, "ff"));
    expect(read(unary("1807" + CALL + USER + binary))).toBe(Read.DONE);
    expect(slotText(last, Slot.ATTACHMENTS)).toBe("(none)");
    expect(read(unary("1807" + field(7, "c0af")))).toBe(Read.MALFORMED);
  });

  test("an error reply has the request's id where the request had it", () => {
    const out = new StaticArray<u8>(codec.replyLimit(2));
    const no = address(bytes(asciiHex("no")));
    for (let same = 0; same < 2; same++) {
      head(unary("18ac02" + CALL, "", same ? 300 : 0));
      const n = codec.writeErrorReply(address(out), last.requestId, last.replyContext, 403, no, 2);
      const id = same ? "0000012c" : "00000000";
      expect(hexOf(address(out), n)).toBe(
        "09300000" + hex32(25) + "0009" + id + "0100" + "18ac02" + "2029" + "32026e6f",
      );
    }
  });
});

describe("streams of tRPC", () => {
  test("INIT begins one, and has its metadata in what it carries", () => {
    const meta = text(2, "trpc.a.b.C") + text(3, "/a.C/Chat") + field(5, USER.substring(4));
    expect(read(stream("01", field(1, meta) + "18ffff03"))).toBe(Read.DONE);
    expect(last.kind).toBe(Kind.STREAM);
    expect(last.part).toBe(Part.BEGINS);
    expect(last.streamId).toBe(100);
    expect(slotText(last, Slot.METHOD)).toBe("/a.C/Chat");
    expect(slotText(last, Slot.ATTACHMENTS)).toBe("alice");
    // An embedded message that comes in parts is one message.
    const parts = field(1, text(3, "/a.C/Get")) + field(1, text(3, "/a.C/Put"));
    expect(read(stream("01", parts))).toBe(Read.DONE);
    expect(slotText(last, Slot.METHOD)).toBe("/a.C/Put");
  });

  test("what ends a side, and what ends all", () => {
    expect(head(stream("04", ""))).toBe(Read.DONE);
    expect(last.part).toBe(Part.ENDS);
    expect(head(stream("04", "0801"))).toBe(Read.DONE);
    expect(last.part).toBe(Part.ABORTS);
    expect(head(stream("04", ""), true)).toBe(Read.DONE);
    expect(last.part).toBe(Part.ABORTS); // the server's handler has returned
    expect(head(stream("01", "1200"), true)).toBe(Read.DONE);
    expect(last.part).toBe(Part.NONE);
    expect(head(stream("01", field(2, "080c")), true)).toBe(Read.DONE);
    expect(last.part).toBe(Part.ABORTS);
    expect(last.status).toBe(12);
    expect(head(stream("02", "ffff"), true)).toBe(Read.DONE);
    expect(last.part).toBe(Part.NONE);
    expect(head(stream("04", "08"))).toBe(Read.MALFORMED);
  });

  test("a reset is a server's CLOSE", () => {
    const out = new StaticArray<u8>(codec.replyLimit(2));
    const no = address(bytes(asciiHex("no")));
    const n = codec.writeStreamReset(address(out), 100, 503, no, 2);
    expect(hexOf(address(out), n)).toBe(stream("04", "0801" + "10c901" + "1a026e6f"));
    expect(head(hexOf(address(out), n), true)).toBe(Read.DONE);
    expect(last.part).toBe(Part.ABORTS);
  });

  test("attachments of INIT are changed; there may be no metadata yet", () => {
    const edits = new Edits();
    edits.add("user", null);
    edits.add("z", "1");
    const z = field(5, text(1, "z") + text(2, "1"));
    const meta = text(3, "/a.C/Chat");
    const user = field(5, USER.substring(4));
    expect(changed(codec, stream("01", field(1, meta + user) + "18ff01"), edits)).toBe(
      stream("01", field(1, meta + z) + "18ff01"),
    );
    expect(changed(codec, stream("01", "18ff01"), edits)).toBe(
      stream("01", "18ff01" + field(1, z)),
    );
  });

  test("a head that would be too long is refused", () => {
    const edits = new Edits();
    edits.add("a", "b".repeat(65_501));
    expect(changed(codec, unary("1807"), edits).length).toBeGreaterThan(0);
    expect(changed(codec, unary("1807" + CALL), edits).length).toBe(0);
  });
});
