import { INCOMPLETE, MALFORMED, Read } from "../../../assembly/codecs/codec";
import { Kind, Metadata, Slot } from "../../../assembly/codecs/metadata";
import { ThriftCodec } from "../../../assembly/codecs/thrift/codec";
import { address, asciiHex, bytes, hex32, hexOf, slotText } from "./support";

const codec = new ThriftCodec();
/** What a TApplicationException with the message `no` has behind its name and id. */
const TAIL = "0b0001" + hex32(2) + "6e6f" + "080002" + hex32(6) + "00";
const ARGUMENTS = "0b0001" + hex32(1) + "78" + "00";

function strict(name: string, type: string = "01", id: u32 = 7): string {
  return "800100" + type + hex32(name.length) + asciiHex(name) + hex32(id);
}
function old(name: string): string {
  return hex32(name.length) + asciiHex(name) + "01" + hex32(7);
}
function compact(name: string, id: string = "07"): string {
  return "8221" + id + name.length.toString(16).padStart(2, "0") + asciiHex(name);
}
function framed(payload: string): string {
  return hex32(payload.length / 2) + payload;
}
function header(id: u32, words: string, message: string): string {
  const size = (words.length / 8).toString(16).padStart(4, "0");
  return framed("0fff0000" + hex32(id) + size + words + message);
}

const GET = "80010001" + "00000003" + "676574" + "00000007" + "00";

/** A header's words: padded with zeros. */
function padded(hex: string): string {
  return hex + "0".repeat((8 - (hex.length % 8)) % 8);
}

/** The attachment `user`. */
function attachment(hex: string): string {
  const m = read(hex, "user");
  expect(result).toBe(Read.DONE, hex);
  return slotText(m, Slot.ATTACHMENTS);
}

function measure(hex: string): i64 {
  const frame = bytes(hex);
  return codec.measure(address(frame), frame.length);
}

/** What reading the head, then the rest came to. */
let result: Read = Read.DONE;
function read(hex: string, wanted: string = ""): Metadata {
  const m = new Metadata();
  if (wanted != "") m.want(wanted);
  const frame = bytes(hex);
  const n = frame.length;
  expect(codec.measure(address(frame), n)).toBe(n, hex);
  result = codec.readHead(address(frame), n, m);
  if (result != Read.DONE) return m;
  result = m.reply
    ? codec.readReply(address(frame), n, m)
    : codec.readMetadata(address(frame), n, n, m);
  return m;
}

/** The error reply to the request `hex`. */
function refused(hex: string, status: u32 = 403): string {
  const m = read(hex);
  const text = bytes(asciiHex("no"));
  const out = new StaticArray<u8>(codec.replyLimit(2));
  const p = address(out);
  const n = codec.writeErrorReply(p, m.requestId, m.replyContext, status, address(text), 2);
  assert(n <= codec.replyLimit(2), "it writes more than it may");
  return hexOf(p, n);
}

