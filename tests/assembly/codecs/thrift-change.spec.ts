import { Edits } from "../../../assembly/codecs/edits";
import { Metadata } from "../../../assembly/codecs/metadata";
import { ThriftCodec } from "../../../assembly/codecs/thrift/codec";
import { address, asciiHex, bytes, hex32, hexOf } from "./support";

const codec = new ThriftCodec();
const GET = "80010001" + hex32(3) + asciiHex("get") + hex32(7) + "00";

function frame(header: string, flags: string = "0000"): string {
  const words = header + "0".repeat((8 - (header.length % 8)) % 8);
  const size = (words.length / 8).toString(16).padStart(4, "0");
  const payload = "0fff" + flags + hex32(9) + size + words + GET;
  return hex32(payload.length / 2) + payload;
}

/** The frame that becomes of `hex`, "" if it can't be changed. */
function changed(hex: string, edits: Edits): string {
  const request = bytes(hex);
  const m = new Metadata();
  codec.readHead(address(request), request.length, m);
  const limit = request.length + codec.changeLimit(edits);
  const out = new StaticArray<u8>(limit);
  const n = codec.change(address(request), request.length, m, edits, address(out));
  assert(n <= <u32>limit, "it writes more than it may");
  return hexOf(address(out), n);
}

function pair(key: string, value: string): string {
  const length = value.length.toString(16).padStart(2, "0");
  return key.length.toString(16).padStart(2, "0") + asciiHex(key) + length + asciiHex(value);
}

function some(): Edits {
  const edits = new Edits();
  edits.add("zone", "z1");
  edits.add("gone", null);
  return edits;
}

const ZONE = "0101" + pair("zone", "z1");

describe("changed attachments, THeader", () => {
  test("set where there are none, replaced, removed; all else stays as it is", () => {
    expect(changed(frame("0000"), some())).toBe(frame("0000" + ZONE));
    expect(changed(frame("0000", "0102"), some())).toBe(frame("0000" + ZONE, "0102"));
    const old = pair("a", "1") + pair("zone", "old") + pair("gone", "x") + pair("zone", "older");
    expect(changed(frame("0000" + "0104" + old), some())).toBe(
      frame("0000" + ZONE + "0101" + pair("a", "1")),
    );
    expect(changed(frame("0000" + "0101" + pair("gone", "x")), some())).toBe(frame("0000" + ZONE));
  });

  test("persistent ones too; what follows them stays, and is still not read", () => {
    const known = "0101" + pair("a", "1") + "0202" + pair("gone", "x") + pair("b", "2");
    const kept = "0101" + pair("a", "1") + "0201" + pair("b", "2");
    expect(changed(frame("0000" + known), some())).toBe(frame("0000" + ZONE + kept));
    expect(changed(frame("0000" + known + "7f0102"), some())).toBe(
      frame("0000" + ZONE + kept + "7f0102"),
    );
  });

  test("nothing to set, nothing left", () => {
    const edits = new Edits();
    edits.add("gone", null);
    expect(changed(frame("0000" + "0101" + pair("gone", "x")), edits)).toBe(frame("0000"));
  });

  test("a header that would be too long, or is malformed, and other transports can't be changed", () => {
    const edits = new Edits();
    edits.add("long", "l".repeat(262136));
    expect(changed(frame("0000"), edits)).toBe("");
    expect(changed(frame("0000" + "0102" + pair("a", "1")), some())).toBe("");
    expect(changed(frame("000101" + "0101" + pair("a", "1")), some())).toBe("");
    expect(changed(hex32(GET.length / 2) + GET, some())).toBe("");
    expect(changed(GET, some())).toBe("");
  });
});
