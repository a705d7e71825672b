/** The host's own pieces, against the documents that they follow. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Result } from "./abi.js";
import { HostBuffer } from "./buffer.js";
import { decodeFilterState } from "./filter-state.js";
import { decodeHeaders, encodeHeaders } from "./hpack.js";

test("a buffer is replaced whole, prepended to or appended to, and nothing else", () => {
  const b = new HostBuffer(Buffer.from("abc"));
  assert.equal(b.set(0, 2, Buffer.from("x")), Result.BadArgument);
  assert.equal(b.set(1, 1, Buffer.from("x")), Result.BadArgument);
  assert.equal(b.set(0, 0, Buffer.from("<")), Result.Ok);
  assert.equal(b.set(4, 0, Buffer.from(">")), Result.Ok);
  assert.equal(b.bytes.toString(), "<abc>");
  assert.equal(b.set(0, 5, Buffer.from("new")), Result.Ok);
  assert.equal(b.bytes.toString(), "new");
});

test("Huffman coding gives the bytes of RFC 7541, C.4.1", () => {
  const block = encodeHeaders([[":authority", "www.example.com"]]);
  assert.equal(block.toString("hex"), "018cf1e3c2e5f23a6ba0ab90f4ff");
});

test("static indexes and plain literals are read, a dynamic table is refused", () => {
  const block = Buffer.from("8386" + "0403" + "2f6162" + "0001780179" + "1f0001" + "7a", "hex");
  assert.deepEqual(decodeHeaders(block), [
    [":method", "POST"],
    [":scheme", "http"],
    [":path", "/ab"],
    ["x", "y"],
    ["accept-charset", "z"],
  ]);
  assert.throws(() => decodeHeaders(Buffer.from("be", "hex")), /dynamic table/);
  assert.throws(() => decodeHeaders(Buffer.from("410161", "hex")), /with indexing/);
});

test("filter state arguments are protobuf", () => {
  const bytes = Buffer.from("0a0161" + "120476312d61" + "1801", "hex");
  assert.deepEqual(decodeFilterState(bytes), { path: "a", value: "v1-a", span: 1 });
  assert.equal(decodeFilterState(Buffer.from("0a0961", "hex")), null);
});
