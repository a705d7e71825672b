import { BoltCodec } from "../../../assembly/codecs/bolt/codec";
import { INCOMPLETE, MALFORMED, Read } from "../../../assembly/codecs/codec";
import { Edits } from "../../../assembly/codecs/edits";
import { Kind, Metadata, Slot } from "../../../assembly/codecs/metadata";
import { address, asciiHex, bytes, changed, hex32, slotText } from "./support";

const codec = new BoltCodec();
const SOFA_REQUEST = "com.alipay.sofa.rpc.core.request.SofaRequest";

function hex16(n: i32): string {
  return n.toString(16).padStart(4, "0");
}
/** A string with a length of four bytes. */
function long(text: string): string {
  return hex32(text.length) + asciiHex(text);
}
/** A short string of Hessian. */
function h(text: string): string {
  return text.length.toString(16).padStart(2, "0") + asciiHex(text);
}
/** A request of version 1; `block` and `content` are hex. */
function request(
  className: string,
  block: string,
  content: string,
  codecByte: string = "01",
): string {
  const lengths = hex16(className.length) + hex16(block.length / 2) + hex32(content.length / 2);
  const head = "01 01 0001 01 00000007 " + codecByte + " 00000bb8" + lengths;
  return head + asciiHex(className) + block + content;
}
function definition(fields: string[]): string {
  let text = "4fbc" + asciiHex(SOFA_REQUEST) + (0x90 + fields.length).toString(16);
  for (let i = 0; i < fields.length; i++) text += h(fields[i]);
  return text + "6f90";
}
const FIELDS = ["targetAppName", "methodName", "targetServiceUniqueName", "requestProps"];
const TARGET = long("sofa_head_target_service") + long("a.B:1.0");
const METHOD = long("sofa_head_method_name") + long("get");

function content(method: string, service: string, props: string): string {
  return definition(FIELDS) + "4e" + h(method) + h(service) + props;
}

/** Properties with these entries, the second ones in the baggage. */
function props(zone: string, baggage: string): string {
  const outer = "4d" + h("app") + h("x") + zone + h("rpc_req_baggage");
  return outer + "4d" + baggage + h("n") + "91" + "7a" + "7a" + "56";
}
function sofaHex(block: string, props: string): string {
  return request(SOFA_REQUEST, block, content("get", "a.B:1.0", props)).replaceAll(" ", "");
}
/** A frame of version 2 without class, block and content. */
function empty2(start: string, on: string): i64 {
  const frame = bytes(start + "01 0001 01 00000007 01" + on + "00000bb8 0000 0000 00000000");
  return codec.measure(address(frame), 24);
}

let last = new Metadata();
function read(hex: string, want: string = "user"): Read {
  const frame = bytes(hex);
  const m = new Metadata();
  m.want(want);
  last = m;
  const n = <u32>frame.length;
  expect(codec.measure(address(frame), n)).toBe(n);
  if (codec.readHead(address(frame), n, m) != Read.DONE) return Read.MALFORMED;
  return codec.readMetadata(address(frame), n, n, m);
}

