import { INCOMPLETE, MALFORMED, Read } from "../../../assembly/codecs/codec";
import { DubboCodec } from "../../../assembly/codecs/dubbo/codec";
import { Depth, Kind, Metadata, Slot } from "../../../assembly/codecs/metadata";
import { address, asciiHex, bytes, hex32, hexOf, slotText } from "./support";

const codec = new DubboCodec();
const ID = "fbb2a70c5168317c";

function frame(flags: string, status: string, body: string): StaticArray<u8> {
  const n = bytes(body).length;
  return bytes("dabb" + flags + status + ID + hex32(n) + body);
}

function head(flags: string, status: string, body: string): Metadata {
  const m = new Metadata();
  const whole = frame(flags, status, body);
  codec.readHead(address(whole), whole.length, m);
  return m;
}

/** Reads a response whole. */
function reply(flags: string, status: string, body: string): Metadata {
  const m = new Metadata();
  const bytes = frame(flags, status, body);
  codec.readHead(address(bytes), bytes.length, m);
  expect(codec.readReply(address(bytes), bytes.length, m)).toBe(Read.DONE);
  return m;
}

function errorText(m: Metadata): string {
  return m.errorMessage == 0
    ? "(none)"
    : String.UTF8.decodeUnsafe(m.errorMessage, m.errorMessageLength);
}

/** The reply that tells `message` for the HTTP status, as hex. */
function errorReply(serialization: u32, status: u32, message: string): string {
  const text = String.UTF8.encode(message);
  const n = text.byteLength;
  const out = new StaticArray<u8>(codec.replyLimit(n));
  const p = changetype<usize>(text);
  const written = codec.writeErrorReply(address(out), 7, serialization, status, p, n);
  expect(codec.measure(address(out), written)).toBe(written);
  return hexOf(address(out), written);
}

describe("Dubbo frames", () => {
  test("the length is known with the header, whatever the split", () => {
    const whole = frame("c2", "00", "4e4e4e");
    for (let n = 0; n < 16; n++) expect(codec.measure(address(whole), n)).toBe(INCOMPLETE);
    for (let n = 16; n <= 19; n++) expect(codec.measure(address(whole), n)).toBe(19);
  });

  test("a wrong magic is seen at its first byte", () => {
    expect(codec.measure(address(bytes("db")), 1)).toBe(MALFORMED);
    expect(codec.measure(address(bytes("dabc")), 2)).toBe(MALFORMED);
  });

  test("a length is unsigned, so that a hostile one is huge", () => {
    const start = "dabbc200" + ID;
    expect(codec.measure(address(bytes(start + "7fffffff")), 16)).toBe(0x8000000f);
    expect(codec.measure(address(bytes(start + "ffffffff")), 16)).toBe(0x10000000f);
  });

  test("kinds", () => {
    expect(head("c2", "00", "").kind).toBe(Kind.REQUEST);
    expect(head("82", "00", "").kind).toBe(Kind.ONEWAY);
    expect(head("e2", "00", "4e").kind).toBe(Kind.HEARTBEAT);
    expect(head("a2", "00", "0152").kind).toBe(Kind.EVENT);
    expect(head("02", "14", "94").kind).toBe(Kind.RESPONSE);
    expect(head("22", "14", "4e").kind).toBe(Kind.HEARTBEAT);
    expect(head("e2", "00", "4e").reply).toBe(false);
    expect(head("22", "14", "4e").reply).toBe(true);
  });

  test("request ids are unsigned", () => {
    expect(head("c2", "00", "").requestId).toBe(0xfbb2a70c5168317c);
  });

  test("an event is a heartbeat if, and only if, its body is null", () => {
    const bodies = ["e2", "4e", "f7", "00000001af", "e3", "aced0005770100", "e7", "aced000570"];
    for (let i = 0; i < bodies.length; i += 2) {
      const m = new Metadata();
      const beat = frame(bodies[i], "00", bodies[i + 1]);
      codec.readHead(address(beat), beat.length, m);
      expect(codec.readMetadata(address(beat), beat.length, beat.length, m)).toBe(Read.DONE);
      expect(m.kind).toBe(Kind.HEARTBEAT);
    }
    const m = new Metadata();
    const event = frame("e2", "00", "0152");
    codec.readHead(address(event), event.length, m);
    expect(codec.readMetadata(address(event), 17, 18, m)).toBe(Read.INCOMPLETE);
    expect(codec.readMetadata(address(event), 18, 18, m)).toBe(Read.DONE);
    expect(m.kind).toBe(Kind.EVENT);
  });

  test("other serializations are told by the header alone", () => {
    const m = new Metadata();
    const unknown = frame("c8", "00", "ffffffff"); // Kryo
    codec.readHead(address(unknown), unknown.length, m);
    expect(codec.readMetadata(address(unknown), 16, unknown.length, m)).toBe(Read.DONE);
    expect(m.kind).toBe(Kind.REQUEST);
    expect(slotText(m, Slot.SERVICE)).toBe("(none)");
  });
});