describe("Thrift's frames", () => {
  test("each kind is told by its first bytes, and measured", () => {
    const message = strict("get") + ARGUMENTS;
    expect(measure(framed(message))).toBe(4 + message.length / 2);
    expect(measure(message)).toBe(message.length / 2);
    const all = [strict("get"), old("get"), old("g")];
    for (let i = 0; i < all.length; i++) {
      const whole = all[i] + ARGUMENTS;
      for (let n = 0; n < whole.length; n += 2) {
        expect(measure(whole.substring(0, n))).toBe(INCOMPLETE, whole.substring(0, n));
      }
      expect(measure(whole + "da")).toBe(whole.length / 2);
      expect(slotText(read(whole), Slot.METHOD)).toBe(i < 2 ? "get" : "g");
      expect(slotText(read(framed(whole)), Slot.METHOD)).toBe(i < 2 ? "get" : "g");
    }
  });

  test("what is no Thrift is malformed from its first telling byte on", () => {
    expect(measure("da")).toBe(MALFORMED);
    expect(measure(asciiHex("G"))).toBe(MALFORMED);
    expect(measure("8002")).toBe(MALFORMED);
    expect(measure("8222")).toBe(MALFORMED);
    expect(measure("00000000")).toBe(MALFORMED);
    expect(measure("0000001001")).toBe(MALFORMED);
    expect(measure("000000108002")).toBe(MALFORMED);
    expect(measure("000000100ffe")).toBe(MALFORMED);
    expect(measure("000000100001")).toBe(MALFORMED);
    expect(measure("0000000480")).toBe(MALFORMED); // too short for any message
    expect(measure("0001000061")).toBe(MALFORMED); // too long for a name
    expect(measure("3fffffff8001")).toBe(0x40000003);
    expect(measure("40000000")).toBe(MALFORMED);
  });

  test("an unframed message ends behind its struct, whatever is in it", () => {
    const fields = [
      "020001" + "01",
      "040002" + "0000000000000000",
      "0f0003" + "0a" + hex32(2) + "00000000000000010000000000000002",
      "0d0004" + "0b08" + hex32(1) + hex32(1) + "61" + hex32(5),
      "0e0005" + "0b" + hex32(2) + hex32(0) + hex32(2) + "6262",
      "0c0006" + "0c0001" + "00" + "00",
      "0f0007" + "0c" + hex32(2) + "00" + "060001000200",
      "0f0008" + "00" + hex32(0),
      "100009" + "000102030405060708090a0b0c0d0e0f",
    ];
    const whole = strict("f") + fields.join("") + "00";
    expect(measure(whole + "ffff")).toBe(whole.length / 2);
    for (let n = 0; n < whole.length; n += 2)
      expect(measure(whole.substring(0, n))).toBe(INCOMPLETE);
    const packed = [
      "11" + "12" + "131f" + "248001" + "050202" + "1902" + "2619" + "2a01", // 0502: id 1 again
      "19f510" +
        "02".repeat(16) +
        "1b0285" +
        "016102" +
        "016103" +
        "1b00" +
        "1c00" +
        "1d" +
        "00".repeat(16),
      "17" + "00".repeat(8) + "1a31" + "010201" + "1923" + "0102" + "19190015" + "1b0115" + "0102",
    ];
    for (let i = 0; i < packed.length; i++) {
      const all = compact("f") + packed[i] + "00";
      expect(measure(all + "ffff")).toBe(all.length / 2, all);
      for (let n = 0; n < all.length; n += 2) expect(measure(all.substring(0, n))).toBe(INCOMPLETE);
    }
  });

  test("unframed, too many values or too deep ones are malformed, numbers and strings are not", () => {
    const empty = "0f0001" + "0c";
    expect(measure(strict("f") + empty + hex32(65535) + "00".repeat(65536))).toBe(
      13 + 8 + 65535 + 1,
    );
    expect(measure(strict("f") + empty + hex32(70000) + "00".repeat(70000))).toBe(MALFORMED);
    expect(measure(strict("f") + "0f000108" + hex32(0x100000))).toBe(INCOMPLETE);
    expect(measure(strict("f") + "0b0001" + hex32(0x7fffffff))).toBe(INCOMPLETE);
    expect(measure(strict("f") + "0b0001" + hex32(0x80000000))).toBe(MALFORMED);
    expect(measure(strict("f") + "0f000108" + hex32(0xffffffff))).toBe(MALFORMED);
    expect(measure(strict("f") + "0c0001".repeat(63) + "00".repeat(64))).toBe(13 + 63 * 3 + 64);
    expect(measure(strict("f") + "0c0001".repeat(64) + "00".repeat(65))).toBe(MALFORMED);
    expect(measure(strict("f") + "0d00010800" + hex32(1) + hex32(1))).toBe(MALFORMED);
    expect(measure(strict("f") + "050001")).toBe(MALFORMED);
    expect(measure(compact("f") + "1c".repeat(64))).toBe(MALFORMED);
    expect(measure(compact("f") + "1d" + "00")).toBe(INCOMPLETE);
    expect(measure(compact("f") + "1e" + "00")).toBe(MALFORMED);
  });
});

