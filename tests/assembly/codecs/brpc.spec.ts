import { BrpcCodec } from "../../../assembly/codecs/brpc/codec";
import { INCOMPLETE, MALFORMED, Read } from "../../../assembly/codecs/codec";
import { Kind, Metadata, Part, Slot } from "../../../assembly/codecs/metadata";
import {
  address,
  asciiHex,
  bytes,
  errorReply,
  field,
  hex32,
  hexOf,
  readFrame,
  slotText,
} from "./support";

const codec = new BrpcCodec();
const PRPC = "50525043";
const STRM = "5354524d";
const ID = "20b960"; // correlation_id 12345

function frame(magic: string, meta: string, payload: string = ""): string {
  return (
    magic + hex32((meta.length + payload.length) / 2) + hex32(meta.length / 2) + meta + payload
  );
}
function call(service: string, method: string): string {
  return field(1, field(1, asciiHex(service)) + field(2, asciiHex(method)));
}
function userField(key: string, value: string): string {
  return field(9, field(1, asciiHex(key)) + field(2, asciiHex(value)));
}
const CALL = call("a.B", "get");

function read(hex: string, fromServer: bool = false): Metadata {
  return readFrame(codec, hex, fromServer);
}

/** How far a whole frame is read: 0 its length is refused, 1 its head, 2 its contents, 3 all is fine. */
function accepted(hex: string): i32 {
  const m = new Metadata();
  m.want("user");
  const f = bytes(hex);
  const n = f.length;
  if (codec.measure(address(f), n) != n) return 0;
  if (codec.readHead(address(f), n, m) != Read.DONE) return 1;
  return codec.readMetadata(address(f), n, n, m) == Read.DONE ? 3 : 2;
}

