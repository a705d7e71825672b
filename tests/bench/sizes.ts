/** `npm run sizes`: how large a module with a single codec is, as `argot build --codec` makes it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { print } from "../../scripts/cli/output.js";
import { sizeOf, withCodec } from "../support/sizes.js";

/** Dubbo also with the one serialization that all of them speak. */
const listed = [...withCodec, "dubbo:hessian2"];
const folder = mkdtempSync(join(tmpdir(), "argot-sizes-"));
try {
  print("| Codec          |  Bytes |\n| -------------- | -----: |");
  for (const protocol of process.argv.length > 2 ? process.argv.slice(2) : listed) {
    const bytes = (await sizeOf(protocol, folder)).toLocaleString("en");
    print(`| ${protocol.padEnd(14)} | ${bytes.padStart(6)} |`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