describe("Thrift's messages", () => {
  test("ids, kinds, and who may be ordered", () => {
    const m = read(framed(strict("get", "01", 0xffffffff) + "00"));
    expect(m.kind).toBe(Kind.REQUEST);
    expect(m.requestId).toBe(0xffffffff);
    expect(codec.isOrdered(m)).toBe(false);
    expect(codec.isOrdered(read(framed(strict("get", "01", 0) + "00")))).toBe(true);
    expect(read(framed(strict("get", "04") + "00")).kind).toBe(Kind.ONEWAY);
    expect(read(framed(compact("get", "ffffffff0f") + "00")).requestId).toBe(0xffffffff);
    read(framed(compact("get", "ffffffff1f") + "00"));
    expect(result).toBe(Read.MALFORMED);
    read(framed(strict("get", "05") + "00"));
    expect(result).toBe(Read.MALFORMED);
    read(framed("80010001" + hex32(200) + asciiHex("get") + hex32(1) + "00"));
    expect(result).toBe(Read.MALFORMED);
  });

  test("a name is split at its only colon; what servers split otherwise is refused", () => {
    const m = read(framed(strict("peers.Calc:mul") + "00"));
    expect(slotText(m, Slot.SERVICE)).toBe("peers.Calc");
    expect(slotText(m, Slot.METHOD)).toBe("mul");
    const all = ["a:b:c", ":b", "a:", "::"];
    for (let i = 0; i < all.length; i++) {
      read(framed(strict(all[i]) + "00"));
      expect(result).toBe(Read.MALFORMED, all[i]);
    }
    read(framed("80010001" + hex32(2) + "61ff" + hex32(1) + "00"));
    expect(result).toBe(Read.MALFORMED);
    expect(slotText(read(framed(strict("") + "00")), Slot.METHOD)).toBe("");
  });

  test("heads of equal requests are equal but for the id", () => {
    const frame = framed(compact("get", "8101") + "1" + "5".repeat(3) + "00");
    const m = read(frame);
    expect(hexOf(m.headAt, <u32>(m.headEnd - m.headAt))).toBe(compact("get", "8101"));
    expect(hexOf(m.holeAt, <u32>(m.holeEnd - m.holeAt))).toBe("8101");
    const n = read(framed(strict("get") + "00"));
    expect(n.holeAt).toBe(0);
    expect(hexOf(n.headAt, <u32>(n.headEnd - n.headAt))).toBe("80010001" + hex32(3) + "676574");
    expect(m.replyContext).not.toBe(n.replyContext);
  });
});

describe("Thrift's error replies", () => {
  test("come in the transport and protocol of the request, under its method's name", () => {
    const answer = strict("get", "03") + TAIL;
    expect(refused(framed(strict("get") + "00"))).toBe(framed(answer));
    expect(refused(framed(strict("Svc:get") + "00"))).toBe(framed(answer));
    expect(refused(strict("get") + "00")).toBe(answer);
    expect(refused(old("get") + "00")).toBe(hex32(3) + "676574" + "03" + hex32(7) + TAIL);
    const packed = "8261" + "07" + "03676574" + "18026e6f" + "150c" + "00";
    expect(refused(framed(compact("get") + "00"))).toBe(framed(packed));
    expect(refused(header(7, "00000000", strict("get") + "00"))).toBe(
      header(7, "00000000", answer),
    );
    expect(refused(header(7, "02000000", compact("get") + "00"))).toBe(
      header(7, "02000000", packed),
    );
  });

  test("are errors to who reads them, with the nearest type", () => {
    const all = [400, 404, 403, 429, 503, 504];
    for (let i = 0; i < all.length; i++) {
      const reply = refused(framed(strict("get") + "00"), all[i]);
      const type = all[i] == 404 ? 1 : all[i] == 400 ? 7 : 6;
      expect(reply.endsWith("080002" + hex32(type) + "00")).toBe(true, reply);
      const m = read(reply);
      expect(result).toBe(Read.DONE);
      expect(m.isError).toBe(true);
      expect(String.UTF8.decodeUnsafe(m.errorMessage, m.errorMessageLength)).toBe("no");
    }
  });

  test("have no name, never another one, when theirs is no longer known or is too long", () => {
    const m = read(framed(strict("first") + "00"));
    const context = m.replyContext;
    expect(read(framed(strict("first") + "00")).replyContext).toBe(context);
    for (let i = 0; i < 20000; i++) read(framed(strict("n" + i.toString()) + "00"));
    const out = new StaticArray<u8>(codec.replyLimit(0));
    const n = codec.writeErrorReply(address(out), 7, context, 404, 0, 0);
    expect(hexOf(address(out), n)).toBe(
      framed(strict("", "03") + "0b0001" + hex32(0) + "080002" + hex32(1) + "00"),
    );
    const long = "l".repeat(200);
    expect(refused(framed(strict(long) + "00"))).toBe(framed(strict("", "03") + TAIL));
  });
});

