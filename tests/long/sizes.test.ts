/** A module with a single codec stays small: `npm run sizes` prints what each has. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { sizeOf, withCodec } from "../support/sizes.js";

const folder = mkdtempSync(join(tmpdir(), "argot-sizes-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Most bytes of a module with one codec. */
const LIMIT = 48 * 1024;

/** Dubbo has twelve serializations, in eight families: with the one that all Dubbos speak it is small. */
const exceptions: Partial<Record<string, number>> = { dubbo: 55 * 1024 };

for (const codec of [...withCodec, "dubbo:hessian2"]) {
  const limit = exceptions[codec] ?? LIMIT;
  test(`a module with ${codec} has at most ${limit.toLocaleString("en")} bytes`, async () => {
    const bytes = await sizeOf(codec, folder);
    assert.ok(bytes <= limit, `${bytes} bytes`);
  });
}
