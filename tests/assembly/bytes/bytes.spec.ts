import { Bytes } from "../../../assembly/bytes/buffer";
import { hash64 } from "../../../assembly/bytes/hash";
import { load16, load32, load64, store16, store32, store64 } from "../../../assembly/bytes/order";
import { sameBytes } from "../../../assembly/bytes/same";
import { address, bytes, hexOf } from "../codecs/support";

describe("big-endian numbers", () => {
  test("are read as they are written", () => {
    const b = address(bytes("0102030405060708"));
    expect(load16(b)).toBe(0x0102);
    expect(load32(b)).toBe(0x01020304);
    expect(load64(b)).toBe(0x0102030405060708);
    store16(b, 0xfffe);
    store32(b + 2, 0xfedcba98);
    expect(hexOf(b, 8)).toBe("fffefedcba980708");
    store64(b, 0x8000000000000001);
    expect(hexOf(b, 8)).toBe("8000000000000001");
  });
});

describe("Bytes", () => {
  test("grow, and keep what they had", () => {
    const b = new Bytes();
    for (let i = 0; i < 5_000; i++) {
      store<u8>(b.reserve(1), <u8>i);
      b.length++;
    }
    expect(b.length).toBe(5_000);
    for (let i = 0; i < 5_000; i++) assert(load<u8>(b.at + i) == <u8>i);
    b.release();
    expect(b.at).toBe(0);
  });

  test("drop from the front", () => {
    const b = new Bytes();
    b.append(address(bytes("0102030405")), 5);
    b.drop(2);
    expect(hexOf(b.at, <u32>b.length)).toBe("030405");
    b.drop(0);
    expect(b.length).toBe(3);
    b.drop(9);
    expect(b.length).toBe(0);
    b.append(0, 0);
    expect(b.length).toBe(0);
    b.release();
  });

  test("give large memory back when they are emptied, and keep small memory", () => {
    const b = new Bytes();
    b.reserve(100);
    b.length = 100;
    b.clear();
    expect(b.at).not.toBe(0);
    b.reserve(100_000);
    b.length = 100_000;
    b.clear();
    expect(b.at).toBe(0);
  });
});

describe("sameBytes and hash64", () => {
  test("zeros of different lengths, and changes of several words, have different hashes", () => {
    const zeros = new StaticArray<u8>(64);
    const p = address(zeros);
    const seen: u64[] = [];
    for (let n = 0; n <= 64; n++) {
      const hash = hash64(p, n);
      expect(seen.includes(hash)).toBe(false, n.toString());
      seen.push(hash);
    }
    // The highest bits of two words must not make up for each other.
    zeros[0] = zeros[8] = 0x80;
    expect(seen.includes(hash64(p, 64))).toBe(false);
  });

  test("see each byte, for any length and place", () => {
    const a = new StaticArray<u8>(200);
    const b = new StaticArray<u8>(200);
    for (let i = 0; i < 200; i++) a[i] = b[i] = <u8>(i * 7);
    for (let n = 0; n < 100; n++) {
      const p = address(a) + (n & 7);
      const q = address(b) + (n & 7);
      expect(sameBytes(p, q, n)).toBe(true, n.toString());
      expect(hash64(p, n)).toBe(hash64(q, n));
      for (let i = 0; i < n; i++) {
        store<u8>(q + i, load<u8>(q + i) ^ 1);
        assert(!sameBytes(p, q, n), "length " + n.toString() + ", byte " + i.toString());
        assert(hash64(p, n) != hash64(q, n), "hash of " + n.toString());
        store<u8>(q + i, load<u8>(q + i) ^ 1);
      }
      assert(hash64(q, n) != hash64(q, n + 1), "a byte more");
      // What lies beside does not count.
      store<u8>(q + n, load<u8>(q + n) ^ 1);
      expect(sameBytes(p, q, n)).toBe(true);
      store<u8>(q + n, load<u8>(q + n) ^ 1);
    }
  });
});