describe("THeader", () => {
  test("attachments: the last of a name counts, persistent ones count less, others are not read", () => {
    const user = "0475736572";
    const alice = user + "05616c696365";
    const bob = user + "03626f62";
    expect(attachment(header(7, padded("0000" + "0101" + alice), GET))).toBe("alice");
    expect(attachment(header(7, padded("0000" + "0102" + alice + bob), GET))).toBe("bob");
    expect(attachment(header(7, padded("0000" + "0101" + alice + "0201" + bob), GET))).toBe(
      "alice",
    );
    expect(attachment(header(7, padded("0000" + "0201" + bob + "0101" + alice), GET))).toBe(
      "alice",
    );
    expect(attachment(header(7, padded("0000" + "0201" + bob), GET))).toBe("bob");
    expect(attachment(header(7, padded("0000" + "0301" + bob), GET))).toBe("(none)");
    expect(
      attachment(header(7, padded("0000" + "0101" + user + "0161ff".substring(0, 4)), GET)),
    ).toBe("a");
    expect(attachment(header(7, padded("0000" + "0101" + user + "0261ff"), GET))).toBe("a\ufffd");
    expect(attachment(header(7, "00000000", GET))).toBe("(none)");
    expect(attachment(GET)).toBe("(none)");
  });

  test("what servers read otherwise than each other, or can't, is malformed", () => {
    const pair = "01610162";
    const bad = [
      "0000" + "0101" + pair + "0201" + pair + "0101" + pair, // kinds by turns
      "0000" + "0102" + pair, // fewer than announced
      "0000" + "0101" + "7f610162", // longer than the header
      "0000" + "01ffffffff0f" + pair,
      "0000" + "01ffffffffff",
    ];
    for (let i = 0; i < bad.length; i++) {
      read(header(7, padded(bad[i]), GET), "user");
      expect(result).toBe(Read.MALFORMED, bad[i]);
    }
    const heads = ["0100", "0200", "0009" + "00".repeat(9), "", "80808080", "00ff"];
    for (let i = 0; i < heads.length; i++) {
      read(header(7, padded(heads[i]), GET));
      expect(result).toBe(Read.MALFORMED, heads[i]);
    }
    read(framed("0fff0000" + hex32(7) + "ffff" + "00000000" + GET));
    expect(result).toBe(Read.MALFORMED);
  });

  test("a transformed request is refused with the reason, a response goes by the header's id", () => {
    const frame = header(9, "00010100", "789c00");
    const refusal = read(frame);
    expect(result).toBe(Read.MALFORMED);
    expect(refusal.requestId).toBe(9);
    const reason = String.UTF8.decodeUnsafe(refusal.errorMessage, refusal.errorMessageLength);
    expect(reason.includes("zlib")).toBe(true, reason);
    const m = new Metadata();
    m.fromServer = true;
    const bytesOfIt = bytes(frame);
    expect(codec.readHead(address(bytesOfIt), bytesOfIt.length, m)).toBe(Read.DONE);
    expect(m.kind).toBe(Kind.RESPONSE);
    expect(m.requestId).toBe(9);
    expect(codec.readReply(address(bytesOfIt), bytesOfIt.length, m)).toBe(Read.DONE);
  });

  test("fbthrift's clients count in the header, Apache's in the message", () => {
    expect(read(header(9, "00000000", strict("get", "01", 0) + "00")).requestId).toBe(9);
    expect(read(header(9, "00000000", strict("get", "01", 5) + "00")).requestId).toBe(5);
    expect(read(header(0, "00000000", strict("get", "01", 5) + "00")).requestId).toBe(5);
  });

  test("heads: attachments are in them where they are routed on, in the hole where not", () => {
    const words = padded("0000" + "0101" + "01610162");
    const frame = header(7, words, GET);
    const routed = read(frame, "user");
    expect(hexOf(routed.headAt, <u32>(routed.headEnd - routed.headAt))).toBe(
      "0002" + words + "80010001" + hex32(3) + "676574",
    );
    expect(routed.holeAt).toBe(0);
    const not = read(frame);
    expect(hexOf(not.holeAt, <u32>(not.holeEnd - not.holeAt))).toBe(words.substring(4));
    const packed = read(header(7, padded("0200" + "0101" + "01610162"), compact("get") + "00"));
    expect(hexOf(packed.holeAt, <u32>(packed.holeEnd - packed.holeAt))).toBe(
      words.substring(4) + "822107",
    );
  });
});
