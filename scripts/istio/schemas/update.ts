/** `npm run schemas`: makes the files of data/ from the sources of Istio and Envoy; needs Go. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { note } from "../../cli/output.js";
import { readResources } from "./update/crds.js";
import { go } from "./update/go.js";
import { readMessages } from "./update/messages.js";

const makers: Record<string, (folder: string) => object> = {
  "istio.json.br": readResources,
  "envoy.json.br": readMessages,
};

const only = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "argot-schemas-"));
try {
  go(folder, "mod", "init", "argot.dev/schemas");
  for (const [name, make] of Object.entries(makers)) {
    if (only.length > 0 && !only.includes(name)) continue;
    const text = JSON.stringify(make(folder));
    const params = { [constants.BROTLI_PARAM_SIZE_HINT]: text.length };
    const packed = brotliCompressSync(Buffer.from(text), { params });
    writeFileSync(new URL(`./data/${name}`, import.meta.url), packed);
    note(`${name}: ${packed.length} bytes, ${text.length} unpacked`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
