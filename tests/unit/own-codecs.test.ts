/** What `argot build --codec` takes for a codec; tests/long/own-codec.test.ts builds with one. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { findCodecs, generatedSources } from "../../scripts/build/own-codecs.js";
import { packageRoot } from "../../scripts/cli/paths.js";
import { tallySource } from "../support/tally.js";

const folder = mkdtempSync(join(tmpdir(), "argot-codecs-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The codecs in a file with this source. */
function find(source: string): ReturnType<typeof findCodecs> {
  writeFileSync(join(folder, "own.ts"), source);
  return findCodecs(["./own.ts"], folder, packageRoot);
}

test("a class that extends Codec, and one that comes with Argot", () => {
  const [own] = find(tallySource());
  assert.deepEqual(own, { named: "./own.ts", className: "TallyCodec", from: "./own" });
  const [dubbo] = findCodecs(["dubbo"], folder, packageRoot);
  assert.equal(dubbo?.className, "DubboCodec");
});

test("a class that is not exported is none", () => {
  assert.throws(() => find(tallySource().replace("export class", "class")), {
    file: "./own.ts",
    message: "exports no codec",
    remedy: /export class MyCodec extends Codec/,
  });
});

test("a file that is not there", () => {
  assert.throws(() => findCodecs(["./nowhere.ts"], folder, packageRoot), {
    file: "./nowhere.ts",
    message: "is neither a file nor a protocol of Argot's",
  });
});

test("Dubbo with some of its serializations", () => {
  const [dubbo] = findCodecs(["dubbo:fastjson2,hessian2"], folder, packageRoot);
  assert.ok(dubbo);
  assert.deepEqual(
    generatedSources([dubbo]),
    new Map([
      ["argot/codecs/dubbo/bodies.ts", 'import "./fastjson2/body";\nimport "./hessian2/body";\n'],
    ]),
  );
  assert.throws(() => findCodecs(["dubbo:hessian2,kryo"], folder, packageRoot), {
    file: "dubbo:hessian2,kryo",
    message: 'has no serialization "kryo"',
    remedy: /hessian2.*messagepack/,
  });
  assert.throws(() => findCodecs(["bolt:hessian2"], folder, packageRoot), {
    remedy: /Name bolt alone/,
  });
});
