import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { distDir } from "../../scripts/cli/paths.js";
import { fromBinary, fromHex, isText } from "../../scripts/inspect/input.js";
import { parseExact, stringifyExact } from "../../scripts/inspect/json.js";
import { type Frame, Inspector } from "../../scripts/inspect/module.js";
import { showFrame } from "../../scripts/inspect/show.js";
import { recordings } from "../support/recordings.js";

const wasm = join(distDir, "inspect.wasm");
describe("what the filter would route on", () => {
  const frame = recordings("dubbo").find((r) => r.name.startsWith("dubbo32-object-attach"))!.frame;

  it("is in the lane key, as text", () => {
    const routeOn = ["service", "group", "attachment.user", "attachment.big", "attachment.flag"];
    const seen = new Inspector(wasm, { protocol: "dubbo", routeOn }).inspect(frame);
    assert.ok("frame" in seen);
    assert.deepEqual(seen.frame.laneKey, {
      service: "peers.api.Demo",
      "attachment.user": "alice",
      "attachment.big": "9007199254740993",
      "attachment.flag": "true",
    });
  });

  it("is refused if there is no such key or protocol", () => {
    const open = (protocol: string, routeOn: string[]) => () =>
      new Inspector(wasm, { protocol, routeOn });
    assert.throws(open("dubbo", ["servce"]), /servce/);
    assert.throws(open("corba", []), /corba/);
  });

  it("is shown to people with all digits, and nothing that moves the cursor", () => {
    const seen = new Inspector(wasm, { protocol: "dubbo" }).inspect(frame);
    assert.ok("frame" in seen);
    assert.match(showFrame(seen.frame, 1), /big +9007199254740993\n/);
    const hostile: Frame = { ...seen.frame, service: "a\u001b[2Jb" };
    assert.match(showFrame(hostile, 1), /a\\u001b\[2Jb/);
  });
});

describe("attachments that are no plain values", () => {
  // An argument of class p.U {x, y}; attachments: o, an object of that class; r, a reference to it;
  // cyc, a list that holds itself; b, a binary; d, a date; mk, a map with keys that are no strings.
  const hessian2 = [
    "dabbc200ffffffffffffffff0000006805322e302e3203612e4205302e302e300166124c6a6176612f6c",
    "616e672f4f626a6563743b4303702e55920178017960914e48016f60c807027979017251920363796357",
    "51935a01622361626301644a0000018bcfe5687b026d6b4891036f6e65540322710a5a5a",
  ].join("");
  const fastjson2 = [
    "dabbd7004c2b65c50a5a024600000064000000064e322e302e320000000f5770656572732e6170692e44",
    "656d6f000000064e302e302e300000000c546174746163686d656e7473000000014900000024a64a6c96",
    "4a61054a64b540040000000000004b736d7c042d4ee9004a71a6014b6b31a5a5",
  ].join("");
  const attachments = (hex: string) => {
    const seen = new Inspector(wasm, { protocol: "dubbo" }).inspect(Buffer.from(hex, "hex"));
    assert.ok("frame" in seen, seen.json);
    return seen.frame.attachments!;
  };

  it("are rendered from Hessian 2, with what they refer to", () => {
    const { cyc, ...others } = attachments(hessian2);
    assert.deepEqual(others, {
      o: { x: 7, y: "yy" },
      r: { x: 7, y: "yy" },
      b: "YWJj",
      d: 1700000000123,
      mk: { 1: "one", true: '"q\n' },
    });
    assert.match(JSON.stringify(cyc), /^\[+"…"\]+$/);
  });

  it("are rendered from fastjson2", () => {
    assert.deepEqual(attachments(fastjson2), { l: ["a", 5], d: 2.5, sm: "中é", q: { 1: "k1" } });
  });
});

describe("input of inspect", () => {
  it("is hex, a frame a line", () => {
    assert.ok(isText(Buffer.from("dabb")));
    const pieces = fromHex("DA bb\r\n\nxy\nabc\n0x01\n\n");
    assert.deepEqual(
      pieces.map((piece) => ("bytes" in piece ? [...piece.bytes] : piece.error.split(" ")[0])),
      [[0xda, 0xbb], "the", "this", "the", [1]],
    );
    assert.deepEqual(fromHex("\n"), []);
  });

  it("or frames back to back", () => {
    const dubbo = new Inspector(wasm, { protocol: "dubbo" });
    const frames = recordings("dubbo").slice(0, 20);
    const bytes = Buffer.concat([...frames.map((r) => r.frame), Buffer.of(0xda, 0xbb)]);
    assert.ok(!isText(bytes));
    const pieces = fromBinary(bytes, (part) => dubbo.measure(part));
    assert.deepEqual(
      pieces.map((piece) => ("bytes" in piece ? Buffer.from(piece.bytes).toString("hex") : "")),
      [...frames.map((r) => r.frame.toString("hex")), "dabb"],
    );
  });

  it("JSON keeps the digits of whole numbers", () => {
    const text = '{"a":[9007199254740993,-9223372036854775808,1.5,7],"b":"9007199254740993"}';
    assert.equal(stringifyExact(parseExact(text)), text);
  });
});
