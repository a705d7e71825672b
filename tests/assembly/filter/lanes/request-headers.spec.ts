import { Bytes } from "../../../../assembly/bytes/buffer";
import { Metadata, Slot } from "../../../../assembly/codecs/metadata";
import { RouteKeys } from "../../../../assembly/filter/keys";
import {
  writeData,
  writeEndStream,
  writeRequestHeaders,
} from "../../../../assembly/filter/lanes/request-headers";
import { frameFlags, frameLength, frameStream, frameType } from "../../../../assembly/http2/frame";
import { asciiHex, hexOf } from "../../codecs/support";
import { set } from "./support";

const AUTHORITY = String.UTF8.encode("host.example");

/** The request headers for this service, method and user, as text with the bytes as Latin-1. */
function headers(service: string, method: string, user: string, maxFrame: u32): string {
  const m = new Metadata();
  const keys = new RouteKeys(["service", "method", "attachment.User_1.X"], m);
  set(m, Slot.SERVICE, service);
  if (method != "-") set(m, Slot.METHOD, method);
  set(m, keys.slots[2], user);
  const to = new Bytes();
  writeRequestHeaders(to, 9, 1234, m, keys, AUTHORITY, maxFrame);
  let text = "";
  let at = to.at;
  const end = to.at + to.length;
  for (let first = true; at < end; first = false) {
    expect(frameType(at)).toBe(first ? 1 : 9, "HEADERS, then CONTINUATION");
    expect(frameStream(at)).toBe(9);
    const n = frameLength(at);
    assert(n > 0 && n <= maxFrame);
    expect(frameFlags(at)).toBe(at + 9 + n == end ? 4 : 0, "END_HEADERS on the last only");
    for (let i: u32 = 0; i < n; i++) text += String.fromCharCode(load<u8>(at + 9 + i));
    at += 9 + n;
  }
  to.release();
  return text;
}

describe("the headers of a lane", () => {
  test("method, scheme, path, authority, then the keys and the number for the weights", () => {
    const text = headers("a.B", "get", "u", 16384);
    expect(text).toBe(
      "\x83\x86" +
        ("\x04\x08/a.B/get" + "\x01\x0chost.example") +
        ("\x00\x0fx-argot-service\x03a.B" + "\x00\x0ex-argot-method\x03get") +
        ("\x00\x1bx-argot-attachment-user_1.x\x01u" + "\x00\x0ex-argot-random\x041234"),
    );
  });

  test("in the path, what may not stand in a segment is escaped", () => {
    expect(
      headers("a/b?c#d%e", "é \x01", "u", 16384).includes("/a%2Fb%3Fc%23d%25e/%C3%A9%20%01"),
    ).toBe(true);
    expect(headers("~!$&'()*+,;=:@-._", "m", "u", 16384).includes("/~!$&'()*+,;=:@-._/m")).toBe(
      true,
    );
    const absent = headers("a.B", "-", "u", 16384);
    expect(absent.includes("\x04\x05/a.B/\x01")).toBe(true);
    expect(absent.includes("x-argot-method")).toBe(false);
  });

  test("in headers, only what HTTP/2 forbids is escaped", () => {
    expect(headers("s", "m", " a b\r\n\x7f ", 16384).includes("%20a b%0D%0A%7F%20")).toBe(true);
    expect(headers("s", "m", "50% é", 16384).includes("50% \xc3\xa9")).toBe(true);
    expect(headers("s", "m", "", 16384).includes("user_1.x\x00\x00")).toBe(true);
  });

  test("what is not routed on is in none, and names keep to the characters of HTTP/2", () => {
    const m = new Metadata();
    const keys = new RouteKeys(["version", "attachment.a b/É"], m);
    set(m, Slot.SERVICE, "secret");
    set(m, Slot.METHOD, "hidden");
    set(m, Slot.VERSION, "1");
    set(m, keys.slots[1], "v");
    const to = new Bytes();
    writeRequestHeaders(to, 1, 1234, m, keys, AUTHORITY, 16384);
    expect(hexOf(to.at + 9, <u32>to.length - 9)).toBe(
      "8386" +
        "0402" +
        asciiHex("//") +
        "010c" +
        asciiHex("host.example") +
        ("000f" + asciiHex("x-argot-version") + "01" + asciiHex("1")) +
        ("0018" + asciiHex("x-argot-attachment-a-b--") + "01" + asciiHex("v")) +
        ("000e" + asciiHex("x-argot-random") + "04" + asciiHex("1234")),
    );
    to.release();
  });

  test("a block longer than a frame is continued", () => {
    const whole = headers("s", "m", "x".repeat(1000), 16384);
    expect(headers("s", "m", "x".repeat(1000), 100)).toBe(whole);
    expect(headers("s", "m", "x".repeat(1000), <u32>whole.length)).toBe(whole);
  });
});

describe("DATA", () => {
  test("is cut where a frame may not be longer", () => {
    const to = new Bytes();
    const bytes = String.UTF8.encode("0123456789");
    const p = changetype<usize>(bytes);
    writeData(to, 3, p, 10, 4);
    expect(hexOf(to.at, <u32>to.length)).toBe(
      "000004000000000003" +
        "30313233" +
        ("000004000000000003" + "34353637") +
        ("000002000000000003" + "3839"),
    );
    to.clear();
    writeData(to, 3, p, 0, 4);
    expect(to.length).toBe(0);
    to.release();
  });

  test("that is empty ends a stream", () => {
    const to = new Bytes();
    writeEndStream(to, 0x7fffffff);
    expect(hexOf(to.at, <u32>to.length)).toBe("000000" + "00" + "01" + "7fffffff");
    to.release();
  });
});
