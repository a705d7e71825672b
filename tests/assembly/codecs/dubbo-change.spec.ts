import { DubboCodec } from "../../../assembly/codecs/dubbo/codec";
import { Edits } from "../../../assembly/codecs/edits";
import { Metadata } from "../../../assembly/codecs/metadata";
import { address, asciiHex, bytes, hex32, hexOf } from "./support";

const codec = new DubboCodec();
const HESSIAN2 = "c2";
const FASTJSON2 = "d7";

function frame(flags: string, body: string): StaticArray<u8> {
  return bytes("dabb" + flags + "00" + "0000000000000007" + hex32(body.length / 2) + body);
}

/** The body that becomes of `body`, "" if it can't be changed. */
function changed(flags: string, body: string, edits: Edits): string {
  const request = frame(flags, body);
  const m = new Metadata();
  codec.readHead(address(request), request.length, m);
  const limit = request.length + codec.changeLimit(edits);
  const out = new StaticArray<u8>(limit);
  const n = codec.change(address(request), request.length, m, edits, address(out));
  if (n == 0) return "";
  assert(n <= <u32>limit, "it writes more than it may");
  expect(hexOf(address(out), 16)).toBe("dabb" + flags + "00" + "0000000000000007" + hex32(n - 16));
  return hexOf(address(out) + 16, n - 16);
}

function some(): Edits {
  const edits = new Edits();
  edits.add("zone", "z1");
  edits.add("gone", null);
  return edits;
}

/** A short string of Hessian 2. */
function h(text: string): string {
  return text.length.toString(16).padStart(2, "0") + asciiHex(text);
}
/** What `change` writes: strings with a length of two bytes. */
function set(text: string): string {
  return "53" + text.length.toString(16).padStart(4, "0") + asciiHex(text);
}

const CALL = h("2.0.2") + h("a.B") + h("1.0") + h("get") + h("I") + "91";
const ZONE = set("zone") + set("z1");

describe("changed attachments, Hessian 2", () => {
  test("set where there are none, replaced, removed; others stay as they are", () => {
    expect(changed(HESSIAN2, CALL + "4e", some())).toBe(CALL + "48" + ZONE + "5a");
    expect(changed(HESSIAN2, CALL + "485a", some())).toBe(CALL + "48" + ZONE + "5a");
    const kept = h("a") + "91" + h("b") + "4e";
    const old = "48" + h("zone") + h("old") + kept + h("gone") + "54" + h("zone") + "90" + "5a";
    expect(changed(HESSIAN2, CALL + old, some())).toBe(CALL + "48" + kept + ZONE + "5a");
    const typed = "4d" + h("java.util.HashMap");
    expect(changed(HESSIAN2, CALL + typed + kept + "5a", some())).toBe(
      CALL + typed + kept + ZONE + "5a",
    );
  });

  test("a value that others may refer to is not taken away, but may stay", () => {
    const list = "79" + "91"; // of one
    expect(changed(HESSIAN2, CALL + "48" + h("gone") + list + "5a", some())).toBe("");
    expect(changed(HESSIAN2, CALL + "48" + h("kept") + list + "5a", some())).toBe(
      CALL + "48" + h("kept") + list + ZONE + "5a",
    );
  });

  test("a body that can't be read is not changed", () => {
    expect(changed(HESSIAN2, CALL, some())).toBe("");
    expect(changed(HESSIAN2, CALL + "48" + h("a"), some())).toBe("");
    expect(changed("c3", CALL + "4e", some())).toBe("");
  });
});

/** A string of JSONB, and a part: a length and a value. */
function j(text: string): string {
  return (0x49 + text.length).toString(16) + asciiHex(text);
}
function part(value: string): string {
  return hex32(value.length / 2) + value;
}
function jset(text: string): string {
  return "7948" + hex32(text.length) + asciiHex(text);
}

const JCALL =
  part(j("2.0.2")) + part(j("a.B")) + part(j("1.0")) + part(j("get")) + part(j("I")) + part("01");
const JZONE = jset("zone") + jset("z1");

describe("changed attachments, fastjson2", () => {
  test("set where there are none, replaced, removed; others stay as they are", () => {
    expect(changed(FASTJSON2, JCALL + part("af"), some())).toBe(JCALL + part("a6" + JZONE + "a5"));
    const kept = j("a") + "01" + j("b") + "af";
    const old = "a6" + j("gone") + "94" + "01" + "01" + kept + j("zone") + j("old") + "a5";
    expect(changed(FASTJSON2, JCALL + part(old), some()).startsWith(JCALL)).toBe(true);
    const plain = "a6" + j("gone") + "b1" + kept + j("zone") + j("old") + "a5";
    expect(changed(FASTJSON2, JCALL + part(plain), some())).toBe(
      JCALL + part("a6" + kept + JZONE + "a5"),
    );
  });

  test("names that are symbols are not searched: the request is not changed", () => {
    const symbol = "a6" + "7f" + j("gone") + "01" + "01" + "a5";
    expect(changed(FASTJSON2, JCALL + part(symbol), some())).toBe("");
  });
});
