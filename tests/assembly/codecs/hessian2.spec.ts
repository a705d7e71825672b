import { Read } from "../../../assembly/codecs/codec";
import { DubboCodec } from "../../../assembly/codecs/dubbo/codec";
import {
  beginBody,
  MAX_CLASSES,
  MAX_DEPTH,
  skipValue,
} from "../../../assembly/codecs/dubbo/hessian2/skip";
import { SHORT, WRONG } from "../../../assembly/codecs/position";
import { Metadata, Slot } from "../../../assembly/codecs/metadata";
import { address, asciiHex, bytes, hex32, slotText } from "./support";

const codec = new DubboCodec();

/** Skips the value: it must end where the bytes end, and no part of it must do. */
function skips(hex: string): void {
  const value = bytes(hex);
  const p = address(value);
  const n = value.length;
  beginBody(p + n);
  expect(skipValue(p, p + n)).toBe(p + n, hex);
  for (let part = 0; part < n; part++) {
    beginBody(p + part);
    expect(skipValue(p, p + part)).toBe(SHORT, hex + " cut at " + part.toString());
  }
}

function refuses(hex: string): void {
  const value = bytes(hex);
  const p = address(value);
  beginBody(p + value.length);
  expect(skipValue(p, p + value.length)).toBe(WRONG, hex.substr(0, 40));
}

/** A string of at most 31 characters. */
function short(text: string): string {
  return text.length.toString(16).padStart(2, "0") + asciiHex(text);
}

/** Reads a request whose arguments and attachments are these. */
function request(m: Metadata, types: string, rest: string): Read {
  const start = short("2.0.2") + short("peers.api.Demo") + short("1.0.0") + short("hello");
  const body = start + short(types) + rest;
  const n = bytes(body).length;
  const frame = bytes("dabbc200" + "0000000000000001" + hex32(n) + body);
  kept = frame;
  codec.readHead(address(frame), frame.length, m);
  return codec.readMetadata(address(frame), frame.length, frame.length, m);
}
/** What spans refer to has to live on. */
let kept: StaticArray<u8> = new StaticArray<u8>(0);

describe("values of Hessian 2 are skipped", () => {
  test("null and booleans", () => {
    skips("4e");
    skips("54");
    skips("46");
  });
  test("ints", () => {
    skips("80");
    skips("bf");
    skips("c000");
    skips("cfff");
    skips("d00000");
    skips("d7ffff");
    skips("4980000000");
  });
  test("longs", () => {
    skips("d8");
    skips("ef");
    skips("f000");
    skips("ffff");
    skips("380000");
    skips("3fffff");
    skips("5980000000");
    skips("4c8000000000000000");
  });
  test("doubles", () => {
    skips("5b");
    skips("5c");
    skips("5d80");
    skips("5e8000");
    skips("5f00000001");
    skips("443ff0000000000000");
  });
  test("dates", () => {
    skips("4a000000d04b928400");
    skips("4b00e3830f");
  });
  test("strings", () => {
    skips("00");
    skips("1f" + "61".repeat(31));
    skips("3004" + "61626364");
    skips("33ff" + "61".repeat(1023));
    skips("530003" + "616263");
  });
  test("strings of several chunks", () => {
    skips("520001 61 520002 6263 530001 64");
    skips("520001 61 01 62");
    skips("520001 61 3001 62");
    skips("520020" + "61".repeat(32) + "00");
    refuses("520001 61 4e");
  });
  test("lengths of strings count UTF-16 units", () => {
    skips("01 c3a9");
    skips("02 e4b8ad e69687");
    skips("02 eda0bd edb880"); // a pair of surrogates
    skips("02 f09f9880"); // the same in four bytes
    skips("01 eda0bd"); // half a pair
    skips("09 6162636465666768 c3a9");
    refuses("01 f09f9880");
  });
  test("bytes that are no text", () => {
    refuses("01 80");
    refuses("01 ff");
    refuses("01 c3 28");
    refuses("01 c1a1"); // "a", overlong
    refuses("01 e081a1");
    refuses("02 f08081a1");
    refuses("02 f4908080");
  });
  test("binaries", () => {
    skips("20");
    skips("2f" + "00".repeat(15));
    skips("3401 00");
    skips("37ff" + "00".repeat(1023));
    skips("420002 0000");
    skips("410001 00 410002 0000 420001 00");
    skips("410001 00 21 00");
    skips("410001 00 3401 00");
    refuses("410001 00 4e");
  });
  test("lists", () => {
    skips("55 045b696e74 90 91 5a");
    skips("57 90 0161 5a");
    skips("57 5a");
    skips("56 045b696e74 92 90 91");
    skips("56 90 90"); // type by its number
    skips("58 92 90 0161");
    skips("72 045b696e74 90 91");
    skips("70 90");
    skips("78");
    skips("7f 90 90 90 90 90 90 90");
    refuses("58 8f"); // fewer than none
  });
  test("maps", () => {
    skips("48 5a");
    skips("48 0161 90 91 0162 5a");
    skips("4d 0161 0161 90 5a");
    skips("4d 90 0161 90 5a");
    skips("48 0161 48 0162 57 5a 5a 5a");
    refuses("48 0161 5a"); // a key without a value
  });
  test("objects", () => {
    skips("43 0143 92 0161 0162 60 90 91");
    skips("43 0143 92 0161 0162 4f90 90 91");
    skips("43 0143 90 60"); // no fields
    skips("57 43 0143 91 0161 60 90 60 91 5a");
    skips("57 43 0143 90 60 43 0144 91 0161 61 90 60 5a");
    skips("43 0143 91 0161 60 43 0144 90 61");
    refuses("60");
    refuses("43 0143 90 61");
    refuses("43 0143 8f 60");
    refuses("43 0143 90 90");
  });
  test("references", () => {
    skips("57 78 5190 5a");
    skips("51 c800");
    refuses("51 8f");
  });
  test("tags that mean nothing", () => {
    refuses("40");
    refuses("45");
    refuses("47");
    refuses("50");
    refuses("5a");
  });
});

