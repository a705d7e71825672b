import { INCOMPLETE, MALFORMED, Read } from "../../../assembly/codecs/codec";
import { Kind, Metadata, Slot } from "../../../assembly/codecs/metadata";
import { Motan2Codec } from "../../../assembly/codecs/motan2/codec";
import { address, asciiHex, bytes, errorReply, hex32, hexOf, readFrame, slotText } from "./support";

const codec = new Motan2Codec();
const ID = "1a1fa544a4900001";
const CALL = "M_p\na.B\nM_m\nget\nM_md\nint";

function frame(type: string, meta: string, body: string = "", status: string = "08"): string {
  const head = "f1f1" + type + status + "00" + ID;
  return head + hex32(meta.length) + asciiHex(meta) + hex32(body.length / 2) + body;
}

function read(hex: string): Metadata {
  return readFrame(codec, hex);
}

/** Whether a request with these metadata, as hex, is read. */
function accepts(meta: string): bool {
  const f = bytes("f1f1000800" + ID + hex32(meta.length / 2) + meta + "00000000");
  const m = new Metadata();
  codec.readHead(address(f), f.length, m);
  return codec.readMetadata(address(f), f.length, f.length, m) == Read.DONE;
}

describe("Motan2", () => {
  test("a frame's length is known with that of its body; foreign bytes at once", () => {
    const f = bytes(frame("00", CALL, "0102"));
    for (let n = 0; n < f.length - 2; n++) {
      expect(codec.measure(address(f), n)).toBe(INCOMPLETE);
    }
    for (let n = f.length - 2; n <= f.length; n++) {
      expect(codec.measure(address(f), n)).toBe(f.length);
    }
    expect(codec.measure(address(bytes("f0")), 1)).toBe(MALFORMED);
    expect(codec.measure(address(bytes("f1f0")), 2)).toBe(MALFORMED);
    expect(codec.measure(address(bytes("f1f1000800" + ID + "80000000")), 17)).toBe(MALFORMED);
    const huge = "f1f1000800" + ID + "00000000";
    expect(codec.measure(address(bytes(huge + "80000000")), 21)).toBe(MALFORMED);
    expect(codec.measure(address(bytes(huge + "7fffffff")), 21)).toBe(0x80000014);
  });

  test("a request", () => {
    const m = read(frame("00", CALL + "\nuser\nalice\nM_g\nblue"));
    expect(m.kind).toBe(Kind.REQUEST);
    expect(m.requestId).toBe(0x1a1fa544a4900001);
    expect(slotText(m, Slot.SERVICE)).toBe("a.B");
    expect(slotText(m, Slot.METHOD)).toBe("get");
    expect(slotText(m, Slot.PARAMETER_TYPES)).toBe("int");
    expect(slotText(m, Slot.GROUP)).toBe("blue");
    expect(slotText(m, Slot.VERSION)).toBe("(none)");
    expect(slotText(m, Slot.ATTACHMENTS)).toBe("alice");
    expect(read(frame("04", CALL)).kind).toBe(Kind.ONEWAY);
  });

  test("its metadata are read when they are there, without the body", () => {
    const f = bytes(frame("00", CALL, "0102"));
    const m = new Metadata();
    const end = 17 + CALL.length;
    expect(codec.readHead(address(f), f.length, m)).toBe(Read.DONE);
    expect(codec.readMetadata(address(f), end - 1, f.length, m)).toBe(Read.INCOMPLETE);
    expect(codec.readMetadata(address(f), end, f.length, m)).toBe(Read.DONE);
  });

  test("the framework's own names for group and version are the stronger ones", () => {
    const m = read(frame("00", "M_g\na\ngroup\nb\nM_v\n1\nversion\n2"));
    expect(slotText(m, Slot.GROUP)).toBe("a");
    expect(slotText(m, Slot.VERSION)).toBe("1");
    const other = read(frame("00", "version\n2\ngroup\nb\nM_v\n1\nM_v\n  "));
    expect(slotText(other, Slot.GROUP)).toBe("b");
    expect(slotText(other, Slot.VERSION)).toBe("2"); // Motan overlooks a blank M_v
    expect(slotText(read(frame("00", "M_g\na\nM_g\nb")), Slot.GROUP)).toBe("b");
  });

  test("empty values, and names without one", () => {
    expect(slotText(read(frame("00", "user\n\nM_m\nx")), Slot.ATTACHMENTS)).toBe("");
    expect(slotText(read(frame("00", "M_m\nx\nuser\n")), Slot.ATTACHMENTS)).toBe("");
    expect(slotText(read(frame("00", "M_m\nx\nuser")), Slot.ATTACHMENTS)).toBe("(none)");
    expect(slotText(read(frame("00", "M_m\nx\n")), Slot.METHOD)).toBe("x");
    expect(slotText(read(frame("00", "")), Slot.METHOD)).toBe("(none)");
  });

  test("what is no text, or may be read in two ways, is refused", () => {
    expect(accepts(asciiHex("a\nb"))).toBe(true);
    expect(accepts("61 0a c3bc".replaceAll(" ", ""))).toBe(true);
    expect(accepts("610aff")).toBe(false);
    expect(accepts("610aeda080")).toBe(false);
    expect(accepts("610ac080")).toBe(false);
    expect(accepts(asciiHex("\na\nb"))).toBe(false);
    expect(accepts(asciiHex("a\nb\n\nc"))).toBe(false);
  });

  test("a response, fine or not", () => {
    const fine = read(frame("01", "M_pt\n1", "00"));
    expect(fine.kind).toBe(Kind.RESPONSE);
    expect(fine.isError).toBe(false);
    const error = read(frame("01", 'M_pt\n1\nM_e\n{"a":1}', "", "09"));
    expect(error.isError).toBe(true);
    expect(error.status).toBe(1);
    expect(String.UTF8.decodeUnsafe(error.errorMessage, error.errorMessageLength)).toBe('{"a":1}');
    expect(read(frame("01", "M_pt\n1", "", "09")).errorMessage).toBe(0);
  });

  test("heartbeats are answered", () => {
    const m = read("f1f1100808" + ID + "00000000" + "00000000");
    expect(m.kind).toBe(Kind.HEARTBEAT);
    expect(m.reply).toBe(false);
    const out = new StaticArray<u8>(codec.replyLimit(0));
    const n = codec.writeHeartbeatReply(address(out), m);
    expect(hexOf(address(out), n)).toBe("f1f1110808" + ID + "00000000" + "00000000");
    expect(read(hexOf(address(out), n)).reply).toBe(true);
  });

  test("error replies are read again", () => {
    const statuses: u32[] = [400, 403, 404, 408, 429, 503, 504];
    const codes: i32[] = [20003, 10002, 10101, 10003, 10002, 10001, 10003];
    for (let i = 0; i < codes.length; i++) {
      const reply = errorReply(codec, 8, statuses[i], 'no\n"\\');
      expect(reply.startsWith("f1f1010908ffffffffffffffff")).toBe(true);
      const m = read(reply);
      expect(m.isError).toBe(true);
      const type = statuses[i] == 400 ? "0" : "1";
      expect(String.UTF8.decodeUnsafe(m.errorMessage, m.errorMessageLength)).toBe(
        `{"errcode":${codes[i]},"errtype":${type},"errmsg":"no \\"\\\\"}`,
      );
    }
  });
});
