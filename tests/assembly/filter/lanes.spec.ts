import { Bytes } from "../../../assembly/bytes/buffer";
import { hash64 } from "../../../assembly/bytes/hash";
import { Metadata, Slot } from "../../../assembly/codecs/metadata";
import { RouteKeys } from "../../../assembly/filter/keys";
import { Lane } from "../../../assembly/filter/lanes/lane";
import { LaneTable } from "../../../assembly/filter/lanes/lane-table";
import { writeData, writeRequestHeaders } from "../../../assembly/filter/lanes/request-headers";
import { buildKey, KEY_AT, keyMatches } from "../../../assembly/filter/lanes/routing-key";
import { frameFlags, frameLength, frameStream, frameType } from "../../../assembly/http2/frame";
import { hexOf } from "../codecs/support";

const kept: ArrayBuffer[] = [];
function set(m: Metadata, slot: u32, text: string): void {
  const utf8 = String.UTF8.encode(text);
  kept.push(utf8);
  m.set(slot, changetype<usize>(utf8), utf8.byteLength);
}

function newLane(stream: u32, key: string): Lane {
  const lane = new Lane();
  const utf8 = String.UTF8.encode(key);
  lane.stream = stream;
  lane.key.append(changetype<usize>(utf8), utf8.byteLength);
  lane.hash = hash64(lane.key.at, lane.key.length);
  return lane;
}

function find(table: LaneTable, key: string): Lane | null {
  const utf8 = String.UTF8.encode(key);
  const p = changetype<usize>(utf8);
  return table.ofKey(hash64(p, utf8.byteLength), p, utf8.byteLength);
}

describe("the lanes of a connection", () => {
  test("are found by stream and by key until they are removed", () => {
    const table = new LaneTable();
    const a = newLane(1, "a");
    const b = newLane(3, "b");
    table.add(a);
    table.add(b);
    expect(table.count).toBe(2);
    expect(table.ofStream(1) === a).toBe(true);
    expect(table.ofStream(3) === b).toBe(true);
    expect(table.ofStream(5) === null).toBe(true);
    expect(find(table, "b") === b).toBe(true);
    expect(find(table, "c") === null).toBe(true);
    table.remove(a);
    expect(table.ofStream(1) === null).toBe(true);
    expect(find(table, "a") === null).toBe(true);
    expect(table.first === b).toBe(true);
    table.release();
  });

  test("a retired lane is found by its stream only, and gives its key to its successor", () => {
    const table = new LaneTable();
    const old = newLane(1, "k");
    table.add(old);
    table.withdraw(old);
    table.withdraw(old);
    expect(find(table, "k") === null).toBe(true);
    const next = newLane(3, "k");
    table.add(next);
    expect(find(table, "k") === next).toBe(true);
    expect(table.ofStream(1) === old).toBe(true);
    table.remove(old);
    expect(find(table, "k") === next).toBe(true);
    table.release();
  });

  test("keys are compared, not only their hashes", () => {
    const table = new LaneTable();
    const lane = newLane(1, "right");
    table.add(lane);
    const other = String.UTF8.encode("wrong");
    expect(table.ofKey(lane.hash, changetype<usize>(other), other.byteLength) === null).toBe(true);
    table.release();
  });

  test("the one that was idle longest is given up first, none that waits or was just used", () => {
    const table = new LaneTable();
    for (let i: u32 = 0; i < 4; i++) {
      const lane = newLane(2 * i + 1, i.toString());
      lane.used = 100 + i;
      table.add(lane);
    }
    table.ofStream(1)!.waiting.add(7, 1);
    expect(table.oldestIdle(1_050) === null).toBe(true, "oneway requests may be on their way");
    expect(table.oldestIdle(5_000)!.stream).toBe(3);
    table.remove(table.ofStream(3)!);
    expect(table.oldestIdle(5_000)!.stream).toBe(5);
    table.release();
  });

  test("a changed initial window widens or narrows all", () => {
    const table = new LaneTable();
    table.add(newLane(1, "a"));
    table.add(newLane(3, "b"));
    table.ofStream(1)!.window = 10;
    table.widen(-100);
    expect(table.ofStream(1)!.window).toBe(-90);
    expect(table.ofStream(3)!.window).toBe(65535 - 100);
    table.release();
  });
});

