import { Bytes } from "../../../assembly/bytes/buffer";
import {
  foundAt,
  foundLength,
  readResponse,
  Static,
  writeIndexed,
  writeLiteral,
  writeNamed,
} from "../../../assembly/http2/hpack";
import { decodeHuffman } from "../../../assembly/http2/huffman";
import { address, asciiHex, bytes, hexOf } from "../codecs/support";

function status(hex: string): u32 {
  const block = bytes(hex);
  return readResponse(address(block), block.length, WANTED);
}

const WANTED = String.UTF8.encode("x-wanted");

/** What a response has as the header that is looked for. */
function found(hex: string): string {
  expect(status(hex)).toBe(200);
  return String.UTF8.decodeUnsafe(foundAt, foundLength);
}

function decoded(hex: string): string {
  const code = bytes(hex);
  const out = new Bytes();
  const good = decodeHuffman(address(code), code.length, out);
  const text = good ? String.UTF8.decodeUnsafe(out.at, out.length) : "(invalid)";
  out.release();
  return text;
}

/** A literal of `n` times "x" for a header with a name of its own, as hex. */
function literal(name: string, n: u32): string {
  const to = new Bytes();
  const p = String.UTF8.encode(name);
  const value = String.UTF8.encode("x".repeat(n));
  const at = changetype<usize>(p);
  writeLiteral(to, at, p.byteLength, changetype<usize>(value), n);
  const hex = hexOf(to.at, <u32>to.length);
  to.release();
  return hex;
}

/** The bytes 0 … 255 in this order, in Huffman code by another implementation. */
const ALL_BYTES =
  "ffc7fffd8fffffe2fffffe3fffffe4fffffe5fffffe6fffffe7fffffe8ffffeafffffff3fffffa7fffffabff" +
  "ffffdfffffebfffffecfffffedfffffeefffffefffffff0ffffff1ffffff2fffffffbfffffcffffffd3fffff" +
  "d7fffffdbfffffdffffffe3fffffe7fffffebfffffed4fe3f9ffaffcabf1febfafefe7fdfd2cbb00089969b7" +
  "1d79fb9f7fff20ffbff3ff50ddbd7f061c58f265cd9f469d5af66dddbf871e5f9cff7ff7fffc3ff9ffe45fff" +
  "4719242cb34e6e9d68a6a3d7dac426defe3cfaf7fffbfe7ffbffdffffffcfffe6ffff4bfff9ffffa3fffd3ff" +
  "ff53fffd5ffffb3fffeb7fffdaffffb7ffff73fffeeffffdeffffebffffbfffffd9ffffdbfffebffffe0ffff" +
  "eeffffc3ffff8bffff1ffffe4fffee7fffb1ffff97fffd9ffffcdffff9fffffbffffdafffeeffff4ffffb7ff" +
  "fee7fffe8ffffd3fffdeffffd5fffeeffffbdffffe1fffdfffff7fffff5ffffecffff07fff87fffe0ffff17f" +
  "ffedffff87ffff77fffeffffeaffff8bfffe3ffff93ffff87fffcbffff37ffff1fffff83ffffe1fffebfffe3" +
  "ffff3fffff2ffffa3ffffd9fffff17ffffc7fffff27ffffdefffffbffffff2fffff8fffffb7fff97fff8ffff" +
  "fe6fffffc1fffff87ffffe7fffffc5ffffe5fffe4ffff2fffffd1fffff4ffffffefffffe3fffffc9fffff97f" +
  "ffb3ffffcffffb7fffcdffff4ffff9ffffd1ffffcffffeaffffafffffddffffeffffff4fffff5fffffabffff" +
  "a7ffffd7fffff9bffffecfffffb7fffff3fffffe8fffffd3fffffabfffff5fffffff7ffffecfffffdbfffffb" +
  "bfffff7ffffff0fffffbbf";

