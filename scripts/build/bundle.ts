/** Bundles the CLI to one file that runs on Node alone. */
import { chmod } from "node:fs/promises";
import { join } from "node:path";

/** Used by `argot build` only; too big to bundle, and loaded when it runs. */
const external = ["assemblyscript", "binaryen", "esbuild"];

/** Some of the bundled libraries are CommonJS and ask for Node's own modules by `require`. */
const banner = [
  "#!/usr/bin/env node",
  'import { createRequire as argotCreateRequire } from "node:module";',
  "const require = argotCreateRequire(import.meta.url);",
].join("\n");

/** Bundles scripts/cli.ts of the project at `root` to the executable `out`. */
export async function bundleCli(root: string, out: string): Promise<void> {
  const { build } = await import("esbuild");
  await build({
    absWorkingDir: root,
    entryPoints: [join(root, "scripts/cli.ts")],
    outfile: out,
    bundle: true,
    platform: "node",
    target: "node20.12",
    format: "esm",
    external,
    banner: { js: banner },
    legalComments: "eof",
    logLevel: "error",
  });
  await chmod(out, 0o755);
}