describe("bRPC", () => {
  test("a frame's length is known with its header; foreign bytes at once", () => {
    const f = bytes(frame(PRPC, CALL + ID, "00ff"));
    const s = bytes(frame(STRM, "0800"));
    for (let n = 0; n < 12; n++) {
      expect(codec.measure(address(f), n)).toBe(INCOMPLETE);
      expect(codec.measure(address(s), n)).toBe(INCOMPLETE);
    }
    for (let n = 12; n <= f.length; n++) expect(codec.measure(address(f), n)).toBe(f.length);
    const wrong = ["51", "5054", "535250", "50525044", "53545243", "505250430000000100000002"];
    for (let i = 0; i < wrong.length; i++) {
      const w = bytes(wrong[i]);
      expect(codec.measure(address(w), w.length)).toBe(MALFORMED, wrong[i]);
    }
    expect(codec.measure(address(bytes(PRPC + "ffffffff00000000")), 12)).toBe(0x10000000b);
  });

  test("a head needs the whole meta, and nothing behind it", () => {
    const hex = frame(PRPC, CALL + ID, "00ff");
    const f = bytes(hex);
    const m = new Metadata();
    for (let n = 0; n < f.length - 2; n++) {
      expect(codec.readHead(address(f), n, m)).toBe(Read.INCOMPLETE);
    }
    expect(codec.readHead(address(f), f.length - 2, m)).toBe(Read.DONE);
    expect(codec.readMetadata(address(f), f.length - 2, f.length, m)).toBe(Read.DONE);
    expect(slotText(m, Slot.METHOD)).toBe("get");
  });

  test("a request, its user fields, and what of it may differ", () => {
    const m = read(frame(PRPC, CALL + ID + userField("user", "eve") + userField("user", "alice")));
    expect(m.kind).toBe(Kind.REQUEST);
    expect(m.requestId).toBe(12345);
    expect(slotText(m, Slot.SERVICE)).toBe("a.B");
    expect(slotText(m, Slot.METHOD)).toBe("get");
    expect(slotText(m, Slot.ATTACHMENTS)).toBe("alice");
    expect(hexOf(m.holeAt, <u32>(m.holeEnd - m.holeAt))).toBe(ID);
    expect(m.headEnd - m.headAt).toBe(4 + (CALL + ID).length / 2 + 28);
  });

  test("parts of a message come together, and the last of a value wins", () => {
    const first = field(1, field(1, asciiHex("x")));
    const second = field(1, field(2, asciiHex("get")) + field(1, asciiHex("a.B")));
    const m = read(frame(PRPC, first + ID + second + "2007"));
    expect(slotText(m, Slot.SERVICE)).toBe("a.B");
    expect(slotText(m, Slot.METHOD)).toBe("get");
    expect(m.requestId).toBe(7);
    expect(m.holeAt).toBe(0);
  });

  test("ids at their extremes, written longer than they need be", () => {
    expect(read(frame(PRPC, CALL + "20ffffffffffffffffff01")).requestId).toBe(u64.MAX_VALUE);
    const m = read(frame(PRPC, CALL + "a080008180808000"));
    expect(m.requestId).toBe(1);
    expect(m.holeEnd - m.holeAt).toBe(8);
    expect(read(frame(PRPC, CALL)).requestId).toBe(0);
  });

  test("user fields that are no text, or lack key or value", () => {
    const binary = field(9, field(1, asciiHex("user")) + field(2, "fffe"));
    expect(slotText(read(frame(PRPC, CALL + binary)), Slot.ATTACHMENTS)).toBe("(none)");
    const twice = frame(PRPC, CALL + userField("user", "alice") + binary);
    expect(slotText(read(twice), Slot.ATTACHMENTS)).toBe("(none)");
    const empty = frame(PRPC, CALL + field(9, "") + field(9, field(1, asciiHex("user"))));
    expect(slotText(read(empty), Slot.ATTACHMENTS)).toBe("");
  });

  test("what is malformed is refused", () => {
    expect(accepted(frame(PRPC, CALL + ID))).toBe(3);
    expect(accepted(frame(PRPC, CALL + ID + "4a05"))).toBe(1);
    expect(accepted(frame(PRPC, CALL + "20ff"))).toBe(1);
    expect(accepted(frame(PRPC, CALL + "00"))).toBe(1);
    expect(accepted(frame(PRPC, CALL + field(8, "1001")))).toBe(1); // settings without a stream id
    expect(accepted(frame(PRPC, field(1, field(1, asciiHex("a.B")))))).toBe(2);
    expect(accepted(frame(PRPC, field(1, field(1, "61ff") + field(2, "62"))))).toBe(2);
    expect(accepted(frame(PRPC, field(1, field(1, "eda080") + field(2, "62"))))).toBe(2);
    expect(accepted(frame(PRPC, field(1, field(1, "c080") + field(2, "62"))))).toBe(2);
    expect(accepted(frame(PRPC, field(1, "0a09") + ID))).toBe(2);
    expect(accepted(frame(PRPC, CALL + field(9, "0a05")))).toBe(2);
    expect(accepted(frame(STRM, "1800"))).toBe(1);
  });

  test("a response, fine or not", () => {
    const fine = read(frame(PRPC, field(2, "0800") + ID, "0a00"), true);
    expect(fine.kind).toBe(Kind.RESPONSE);
    expect(fine.isError).toBe(false);
    const error = read(frame(PRPC, field(2, "08ea07" + field(2, asciiHex("gone"))) + ID), true);
    expect(error.status).toBe(1002);
    expect(error.isError).toBe(true);
    expect(String.UTF8.decodeUnsafe(error.errorMessage, error.errorMessageLength)).toBe("gone");
    expect(read(frame(PRPC, field(2, "08ffffffffffffffffff01")), true).status).toBe(-1);
    expect(read(frame(PRPC, ID), true).reply).toBe(true);
  });

  test("error replies are read again", () => {
    const statuses: u32[] = [400, 403, 404, 408, 429, 503, 504];
    const codes: i32[] = [1003, 1018, 1001, 1008, 2004, 1009, 1008];
    for (let i = 0; i < codes.length; i++) {
      const m = read(errorReply(codec, 0, statuses[i], "no"), true);
      expect(m.requestId).toBe(u64.MAX_VALUE);
      expect(m.status).toBe(codes[i]);
      expect(hexOf(m.errorMessage, m.errorMessageLength)).toBe("6e6f");
    }
  });
});