describe("hostile values", () => {
  test("nesting is allowed as deep as the limit, not deeper", () => {
    const deepest = "57".repeat(MAX_DEPTH) + "5a".repeat(MAX_DEPTH);
    const value = bytes(deepest);
    const p = address(value);
    beginBody(p + value.length);
    expect(skipValue(p, p + value.length)).toBe(p + value.length);
    refuses("57".repeat(MAX_DEPTH + 1));
    refuses("79".repeat(100000));
    refuses("48".repeat(100000));
  });
  test("class definitions are bounded", () => {
    const many = "43 00 90 60".replaceAll(" ", "");
    const value = bytes("57" + many.repeat(MAX_CLASSES) + "5a");
    const p = address(value);
    beginBody(p + value.length);
    expect(skipValue(p, p + value.length)).toBe(p + value.length);
    refuses("57" + many.repeat(MAX_CLASSES + 1) + "5a");
  });
  test("huge counts need huge frames", () => {
    const counts = ["58 497fffffff 90", "43 00 497fffffff", "53ffff 61", "42ffff 00"];
    for (let i = 0; i < counts.length; i++) {
      const value = bytes(counts[i]);
      const p = address(value);
      beginBody(p + value.length);
      expect(skipValue(p, p + value.length)).toBe(SHORT, counts[i]);
    }
  });
});

describe("a request in Hessian 2", () => {
  test("what lies before the arguments needs nothing else", () => {
    const m = new Metadata();
    expect(request(m, "Ljava/lang/String;", "ff")).toBe(Read.DONE);
    expect(slotText(m, Slot.SERVICE)).toBe("peers.api.Demo");
    expect(slotText(m, Slot.VERSION)).toBe("1.0.0");
    expect(slotText(m, Slot.METHOD)).toBe("hello");
    expect(slotText(m, Slot.PARAMETER_TYPES)).toBe("Ljava/lang/String;");
    expect(slotText(m, Slot.GROUP)).toBe("(none)");
  });

  test("attachments of every type", () => {
    const m = new Metadata();
    const names = ["s", "i", "l", "d", "t", "n", "x", "m"];
    const slots: u32[] = [];
    for (let i = 0; i < names.length; i++) slots.push(m.want(names[i]));
    const values = [short("v"), "c800", "4c0020000000000001", "5e00ff", "54", "4e", "78", "5d80"];
    let map = "48";
    for (let i = 0; i < names.length; i++) map += short(names[i]) + values[i];
    map += short("group") + short("g1") + "5a";
    expect(request(m, "I[JLjava/util/List;", "90 78 57905a" + map)).toBe(Read.DONE);
    const texts = ["v", "0", "9007199254740993", "255.0", "true", "(none)", "(none)", "-128.0"];
    for (let i = 0; i < 8; i++) expect(slotText(m, slots[i])).toBe(texts[i], names[i]);
    expect(slotText(m, Slot.GROUP)).toBe("g1");
  });

  test("the last of a name wins; a name that is no string is skipped", () => {
    const m = new Metadata();
    const slot = m.want("a");
    expect(request(m, "", "48 0161 0131 90 0132 0161 0133 5a")).toBe(Read.DONE);
    expect(slotText(m, slot)).toBe("3");
  });

  test("texts are reported as UTF-8, whatever their chunks", () => {
    const m = new Metadata();
    const slot = m.want("ab");
    const other = m.want("b");
    const value = "520001 61 520002 eda0bd edb880 01 62";
    expect(request(m, "", "48 520001 61 01 62" + value + "0162 02 eda0bdedb880 5a")).toBe(
      Read.DONE,
    );
    expect(slotText(m, slot)).toBe("a😀b");
    expect(slotText(m, other)).toBe("😀");
  });

  test("no attachments", () => {
    const m = new Metadata();
    m.want("a");
    expect(request(m, "", "4e")).toBe(Read.DONE);
    expect(request(m, "", "")).toBe(Read.MALFORMED);
    expect(request(m, "", "57905a")).toBe(Read.MALFORMED);
  });

  test("parameter types that are none", () => {
    const m = new Metadata();
    m.want("a");
    expect(request(m, "Ljava/lang/String", "90 485a")).toBe(Read.MALFORMED);
    expect(request(m, "Q", "90 485a")).toBe(Read.MALFORMED);
    expect(request(m, "[", "90 485a")).toBe(Read.MALFORMED);
  });

  test("a part of the frame is incomplete until all that is asked for is there", () => {
    const m = new Metadata();
    const slot = m.want("a");
    expect(request(m, "I", "90 48 0161 0162 5a")).toBe(Read.DONE);
    const frame = kept;
    const n = frame.length;
    for (let part = 16; part < n; part++) {
      m.clear();
      expect(codec.readMetadata(address(frame), part, n, m)).toBe(Read.INCOMPLETE);
    }
    expect(codec.readMetadata(address(frame), n, n, m)).toBe(Read.DONE);
    expect(slotText(m, slot)).toBe("b");
  });
});
