import { Edits } from "../../../assembly/codecs/edits";
import { ThriftCodec } from "../../../assembly/codecs/thrift/codec";
import { asciiHex, changed, hex32, someEdits } from "./support";

const codec = new ThriftCodec();
const GET = "80010001" + hex32(3) + asciiHex("get") + hex32(7) + "00";

function frame(header: string, flags: string = "0000"): string {
  const words = header + "0".repeat((8 - (header.length % 8)) % 8);
  const size = (words.length / 8).toString(16).padStart(4, "0");
  const payload = "0fff" + flags + hex32(9) + size + words + GET;
  return hex32(payload.length / 2) + payload;
}

function pair(key: string, value: string): string {
  const length = value.length.toString(16).padStart(2, "0");
  return key.length.toString(16).padStart(2, "0") + asciiHex(key) + length + asciiHex(value);
}

const ZONE = "0101" + pair("zone", "z1");

describe("changed attachments, THeader", () => {
  test("set where there are none, replaced, removed; all else stays as it is", () => {
    expect(changed(codec, frame("0000"), someEdits())).toBe(frame("0000" + ZONE));
    expect(changed(codec, frame("0000", "0102"), someEdits())).toBe(frame("0000" + ZONE, "0102"));
    const old = pair("a", "1") + pair("zone", "old") + pair("gone", "x") + pair("zone", "older");
    expect(changed(codec, frame("0000" + "0104" + old), someEdits())).toBe(
      frame("0000" + ZONE + "0101" + pair("a", "1")),
    );
    expect(changed(codec, frame("0000" + "0101" + pair("gone", "x")), someEdits())).toBe(
      frame("0000" + ZONE),
    );
  });

  test("persistent ones too; what follows them stays, and is still not read", () => {
    const known = "0101" + pair("a", "1") + "0202" + pair("gone", "x") + pair("b", "2");
    const kept = "0101" + pair("a", "1") + "0201" + pair("b", "2");
    expect(changed(codec, frame("0000" + known), someEdits())).toBe(frame("0000" + ZONE + kept));
    expect(changed(codec, frame("0000" + known + "7f0102"), someEdits())).toBe(
      frame("0000" + ZONE + kept + "7f0102"),
    );
  });

  test("nothing to set, nothing left", () => {
    const edits = new Edits();
    edits.add("gone", null);
    expect(changed(codec, frame("0000" + "0101" + pair("gone", "x")), edits)).toBe(frame("0000"));
  });

  test("a header that would be too long, or is malformed, and other transports can't be changed", () => {
    const edits = new Edits();
    edits.add("long", "l".repeat(262136));
    expect(changed(codec, frame("0000"), edits)).toBe("");
    expect(changed(codec, frame("0000" + "0102" + pair("a", "1")), someEdits())).toBe("");
    expect(changed(codec, frame("000101" + "0101" + pair("a", "1")), someEdits())).toBe("");
    expect(changed(codec, hex32(GET.length / 2) + GET, someEdits())).toBe("");
    expect(changed(codec, GET, someEdits())).toBe("");
  });
});