describe("HPACK, writing", () => {
  test("indexed fields (RFC 7541, C.2.4)", () => {
    const to = new Bytes();
    writeIndexed(to, 2);
    writeIndexed(to, Static.METHOD_POST);
    writeIndexed(to, Static.SCHEME_HTTP);
    expect(hexOf(to.at, <u32>to.length)).toBe("828386");
    to.release();
  });

  test("a named field that is not indexed (C.2.2)", () => {
    const to = new Bytes();
    const path = String.UTF8.encode("/sample/path");
    writeNamed(to, Static.PATH, changetype<usize>(path), path.byteLength);
    expect(hexOf(to.at, <u32>to.length)).toBe("040c2f73616d706c652f70617468");
    to.release();
  });

  test("lengths around the prefix of seven bits (5.1)", () => {
    const name = "00" + "01" + asciiHex("n");
    expect(literal("n", 0)).toBe(name + "00");
    expect(literal("n", 126).startsWith(name + "7e78")).toBe(true);
    expect(literal("n", 127).startsWith(name + "7f0078")).toBe(true);
    expect(literal("n", 128).startsWith(name + "7f0178")).toBe(true);
    expect(literal("n", 255).startsWith(name + "7f800178")).toBe(true);
    expect(literal("n", 1464).startsWith(name + "7fb90a78")).toBe(true);
  });
});

describe("HPACK, the status of a response", () => {
  test("all statuses of the static table", () => {
    const statuses: u32[] = [200, 204, 206, 304, 400, 404, 500];
    for (let i = 0; i < statuses.length; i++)
      expect(status((0x88 + i).toString(16))).toBe(statuses[i]);
  });

  test("as text, with each kind of literal (6.2)", () => {
    const value = "03" + asciiHex("503");
    expect(status("48" + value)).toBe(503, "with indexing");
    expect(status("08" + value)).toBe(503, "without indexing");
    expect(status("18" + value)).toBe(503, "never indexed");
    expect(status("4e" + value)).toBe(503, "by the name of entry 14");
    expect(status("4f" + value)).toBe(0, "entry 15 is another header");
    expect(status("88" + "4f" + value)).toBe(200, "entry 15 is another header");
  });

  test("the responses of RFC 7541, C.5 and C.6", () => {
    const location = asciiHex("https://www.example.com");
    const date = asciiHex("Mon, 21 Oct 2013 20:13:21 GMT");
    const plain =
      "4803" + asciiHex("302") + "5807" + asciiHex("private") + ("611d" + date + "6e17" + location);
    expect(status(plain)).toBe(302, "C.5.1");
    const coded =
      "488264025885aec3771a4b" +
      "6196d07abe941054d444a8200595040b8166e082a62d1bff" +
      "6e919d29ad171863c78f0b97c8e9ae82ae43d3";
    expect(status(coded)).toBe(302, "C.6.1");
    expect(status("4803333037c1c0bf")).toBe(0, "C.5.2 needs a dynamic table");
    expect(status("4883640effc1c0bf")).toBe(0, "C.6.2 needs a dynamic table");
    expect(status("4883640eff")).toBe(307);
  });

  test("behind and before other headers, and changes of the table's size", () => {
    const other = "00" + "01" + asciiHex("a") + "01" + asciiHex("b");
    expect(status(other + "88" + other)).toBe(200);
    expect(status("20" + "3fe11f" + "88")).toBe(200);
  });

  test("malformed blocks have none", () => {
    expect(status("")).toBe(0);
    expect(status("8880")).toBe(0, "index 0");
    expect(status("88ff00")).toBe(0, "index 127 is in no static table");
    expect(status("88be")).toBe(0, "index 62 is dynamic");
    expect(status("88bd")).toBe(200, "index 61 is the last static one");
    expect(status("88" + "7f00" + "00")).toBe(0, "a dynamic name");
    expect(status("88" + "3f")).toBe(0, "a table size cut off");
    expect(status("48")).toBe(0, "no value");
    expect(status("4803" + asciiHex("50"))).toBe(0, "a value cut off");
    expect(status("4803" + asciiHex("5x3"))).toBe(0, "no number");
    expect(status("4804" + asciiHex("0200"))).toBe(0, "four digits");
    expect(status("88" + "487fffffffffff0f")).toBe(0, "a length beyond 28 bits");
    expect(status("88" + "487f84ffffff0f" + asciiHex("503"))).toBe(0, "3 beyond 32 bits");
    expect(status("88" + "4882ffff")).toBe(0, "EOS and padding in Huffman code");
    expect(status("88" + "000161" + "82ffff")).toBe(0, "the same in another header");
  });

  test("a cut at any place is either no block or one with fewer headers", () => {
    const block = "488264025885aec3771a4b0001610162";
    for (let n = 0; n < block.length; n += 2) {
      const found = status(block.substr(0, n));
      assert(found == 0 || found == 302, n.toString());
    }
  });
});