describe("Bolt", () => {
  test("what can't begin a frame is known from the first bytes on", () => {
    expect(codec.measure(address(bytes("00")), 1)).toBe(MALFORMED);
    expect(codec.measure(address(bytes("03")), 1)).toBe(MALFORMED);
    expect(codec.measure(address(bytes("0200")), 2)).toBe(MALFORMED);
    expect(codec.measure(address(bytes("0203")), 2)).toBe(MALFORMED);
    expect(codec.measure(address(bytes("0103")), 2)).toBe(MALFORMED);
    expect(codec.measure(address(bytes("020203")), 3)).toBe(MALFORMED);
    expect(codec.measure(address(bytes("0202")), 2)).toBe(INCOMPLETE);
  });

  test("lengths that Java reads as negative are malformed", () => {
    const head = "01 01 0001 01 00000007 01 00000bb8";
    expect(codec.measure(address(bytes(head + "8000 0000 00000000")), 22)).toBe(MALFORMED);
    expect(codec.measure(address(bytes(head + "0000 8000 00000000")), 22)).toBe(MALFORMED);
    expect(codec.measure(address(bytes(head + "0000 0000 80000000")), 22)).toBe(MALFORMED);
    expect(codec.measure(address(bytes(head + "7fff 7fff 7fffffff")), 22)).toBe(22 + 0x8000fffd);
  });

  test("the CRC is a matter of code, version and switch", () => {
    expect(empty2("0202", "01")).toBe(28);
    expect(empty2("0202", "00")).toBe(24);
    expect(empty2("0202", "fe")).toBe(24);
    expect(empty2("0201", "01")).toBe(24);
  });

  test("a header block that is no pairs has no attachments, unless SOFARPC's server reads it", () => {
    expect(read(request("a.B", "0000000475736572000000ff", ""))).toBe(Read.DONE);
    expect(slotText(last, Slot.ATTACHMENTS)).toBe("(none)");
    expect(slotText(last, Slot.PARAMETER_TYPES)).toBe("a.B");
    const broken = TARGET + METHOD + "00";
    expect(read(request(SOFA_REQUEST, broken, content("get", "a.B:1.0", "4e")))).toBe(
      Read.MALFORMED,
    );
  });

  test("a null is left out, as Java does: an earlier value counts", () => {
    const user = asciiHex("user");
    const alice = "00000004" + user + long("alice");
    expect(read(request("a.B", alice + "00000004" + user + "ffffffff", ""))).toBe(Read.DONE);
    expect(slotText(last, Slot.ATTACHMENTS)).toBe("alice");
    expect(read(request("a.B", alice + "ffffffff" + long("x"), ""))).toBe(Read.DONE);
    expect(slotText(last, Slot.ATTACHMENTS)).toBe("alice");
  });

  test("commands that nobody knows, or not there, are refused; MOSN's goodbye is an event", () => {
    const frame = (start: string): string => start + "01 00000007 01 00000bb8 0000 0000 00000000";
    expect(read(frame("01 01 0003"))).toBe(Read.MALFORMED);
    expect(read(frame("01 01 0002"))).toBe(Read.MALFORMED);
    expect(read(frame("01 01 0064"))).toBe(Read.DONE);
    expect(last.kind).toBe(Kind.EVENT);
    expect(read(frame("01 02 0000"))).toBe(Read.DONE);
    expect(last.kind).toBe(Kind.HEARTBEAT);
  });
});

