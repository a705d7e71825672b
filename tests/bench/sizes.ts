/** `npm run sizes`: how large a module with a single codec is, as `argot build --codec` makes it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { print } from "../../scripts/cli/output.js";
import { sizeOf, withCodec } from "../support/sizes.js";

const folder = mkdtempSync(join(tmpdir(), "argot-sizes-"));
try {
  print("| Codec      |  Bytes |\n| ---------- | -----: |");
  for (const protocol of process.argv.length > 2 ? process.argv.slice(2) : withCodec) {
    const bytes = (await sizeOf(protocol, folder)).toLocaleString("en");
    print(`| ${protocol.padEnd(10)} | ${bytes.padStart(6)} |`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