describe("Huffman code", () => {
  test("examples of RFC 7541, C.4 and C.6", () => {
    expect(decoded("f1e3c2e5f23a6ba0ab90f4ff")).toBe("www.example.com");
    expect(decoded("a8eb10649cbf")).toBe("no-cache");
    expect(decoded("25a849e95ba97d7f")).toBe("custom-key");
    expect(decoded("25a849e95bb8e8b4bf")).toBe("custom-value");
    expect(decoded("aec3771a4b")).toBe("private");
    expect(decoded("d07abe941054d444a8200595040b8166e082a62d1bff")).toBe(
      "Mon, 21 Oct 2013 20:13:21 GMT",
    );
    expect(decoded("9d29ad171863c78f0b97c8e9ae82ae43d3")).toBe("https://www.example.com");
  });

  test("every byte has its code (appendix B)", () => {
    const code = bytes(ALL_BYTES);
    const out = new Bytes();
    expect(decodeHuffman(address(code), code.length, out)).toBe(true);
    expect(out.length).toBe(256);
    for (let i: u32 = 0; i < 256; i++) expect(load<u8>(out.at + i)).toBe(<u8>i);
    out.release();
  });

  test("code that is cut anywhere gives the bytes before the cut, and no others", () => {
    const code = bytes(ALL_BYTES);
    const out = new Bytes();
    let before: usize = 0;
    for (let n = 0; n < code.length; n++) {
      out.length = 0;
      decodeHuffman(address(code), n, out);
      assert(out.length >= before && out.length < 256, n.toString());
      for (let i: u32 = 0; i < <u32>out.length; i++) assert(load<u8>(out.at + i) == <u8>i);
      before = out.length;
    }
    out.release();
  });

  test("the longest codes: 30 bits", () => {
    expect(decoded("fffffff3")).toBe("\n");
    expect(decoded("fffffff7")).toBe("\r");
    expect(decoded("fffffffb")).toBe("\x16");
  });

  test("EOS inside, and wrong or too much padding, are refused (5.2)", () => {
    expect(decoded("")).toBe("");
    expect(decoded("ffffffff")).toBe("(invalid)");
    expect(decoded("fffffffc")).toBe("(invalid)");
    expect(decoded("1f")).toBe("a", "padding of three ones");
    expect(decoded("18")).toBe("(invalid)", "padding of zeros");
    expect(decoded("1fff")).toBe("(invalid)", "padding of more than seven bits");
    expect(decoded("f8")).toBe("&");
    expect(decoded("f8ff")).toBe("(invalid)", "padding of eight bits");
  });
});

describe("the header that is looked for", () => {
  const plain = "08782d77616e746564"; // x-wanted

  test("is found wherever it stands, plain or Huffman-coded", () => {
    expect(found("88" + "00" + plain + "03612d62")).toBe("a-b");
    expect(found("00" + plain + "03612d62" + "88")).toBe("a-b");
    expect(found("88" + "10" + "86f2b781d492c9" + "8602cf0180801f")).toBe("0-80/100");
  });

  test("is empty where it is not there, or only another one is", () => {
    expect(found("88")).toBe("");
    expect(found("88" + "00" + "08782d77616e746564".replace("64", "65") + "03612d62")).toBe("");
    expect(found("88" + "0f00" + "03612d62")).toBe("");
  });

  test("is none in a block that ends within it", () => {
    expect(status("88" + "00" + plain + "0361")).toBe(0);
    expect(foundLength).toBe(0);
  });
});