describe("SOFARPC on Bolt", () => {
  test("service and method, from the block or from the content", () => {
    const full = content("get", "a.B:1.0", "4e");
    expect(read(request(SOFA_REQUEST, TARGET + METHOD, full))).toBe(Read.DONE);
    expect(slotText(last, Slot.SERVICE)).toBe("a.B:1.0");
    expect(slotText(last, Slot.METHOD)).toBe("get");
    expect(read(request(SOFA_REQUEST, "", full))).toBe(Read.DONE);
    expect(slotText(last, Slot.SERVICE)).toBe("a.B:1.0");
    expect(slotText(last, Slot.METHOD)).toBe("get");
    // Only Hessian is read; others have it in the block.
    expect(read(request(SOFA_REQUEST, TARGET + METHOD, "ff", "0b"))).toBe(Read.DONE);
    expect(slotText(last, Slot.METHOD)).toBe("get");
  });

  test("the block's `service` comes before the target service, as for its server", () => {
    const both = long("service") + long("c.D") + TARGET + METHOD;
    expect(read(request(SOFA_REQUEST, both, content("get", "a.B:1.0", "4e")))).toBe(Read.DONE);
    expect(slotText(last, Slot.SERVICE)).toBe("c.D");
    // To others it is an attachment like any other.
    expect(read(request("x.Y", long("service") + long("c.D"), ""), "service")).toBe(Read.DONE);
    expect(slotText(last, Slot.SERVICE)).toBe("(none)");
    expect(slotText(last, Slot.ATTACHMENTS)).toBe("c.D");
  });

  test("who names two methods, or a blank service, is refused", () => {
    const other = content("drop", "a.B:1.0", "4e");
    expect(read(request(SOFA_REQUEST, TARGET + METHOD, other))).toBe(Read.MALFORMED);
    const reason = String.UTF8.decodeUnsafe(last.errorMessage, last.errorMessageLength);
    expect(reason.includes("different methods")).toBe(true);
    const twice = definition(["methodName", "targetServiceUniqueName", "methodName"]);
    const values = h("get") + h("a.B:1.0") + h("drop");
    expect(read(request(SOFA_REQUEST, TARGET + METHOD, twice + values))).toBe(Read.MALFORMED);
    const blank = long("service") + long("  ") + TARGET + METHOD;
    expect(read(request(SOFA_REQUEST, blank, content("get", "a.B:1.0", "4e")))).toBe(
      Read.MALFORMED,
    );
    const another = definition(["methodName", "targetServiceUniqueName"]).replace("6f90", "6f91");
    expect(read(request(SOFA_REQUEST, TARGET + METHOD, another + values))).toBe(Read.MALFORMED);
  });

  test("fields in another order are found, and what lies before them is skipped", () => {
    const fields = definition(["requestProps", "targetServiceUniqueName", "methodName"]);
    const lists = "4d" + h("a") + "566e02" + "90" + "91" + "7a" + h("b") + "7674007862" + "7a";
    const props =
      "4d" + h("a") + "56" + "7400015b" + "6e02" + "90" + "77" + "00000001" + "7a" + "7a";
    expect(read(request(SOFA_REQUEST, "", fields + props + h("a.B") + h("get")))).toBe(Read.DONE);
    expect(slotText(last, Slot.METHOD)).toBe("get");
    expect(read(request(SOFA_REQUEST, "", fields + lists + h("a.B") + h("get")))).toBe(
      Read.MALFORMED,
    );
  });

  test("what is changed in the block is removed from the content, baggage too", () => {
    const edits = new Edits();
    edits.add("rpc_req_baggage.user", null);
    edits.add("zone", "y");
    const block = TARGET + METHOD;
    const user = long("rpc_req_baggage.user");
    const zone = long("zone");
    const before = props(h("zone") + h("z"), h("user") + h("eve"));
    expect(
      changed(codec, sofaHex(zone + long("z") + block + user + long("eve"), before), edits),
    ).toBe(sofaHex(block + zone + long("y"), props("", "")));
    expect(changed(codec, sofaHex(block, "4e"), edits)).toBe(
      sofaHex(block + zone + long("y"), "4e"),
    );
  });

  test("baggage is not set: its server would not find it", () => {
    const edits = new Edits();
    edits.add("rpc_req_baggage.user", "bob");
    expect(changed(codec, sofaHex(TARGET + METHOD, "4e"), edits)).toBe("");
  });

  test("a property that later values may refer to is not removed: the request is refused", () => {
    const edits = new Edits();
    edits.add("rpc_req_baggage.user", null);
    edits.add("zone", null);
    const hex = (props: string): string =>
      request(SOFA_REQUEST, TARGET + METHOD, content("get", "a.B:1.0", "4d" + props + "7a"));
    expect(changed(codec, hex(h("rpc_req_baggage") + "4a00"), edits)).toBe("");
    expect(changed(codec, hex(h("zone") + "4d7a"), edits)).toBe("");
    expect(changed(codec, hex(h("rpc_req_baggage") + "4d" + h("user") + "4a007a"), edits)).toBe("");
    expect(changed(codec, hex(h("other") + "4a00"), edits).length).toBeGreaterThan(0);
  });

  test("a block that would be too long, or a wrong CRC, is refused", () => {
    const edits = new Edits();
    edits.add("a", "b".repeat(30000));
    const frame = (n: i32): string => request("a.B", long("c") + long("d".repeat(n)), "");
    expect(changed(codec, frame(2740), edits).length).toBeGreaterThan(0);
    expect(changed(codec, frame(2760), edits)).toBe("");
    const sealed = "0202 01 0001 01 00000007 01 01 00000bb8 0000 0000 00000000 00000000";
    expect(changed(codec, sealed, edits)).toBe("");
  });
});
