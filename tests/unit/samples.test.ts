/** `argot new`, `argot test` and the dump of `argot inspect`: what their author is told. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { packageRoot } from "../../scripts/cli/paths.js";
import { dissect } from "../../scripts/inspect/dissect.js";
import { loadDescription } from "../../scripts/protocol/described.js";
import { hints } from "../../scripts/samples/hints.js";
import { loadSamples } from "../../scripts/samples/samples.js";
import { argotIn } from "../support/cli.js";

let folder: string;
let good: string;

function argot(...args: string[]) {
  return argotIn({ cwd: folder }, ...args);
}

before(() => {
  folder = mkdtempSync(join(tmpdir(), "argot-samples-"));
  good = readFileSync(join(packageRoot, "templates/protocol/protocol.yaml"), "utf8");
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** The hints for the first template's sample if the description is changed like this. */
function hintsFor(from: string, to: string): string[] {
  assert.ok(good.includes(from), from);
  const file = join(folder, "protocol.yaml");
  writeFileSync(file, good.replace(from, to));
  const samples = loadSamples(join(packageRoot, "templates/protocol/samples.yaml"));
  const [first] = samples;
  const differences = [{ field: "attachments.user", expected: "ann", found: "nothing" }];
  return hints(loadDescription(file), first!, differences, samples);
}

describe("hints", () => {
  it("are none but the place of a value if the description is right", () => {
    assert.deepEqual(hintsFor("acme", "acme"), [
      '"ann" (attachments.user) stands at byte 19, in `user`.',
    ]);
  });
  it("name the length that would fit", () => {
    const [first, second] = hintsFor("length: 12 + size", "length: size");
    assert.equal(first, "The sample has 28 bytes, and by its description it says 16 bytes.");
    assert.equal(second, "`length: 12 + size` would fit all samples.");
  });
  it("name the byte order that would fit", () => {
    const [, second] = hintsFor("# byteOrder: little", "byteOrder: little");
    assert.equal(
      second,
      "`length: 12 + size` with `byteOrder: big` for `size` would fit all samples.",
    );
  });
  it("see a magic that is the other way round, or comes later", () => {
    const [reversed] = hintsFor("hex ac 3e", "hex 3e ac");
    assert.match(reversed!, /`magic` come the other way round: write `hex ac 3e`/);
    const [later] = hintsFor("hex ac 3e", "hex 05 70");
    assert.match(later!, /`magic` come at byte 12/);
  });
});

describe("dissect", () => {
  it("tells protobuf fields, bits and prefixes", () => {
    const description = loadDescription(join(packageRoot, "protocols/brpc.yaml"));
    // RpcMeta { request { service_name: "Echo", method_name: "echo" }, correlation_id: 7 }
    const meta = "0a0c0a044563686f12046563686f2007";
    const size = (meta.length / 2).toString(16).padStart(8, "0");
    const frame = Buffer.from(`50525043${size}${size}${meta}`, "hex");
    const { parts, length, fault } = dissect(description, frame);
    assert.equal(fault, undefined);
    assert.equal(length, frame.length);
    const values = Object.fromEntries(parts.map(({ name, value }) => [name, value]));
    assert.equal(values["meta.1.1"], '"Echo"');
    assert.equal(values["meta.1.2"], '"echo"');
    assert.equal(values["meta.4"], "7");
  });
});

describe("argot new and argot test", () => {
  it("start a protocol that its samples agree with, and show where they do not", () => {
    const path = join(folder, "tally");
    assert.equal(argot("new", "tally").status, 0);
    assert.match(readFileSync(join(path, "protocol.yaml"), "utf8"), /name: tally/);
    const again = argot("new", "tally");
    assert.equal(again.status, 1);
    assert.match(again.stderr, /tally: is there already/);

    const tested = argot("test", path);
    assert.equal(tested.status, 0, tested.stdout);
    assert.match(tested.stdout, /4 of 4 samples are as expected/);
    assert.equal(
      argot("validate", join(path, "protocol.yaml"), join(path, "routes.yaml")).status,
      0,
    );

    const samples = join(path, "samples.yaml");
    writeFileSync(samples, readFileSync(samples, "utf8").replace("method: price", "method: prize"));
    const wrong = argot("test", path);
    assert.equal(wrong.status, 1);
    assert.match(wrong.stdout, /method: expected prize, but found price/);
    assert.match(wrong.stdout, /13 {2}70 72 69 63 65 +method +"price"/);
    assert.match(wrong.stdout, /3 of 4 samples/);

    writeFileSync(samples, '- frame: "ac 3"\n');
    assert.match(argot("test", path).stderr, /\[0\]\.frame: is no hex/);
    writeFileSync(samples, '- { frame: "ac", expect: { methd: x } }\n');
    assert.match(argot("test", path).stderr, /expect\.methd: .*\n.*Did you mean `method`/);
  });
});