/** The attachment `x` of a request that has it as the double of these bits; Hessian 2. */
function doubleAttachment(bits: string): string {
  const m = new Metadata();
  m.want("x");
  m.depth = Depth.ATTACHMENTS;
  const request = frame(
    "c2",
    "00",
    "05322e302e32" + "0153" + "4e" + "016d" + "00" + "480178" + "44" + bits + "5a",
  );
  const n = request.length;
  codec.readHead(address(request), n, m);
  expect(codec.readMetadata(address(request), n, n, m)).toBe(Read.DONE);
  return slotText(m, Slot.ATTACHMENTS);
}

describe("Dubbo attachments", () => {
  test("doubles are their digits; where those take long, the attachment counts as absent", () => {
    expect(doubleAttachment("4004000000000000")).toBe("2.5");
    expect(doubleAttachment("0000000000000000")).toBe("0.0");
    expect(doubleAttachment("47d2ced32a16a1b1")).toBe("(none)"); // 1e38
    expect(doubleAttachment("b80b38fb9daa78e4")).toBe("(none)"); // -1e-38
    expect(doubleAttachment("7fefffffffffffff")).toBe("(none)");
    expect(doubleAttachment("7ff8000000000000")).toBe("(none)"); // NaN
  });
});

describe("Dubbo responses", () => {
  test("every status but OK is an error, with a message", () => {
    const statuses: u32[] = [30, 31, 35, 40, 50, 60, 70, 80, 90, 100];
    for (let i = 0; i < statuses.length; i++) {
      const m = reply("02", statuses[i].toString(16).padStart(2, "0"), "04" + asciiHex("oops"));
      expect(m.status).toBe(statuses[i]);
      expect(m.isError).toBe(true);
      expect(errorText(m)).toBe("oops");
    }
    expect(errorText(reply("02", "46", "4e"))).toBe("(none)");
  });

  test("every result tag", () => {
    expect(reply("02", "14", "91 03616263").isError).toBe(false);
    expect(reply("02", "14", "92").isError).toBe(false);
    expect(reply("02", "14", "94 4e 485a").isError).toBe(false);
    expect(reply("02", "14", "95 48 0161 0162 5a").isError).toBe(false);
    expect(reply("02", "14", "90 4e").isError).toBe(true);
    expect(reply("02", "14", "93 4e 485a").isError).toBe(true);
  });

  test("a result tag that does not exist is malformed", () => {
    const m = new Metadata();
    const bad = frame("02", "14", "96");
    codec.readHead(address(bad), bad.length, m);
    expect(codec.readReply(address(bad), bad.length, m)).toBe(Read.MALFORMED);
  });

  test("what a provider threw tells its message, wherever the field lies", () => {
    const type = "43 0145 92 04" + asciiHex("code") + "0d" + asciiHex("detailMessage");
    const m = reply("02", "14", "90" + type + "60 95 04" + asciiHex("boom"));
    expect(m.isError).toBe(true);
    expect(errorText(m)).toBe("boom");
  });

  test("fastjson2 and Java tell theirs as well", () => {
    expect(errorText(reply("17", "28", "00000003 4b6e6f"))).toBe("no");
    expect(errorText(reply("03", "28", "aced0005 7708 00000002 0002 6e6f"))).toBe("no");
    expect(errorText(reply("07", "28", "aced0005 7704 0002 6e6f"))).toBe("no");
    expect(reply("03", "14", "aced0005 770100").isError).toBe(true);
  });
});

