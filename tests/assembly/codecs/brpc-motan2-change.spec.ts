import { BrpcCodec } from "../../../assembly/codecs/brpc/codec";
import { Edits } from "../../../assembly/codecs/edits";
import { Motan2Codec } from "../../../assembly/codecs/motan2/codec";
import { asciiHex, changed, hex32, someEdits } from "./support";

const brpc = new BrpcCodec();
function prpc(meta: string): string {
  const n = meta.length / 2;
  return "50525043" + hex32(n + 3) + hex32(n) + meta + "0a0161";
}
/** An entry of the user fields. */
function u(key: string, value: string): string {
  const k = key.length;
  const v = value.length;
  const head = "4a" + hex32(4 + k + v).substring(6) + "0a" + hex32(k).substring(6);
  return head + asciiHex(key) + "12" + hex32(v).substring(6) + asciiHex(value);
}
const CALL = "0a080a03612e421201671800" + "20b960";

describe("changed user fields, bRPC", () => {
  test("set where there are none, replaced, removed; all else stays as it is", () => {
    expect(changed(brpc, prpc(CALL), someEdits())).toBe(prpc(CALL + u("zone", "z1")));
    const before = CALL + u("a", "1") + u("zone", "old") + "5000" + u("gone", "x") + u("b", "");
    const more = before + u("zone", "older") + "6200";
    const after = CALL + u("a", "1") + "5000" + u("b", "") + "6200" + u("zone", "z1");
    expect(changed(brpc, prpc(more), someEdits())).toBe(prpc(after));
  });

  test("nothing to set", () => {
    const edits = new Edits();
    edits.add("gone", null);
    expect(changed(brpc, prpc(CALL), edits)).toBe(prpc(CALL));
    expect(changed(brpc, prpc(CALL + u("gone", "1")), edits)).toBe(prpc(CALL));
  });

  test("an entry without a key has the empty one", () => {
    const edits = new Edits();
    edits.add("", null);
    expect(changed(brpc, prpc(CALL + "4a00" + "4a03120131"), edits)).toBe(prpc(CALL));
  });

  test("a long value", () => {
    const edits = new Edits();
    const long = "l".repeat(300);
    edits.add("zone", long);
    const entry = "4ab502" + "0a04" + asciiHex("zone") + "12ac02" + asciiHex(long);
    expect(changed(brpc, prpc(CALL), edits)).toBe(prpc(CALL + entry));
  });

  test("malformed ones are refused", () => {
    expect(changed(brpc, prpc(CALL + "4a030a0561"), someEdits())).toBe("");
  });
});

const motan = new Motan2Codec();
function m2(meta: string): string {
  return "f1f1000800000000000000000a" + hex32(meta.length) + asciiHex(meta) + "00000002" + "0102";
}

describe("changed attachments, Motan2", () => {
  test("set where there are none, replaced, removed; all else stays as it is", () => {
    expect(changed(motan, m2("M_m\nget"), someEdits())).toBe(m2("zone\nz1\nM_m\nget"));
    const before = "M_m\nget\nzone\nold\ngone\nx\na\n\nzone\nz0\nb\n";
    expect(changed(motan, m2(before), someEdits())).toBe(m2("zone\nz1\nM_m\nget\na\n\nb\n"));
    expect(changed(motan, m2("M_m\nget\ngone\nx"), someEdits())).toBe(m2("zone\nz1\nM_m\nget"));
    expect(changed(motan, m2(""), someEdits())).toBe(m2("zone\nz1"));
    expect(changed(motan, m2("M_m\nget\nodd"), someEdits())).toBe(m2("zone\nz1\nM_m\nget\nodd"));
  });

  test("nothing to set", () => {
    const edits = new Edits();
    edits.add("gone", null);
    expect(changed(motan, m2("gone\nx"), edits)).toBe(m2(""));
    expect(changed(motan, m2("gone\nx\na\nb"), edits)).toBe(m2("a\nb"));
    expect(changed(motan, m2("a\nb\n"), edits)).toBe(m2("a\nb\n"));
  });

  test("what can't be a line of text is refused", () => {
    const edits = new Edits();
    edits.add("zone", "z1\nM_m\nother");
    expect(changed(motan, m2("M_m\nget"), edits)).toBe("");
    const nameless = new Edits();
    nameless.add("", "x");
    expect(changed(motan, m2("M_m\nget"), nameless)).toBe("");
    expect(changed(motan, m2("\nM_m\nget"), someEdits())).toBe("");
  });
});
