import { join } from "node:path";
import { Command, Option } from "commander";
import { note, print, printJson } from "../cli/output.js";
import { distDir } from "../cli/paths.js";
import { type Format, imageOf } from "../package/image.js";
import { writeLayout } from "../package/layout.js";
import { readModule } from "../package/module.js";
import { push } from "../package/push.js";
import { parseReference, urlOf } from "../package/reference.js";

interface Options {
  wasm: string;
  tag?: string;
  push?: string;
  out?: string;
  compat?: boolean;
  wasmMedia?: boolean;
  replace?: boolean;
  revision?: string;
  source?: string;
  licenses?: string;
  json?: boolean;
}

/** `argot package`: makes an OCI image of a module, and pushes it. */
export function packageCommand(): Command {
  return new Command("package")
    .summary("make an OCI image of a module, and push it to a registry")
    .description(
      "Make an image that Istio's agent pulls (`url: oci://…` of a WasmPlugin), push it to a registry\n" +
        "or write it to disk as an OCI layout, and print what names it. The same module gives the same\n" +
        "digest, on every machine. Registries are logged in to as Docker is (~/.docker/config.json).",
    )
    .option("--wasm <file>", "the module", join(distDir, "argot.wasm"))
    .option("-t, --tag <tag>", "the image's tag (default: the module's version)")
    .option("--push <url>", "push to oci://HOST[:PORT]/REPOSITORY[:TAG]")
    .option("-o, --out <path>", "write to this folder, or file that ends in .tar")
    .option("--replace", "push even if the tag names another image")
    .addOption(
      new Option("--compat", "an image that all registries take (default)").conflicts("wasmMedia"),
    )
    .option("--wasm-media", "the media types of the Wasm Image Specification")
    .option("--revision <text>", "where the module comes from, e.g. a commit")
    .option("--source <url>", "where its sources are")
    .option(
      "--licenses <expression>",
      "its licence, as SPDX writes it (default: Apache-2.0 for Argot's own module)",
    )
    .option("--json", "print as JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  argot package --push oci://registry.example/argot:0.1.0\n" +
        "  argot package --wasm tally.wasm --tag 3 --push oci://127.0.0.1:5000/tally\n" +
        "  argot package --out argot.tar\n\nExit status: 0 done, 1 failed.",
    )
    .action(async (options: Options) => {
      const result = await makePackage(options);
      if (options.json) printJson(result);
      else show(result);
    });
}

interface Result {
  /** Of the module: what `sha256` of a WasmPlugin with an `https://` url wants. */
  module: { file: string; bytes: number; sha256: string; version?: string };
  format: Format;
  /** Of the manifest. */
  digest: string;
  out?: string;
  /** `image` of an ApplicationProtocol: there `sha256` is the digest without `sha256:`. */
  image?: { url: string; sha256: string };
  pushed?: boolean;
}

async function makePackage(options: Options): Promise<Result> {
  const { wasm: file, out, revision, source } = options;
  const module = readModule(file);
  const licenses = options.licenses ?? (module.standard ? "Apache-2.0" : undefined);
  const tag = options.tag ?? module.version ?? "latest";
  const to = options.push === undefined ? undefined : parseReference(options.push, tag);
  const format = options.wasmMedia ? "wasm" : "compat";
  const image = imageOf(module, format, {
    ...(licenses !== undefined && { licenses }),
    ...(revision !== undefined && { revision }),
    ...(source !== undefined && { source }),
  });
  const { digest } = image.manifest;
  const { sha256, version, wasm } = module;
  if (out !== undefined) await writeLayout(image, tag, out);
  return {
    module: { file, bytes: wasm.length, sha256, ...(version !== undefined && { version }) },
    format,
    digest,
    ...(out !== undefined && { out }),
    ...(to && {
      image: { url: urlOf(to), sha256: digest.replace("sha256:", "") },
      pushed: await push(image, to, options.replace ?? false),
    }),
  };
}

function show({ module, format, digest, out, image, pushed }: Result): void {
  const { file, bytes, sha256, version = "unknown" } = module;
  print(`module  ${file}, ${bytes.toLocaleString("en")} bytes, version ${version}`);
  print(`sha256  ${sha256}`);
  print(`image   ${digest} (${format})`);
  if (out !== undefined) print(`layout  ${out}`);
  if (image === undefined) return;
  note(
    pushed
      ? "Pushed. In an ApplicationProtocol:"
      : "It was there already. In an ApplicationProtocol:",
  );
  print(`\nspec:\n  image:\n    url: ${image.url}\n    sha256: ${image.sha256}`);
}