describe("what Argot itself says", () => {
  test("an error reply in each serialization", () => {
    const head = "dabb";
    const id = "0000000000000007";
    expect(errorReply(2, 404, "no")).toBe(head + "023c" + id + "0000000553" + "00026e6f");
    expect(errorReply(23, 400, "no")).toBe(
      head + "1728" + id + "0000000c" + "000000087a48000000026e6f",
    );
    const java = "aced00057a00000008000000020002" + "6e6f";
    expect(errorReply(3, 504, "no")).toBe(head + "031f" + id + "00000011" + java);
    expect(errorReply(4, 504, "no")).toBe(head + "041f" + id + "00000011" + java);
    expect(errorReply(7, 429, "no")).toBe(
      head + "0764" + id + "0000000d" + "aced00057a0000000400026e6f",
    );
    expect(errorReply(6, 503, 'n"\n')).toBe(head + "0650" + id + "00000006" + "226e2720220a");
    expect(errorReply(8, 503, "no")).toBe(head + "0850" + id + "00000000"); // Kryo
  });

  test("it can be read again", () => {
    const serializations: u32[] = [2, 3, 4, 6, 7, 10, 11, 12, 16, 22, 23, 27];
    const message = "kein Weg: 中文 😀";
    for (let i = 0; i < serializations.length; i++) {
      const back = bytes(errorReply(serializations[i], 403, message));
      const m = new Metadata();
      codec.readHead(address(back), back.length, m);
      expect(codec.readReply(address(back), back.length, m)).toBe(Read.DONE);
      expect(m.isError).toBe(true);
      expect(m.status).toBe(70);
      expect(errorText(m)).toBe(message);
    }
  });

  test("a long message is cut between two characters", () => {
    const serializations: u32[] = [2, 3, 7, 23];
    for (let i = 0; i < serializations.length; i++) {
      const back = bytes(errorReply(serializations[i], 503, "中".repeat(20000)));
      const m = new Metadata();
      codec.readHead(address(back), back.length, m);
      expect(codec.readReply(address(back), back.length, m)).toBe(Read.DONE);
      expect(m.errorMessageLength).toBe(32766);
      expect(errorText(m)).toBe("中".repeat(10922));
    }
  });

  test("a message that is no UTF-8 does not harm the reply", () => {
    const text = bytes("61 ff 00 e4b8 62");
    const out = new StaticArray<u8>(codec.replyLimit(6));
    const n = codec.writeErrorReply(address(out), 7, 2, 503, address(text), 6);
    expect(hexOf(address(out) + 16, n - 16)).toBe("530006" + "613f3f3f3f62");
  });

  test("heartbeats are answered as real peers do", () => {
    const beats = ["e2", "4e", "f7", "00000001af", "e3", "aced0005770100", "e7", "aced000570"];
    const answers = ["22", "37", "23", "27"];
    for (let i = 0; i < answers.length; i++) {
      const m = head(beats[2 * i], "00", beats[2 * i + 1]);
      const out = new StaticArray<u8>(codec.replyLimit(0));
      const n = codec.writeHeartbeatReply(address(out), m);
      const answer = frame(answers[i], "14", beats[2 * i + 1]);
      expect(hexOf(address(out), n)).toBe(hexOf(address(answer), answer.length));
    }
  });

  test("the goodbye is READONLY", () => {
    const out = new StaticArray<u8>(codec.replyLimit(0));
    const n = codec.writeGoodbye(address(out));
    expect(hexOf(address(out), n)).toBe("dabba2000000000000000000000000020152");
  });
});
