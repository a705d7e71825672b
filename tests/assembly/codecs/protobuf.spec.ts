import {
  at,
  headSize,
  length,
  readField,
  readVarint,
  tag,
  tagOf,
  value,
  varintSize,
  Wire,
  writeBytes,
  writeNumber,
  writeVarint,
} from "../../../assembly/codecs/protobuf";
import { address, bytes, hexOf } from "./support";

/** Reads the field that `hex` is; answers how many bytes it has, 0 if it is malformed. */
function read(hex: string): u32 {
  const field = bytes(hex);
  const p = readField(address(field), address(field) + field.length);
  return p == 0 ? 0 : <u32>(p - address(field));
}

describe("protobuf", () => {
  test("fields of each wire type", () => {
    expect(read("08 96 01")).toBe(3);
    expect(tag).toBe(tagOf(1, Wire.VARINT));
    expect(value).toBe(150);
    expect(read("12 03 616263 ff")).toBe(5);
    expect(tag).toBe(tagOf(2, Wire.BYTES));
    expect(hexOf(at, length)).toBe("616263");
    expect(read("19 0100000000000080")).toBe(9);
    expect(value).toBe(0x8000000000000001);
    expect(read("25 ffffffff")).toBe(5);
    expect(value).toBe(0xffffffff);
  });

  test("long tags, and lengths with more bytes than they need", () => {
    expect(read("8a 01 8180 00 61")).toBe(6);
    expect(tag).toBe(tagOf(17, Wire.BYTES));
    expect(length).toBe(1);
    expect(read("f8 ff ff ff 0f 01")).toBe(6);
    expect(tag).toBe(tagOf((1 << 29) - 1, Wire.VARINT));
  });

  test("negative numbers are sign-extended to ten bytes", () => {
    expect(read("08 ffffffffffffffffff01")).toBe(11);
    expect(<i32>value).toBe(-1);
  });

  test("what is malformed is refused", () => {
    const wrong = (
      "0001 0200 0b 0c 0e 0f 08 0880 08ffffffffffffffffffff01 80 f8ffffff1f01 " +
      "12 1201 12ffffffff0f 12ffffffffffffffffff0100 120261 1901000000000000 25010000"
    ).split(" ");
    for (let i = 0; i < wrong.length; i++) expect(read(wrong[i])).toBe(0, wrong[i]);
  });

  test("numbers are written as they are read", () => {
    const out = new StaticArray<u8>(16);
    const p = address(out);
    for (let bit: u64 = 0; bit < 64; bit++) {
      for (let less: u64 = 0; less < 2; less++) {
        const v = ((<u64>1) << bit) - less;
        const end = writeVarint(p, v);
        expect(<u32>(end - p)).toBe(varintSize(v));
        expect(readVarint(p, end)).toBe(end);
        expect(value).toBe(v);
      }
    }
  });

  test("fields are written as they are read", () => {
    const out = new StaticArray<u8>(16);
    const p = address(out);
    expect(hexOf(p, <u32>(writeNumber(p, 4, 300) - p))).toBe("20ac02");
    const text = bytes("616263");
    expect(hexOf(p, <u32>(writeBytes(p, 9, address(text), 3) - p))).toBe("4a03616263");
    expect(headSize(9, 3)).toBe(2);
    expect(headSize(16, 128)).toBe(4);
    expect(hexOf(p, <u32>(writeBytes(p, 16, address(text), 3) - p))).toBe("820103616263");
  });
});