describe("the routing key", () => {
  test("tells values, their order and their absence apart", () => {
    const m = new Metadata();
    const keys = new RouteKeys(["service", "method", "attachment.user"], m);
    const user = keys.slots[2];
    const seen: string[] = [];
    const texts = ["", "a", "ab", "b"];
    for (let s = -1; s < texts.length; s++) {
      for (let n = -1; n < texts.length; n++) {
        for (let u = -1; u < texts.length; u++) {
          m.clear();
          if (s >= 0) set(m, Slot.SERVICE, texts[s]);
          if (n >= 0) set(m, Slot.METHOD, texts[n]);
          if (u >= 0) set(m, user, texts[u]);
          const length = buildKey(m, keys.slots, 100);
          const key = hexOf(KEY_AT, <u32>length);
          expect(seen.includes(key)).toBe(false, key);
          seen.push(key);
          const lane = new Lane();
          lane.key.append(KEY_AT, length);
          expect(keyMatches(lane, m, keys.slots)).toBe(true);
          set(m, Slot.METHOD, "other");
          expect(keyMatches(lane, m, keys.slots)).toBe(false);
          lane.release();
        }
      }
    }
    expect(seen.length).toBe(125);
  });

  test("is refused when its values are too long, together or alone", () => {
    const m = new Metadata();
    const keys = new RouteKeys(["service", "method"], m);
    set(m, Slot.SERVICE, "x".repeat(60));
    set(m, Slot.METHOD, "y".repeat(40));
    expect(buildKey(m, keys.slots, 100)).not.toBe(0);
    expect(buildKey(m, keys.slots, 99)).toBe(0);
    m.set(Slot.METHOD, KEY_AT, u32.MAX_VALUE);
    expect(buildKey(m, keys.slots, 100)).toBe(0);
  });

  test("without any key to route on, all requests have the same", () => {
    const m = new Metadata();
    const keys = new RouteKeys([], m);
    const length = buildKey(m, keys.slots, 100);
    expect(length).not.toBe(0);
    const lane = new Lane();
    lane.key.append(KEY_AT, length);
    set(m, Slot.SERVICE, "any");
    expect(keyMatches(lane, m, keys.slots)).toBe(true);
    lane.release();
  });
});

const AUTHORITY = String.UTF8.encode("host.example");

/** The request headers for this service, method and user, as text with the bytes as Latin-1. */
function headers(service: string, method: string, user: string, maxFrame: u32): string {
  const m = new Metadata();
  const keys = new RouteKeys(["service", "method", "attachment.User_1.X"], m);
  set(m, Slot.SERVICE, service);
  if (method != "-") set(m, Slot.METHOD, method);
  set(m, keys.slots[2], user);
  const to = new Bytes();
  writeRequestHeaders(to, 9, m, keys, AUTHORITY, maxFrame);
  let text = "";
  let at = to.at;
  const end = to.at + to.length;
  for (let first = true; at < end; first = false) {
    expect(frameType(at)).toBe(first ? 1 : 9, "HEADERS, then CONTINUATION");
    expect(frameStream(at)).toBe(9);
    const n = frameLength(at);
    assert(n <= maxFrame);
    expect(frameFlags(at)).toBe(at + 9 + n == end ? 4 : 0, "END_HEADERS on the last only");
    for (let i: u32 = 0; i < n; i++) text += String.fromCharCode(load<u8>(at + 9 + i));
    at += 9 + n;
  }
  to.release();
  return text;
}

describe("the headers of a lane", () => {
  test("method, scheme, path, authority, then the keys", () => {
    const text = headers("a.B", "get", "u", 16384);
    expect(text).toBe(
      "\x83\x86" +
        ("\x04\x08/a.B/get" + "\x01\x0chost.example") +
        ("\x00\x0fx-argot-service\x03a.B" + "\x00\x0ex-argot-method\x03get") +
        "\x00\x1bx-argot-attachment-user_1.x\x01u",
    );
  });

  test("in the path, what may not stand in a segment is escaped", () => {
    expect(
      headers("a/b?c#d%e", "é \x01", "u", 16384).includes("/a%2Fb%3Fc%23d%25e/%C3%A9%20%01"),
    ).toBe(true);
    expect(headers("~!$&'()*+,;=:@-._", "m", "u", 16384).includes("/~!$&'()*+,;=:@-._/m")).toBe(
      true,
    );
    expect(headers("a.B", "-", "u", 16384).includes("\x04\x05/a.B/\x01")).toBe(true);
  });

  test("in headers, only what HTTP/2 forbids is escaped", () => {
    expect(headers("s", "m", " a b\r\n\x7f ", 16384).includes("%20a b%0D%0A%7F%20")).toBe(true);
    expect(headers("s", "m", "50% é", 16384).includes("50% \xc3\xa9")).toBe(true);
    expect(headers("s", "m", "", 16384).endsWith("user_1.x\x00")).toBe(true);
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
});