describe("bRPC streams", () => {
  test("settings begin one; id 0 is a good one, that of no stream is not", () => {
    const m = read(frame(PRPC, CALL + ID + field(8, "0800")));
    expect(m.part).toBe(Part.BEGINS);
    expect(m.streamId).toBe(0);
    expect(read(frame(PRPC, CALL + ID)).part).toBe(Part.NONE);
    expect(accepted(frame(PRPC, CALL + field(8, "08ffffffffffffffffff01")))).toBe(1);
  });

  test("a request that begins several is refused with a reason", () => {
    const settings = ["08002005", "08002a00".replace("2a", "22"), "080022020506"];
    for (let i = 0; i < settings.length; i++) {
      expect(accepted(frame(PRPC, CALL + ID + field(8, settings[i])))).toBe(2);
    }
  });

  test("each side's frames name the client's stream", () => {
    const data = frame(STRM, "0807100918032000", "6869");
    const sent = read(data);
    expect(sent.kind).toBe(Kind.STREAM);
    expect(sent.streamId).toBe(9);
    expect(sent.part).toBe(Part.NONE);
    expect(read(data, true).streamId).toBe(7);
    expect(read(frame(STRM, "080710091802")).part).toBe(Part.ENDS);
    expect(read(frame(STRM, "08071801"), true).part).toBe(Part.ABORTS);
    expect(read(frame(STRM, "08071801")).streamId).toBe(u64.MAX_VALUE);
  });

  test("the answer within a stream's frame", () => {
    const meta = "0807100918032000";
    const yes = frame(PRPC, field(2, "0800") + ID + field(8, "0809"), "0a00");
    const accepted = read(frame(STRM, meta, yes), true);
    expect(accepted.part).toBe(Part.ANSWERS);
    expect(accepted.answers).toBe(12345);
    expect(accepted.requestId).toBe(7);
    const no = frame(PRPC, field(2, "08eb07") + ID);
    expect(read(frame(STRM, meta, no), true).part).toBe(Part.ANSWERS | Part.ABORTS);
  });

  test("other contents of a stream are none", () => {
    const meta = "0807100918032000";
    const yes = frame(PRPC, field(2, "0800") + ID + field(8, "0809"));
    expect(read(frame(STRM, meta, yes)).part).toBe(Part.NONE); // from the client
    expect(read(frame(STRM, meta, yes + "00"), true).part).toBe(Part.NONE);
    expect(read(frame(STRM, meta, yes.substring(0, 40)), true).part).toBe(Part.NONE);
    expect(read(frame(STRM, "0807100918032001", yes), true).part).toBe(Part.NONE);
    expect(read(frame(STRM, meta, frame(PRPC, CALL + ID)), true).part).toBe(Part.NONE);
    expect(read(frame(STRM, meta, frame(PRPC, "0a0561")), true).part).toBe(Part.NONE);
  });

  test("a stream's frame tells whether it answers once the answer's meta is there", () => {
    const answer = frame(PRPC, field(2, "0800") + ID, "000102030405");
    const f = bytes(frame(STRM, "0807100918032000", answer));
    const m = new Metadata();
    m.fromServer = true;
    for (let n = 0; n <= f.length; n++) {
      const known = n >= f.length - 6;
      expect(codec.readHead(address(f), n, m)).toBe(known ? Read.DONE : Read.INCOMPLETE);
    }
  });

  test("a reset is a frame that ends the client's stream", () => {
    const out = new StaticArray<u8>(codec.replyLimit(0));
    const n = codec.writeStreamReset(address(out), 1 << 40, 503, 0, 0);
    const m = read(hexOf(address(out), n), true);
    expect(m.streamId).toBe(1 << 40);
    expect(m.part).toBe(Part.ABORTS);
  });
});
