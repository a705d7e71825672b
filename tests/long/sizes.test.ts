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

/**
 * Dubbo has twelve serializations: four ways to walk over arguments that have no length (hessian2,
 * fastjson2's JSONB, JSON, Java's own), changes of attachments in two of them, and numbers as text.
 */
const exceptions: Partial<Record<string, number>> = { dubbo: 57 * 1024 };

for (const protocol of withCodec) {
  const limit = exceptions[protocol] ?? LIMIT;
  test(`a module with ${protocol} has at most ${limit.toLocaleString("en")} bytes`, async () => {
    const bytes = await sizeOf(protocol, folder);
    assert.ok(bytes <= limit, `${bytes} bytes`);
  });
}
