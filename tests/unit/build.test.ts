import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { buildAll } from "../../scripts/build/build.js";
import { checkImports, readImports } from "../../scripts/build/imports.js";
import { UserError } from "../../scripts/cli/error.js";
import { packageRoot } from "../../scripts/cli/paths.js";

/** A filter that Envoy would load, and that logs once. */
const filter = `
@external("env", "proxy_log")
declare function proxy_log(level: i32, text: usize, n: u32): u32;
export function proxy_abi_version_0_2_1(): void {}
export function malloc(n: usize): usize { return heap.alloc(n); }
export function proxy_on_vm_start(root: i32, n: i32): i32 {
  assert(n >= 0);
  return proxy_log(2, malloc(8), 8);
}
`;

let root: string;

/** Builds one file of the project from these sources. */
async function build(output: string, source: string): ReturnType<typeof buildAll> {
  for (const entry of ["index.ts", "index.debug.ts"]) {
    await writeFile(join(root, "assembly", entry), source);
  }
  return buildAll(root, { only: [output] });
}

async function refusal(output: string, source: string): Promise<UserError> {
  const error: unknown = await build(output, source).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof UserError, String(error));
  return error;
}

describe("build", () => {
  before(async () => {
    root = await mkdtemp(join(tmpdir(), "argot-build-"));
    await mkdir(join(root, "assembly"));
    await mkdir(join(root, "scripts/schema"), { recursive: true });
    await cp(join(packageRoot, "asconfig.json"), join(root, "asconfig.json"));
    await writeFile(join(root, "scripts/schema/some.schema.json"), "{}");
    await mkdir(join(root, "scripts/istio/schemas/data"), { recursive: true });
    await writeFile(join(root, "scripts/cli.ts"), 'console.log("bundled", process.argv[2]);\n');
  });
  after(() => rm(root, { recursive: true, force: true }));

  it("makes an optimised module that imports host calls only", async () => {
    const [built] = await build("argot.wasm", filter);
    assert.equal(built?.file, "dist/argot.wasm");
    assert.deepEqual(built.imports, ["env.proxy_log"]);
    assert.equal(built.built, true);
    const wasm = await readFile(join(root, "dist/argot.wasm"));
    assert.equal(built.bytes, wasm.length);
    const exports = WebAssembly.Module.exports(new WebAssembly.Module(wasm));
    assert.ok(exports.some(({ name }) => name === "_initialize"));
    assert.equal(await readFile(join(root, "dist/schema/some.schema.json"), "utf8"), "{}");
  });

  it("makes a debug build with names", async () => {
    await build("argot.debug.wasm", filter);
    const module = new WebAssembly.Module(await readFile(join(root, "dist/argot.debug.wasm")));
    assert.equal(WebAssembly.Module.customSections(module, "name").length, 1);
  });

  it("builds nothing twice, and again what changed or was damaged", async () => {
    await build("argot.wasm", filter);
    const file = join(root, "dist/argot.wasm");
    const { mtimeMs } = await stat(file);
    const [again] = await build("argot.wasm", filter);
    assert.equal(again?.built, false);
    assert.deepEqual(again.imports, ["env.proxy_log"]);
    assert.equal((await stat(file)).mtimeMs, mtimeMs);

    const [changed] = await build("argot.wasm", `${filter}export const more = 1;\n`);
    assert.equal(changed?.built, true);

    await writeFile(file, "damaged");
    const [repaired] = await build("argot.wasm", `${filter}export const more = 1;\n`);
    assert.equal(repaired?.built, true);
    assert.equal((await readFile(file)).subarray(0, 4).toString(), "\0asm");
  });

  it("packs the module's data, and the module unpacks them", async () => {
    await mkdir(join(root, "assembly/host"));
    const unpack = "assembly/host/unpack.ts";
    await cp(join(packageRoot, unpack), join(root, unpack));
    const text = "a text, and what is far from ASCII: \u4e2d\u6587";
    const far = Array.from({ length: 3_000 }, (_, i) => (i % 2_999 === 0 ? i + 1 : 0));
    await build(
      "argot.wasm",
      `import "./host/unpack";
const text: StaticArray<string> = ["${text}", ""];
const far: StaticArray<u32> = [${far.join(",")}];
export function textAt(i: i32): string { return text[i]; }
export function farAt(i: i32): u32 { return far[i]; }
export function isClear(from: usize): bool {
  for (let at = from; at < <usize>memory.size() << 16; at++) if (load<u8>(at)) return false;
  return true;
}`,
    );
    const wasm = await readFile(join(root, "dist/argot.wasm"));
    assert.equal(wasm.indexOf(Buffer.from(text, "utf16le")), -1);
    assert.ok(wasm.length < 1_000, `${wasm.length} bytes, of 12,000 zeros and a text`);

    const { instance } = await WebAssembly.instantiate(wasm);
    const module = instance.exports as unknown as {
      memory: WebAssembly.Memory;
      _initialize(): void;
      textAt(i: number): number;
      farAt(i: number): number;
      isClear(from: number): number;
    };
    module._initialize();
    const at = module.textAt(0);
    const read = Buffer.from(module.memory.buffer, at, text.length * 2);
    assert.equal(read.toString("utf16le"), text);
    assert.deepEqual(
      [0, 1, 2_998, 2_999].map((i) => module.farAt(i)),
      [1, 0, 0, 3_000],
    );
    assert.ok(module.isClear(48 << 10), "where the packed data were, the memory is clear again");
  });

  it("refuses an import that Envoy lacks, and keeps the module that was there", async () => {
    await build("argot.wasm", filter);
    const file = join(root, "dist/argot.wasm");
    const good = await readFile(file);
    const error = await refusal(
      "argot.wasm",
      `${filter}
@external("env", "proxy_telepathy") declare function telepathy(): void;
export function use(): void { telepathy(); }`,
    );
    assert.match(error.message, /env\.proxy_telepathy/);
    assert.equal(error.file, "dist/argot.wasm");
    assert.ok(error.remedy);
    assert.deepEqual(await readFile(file), good);
  });

  it("refuses a host call that is declared differently", async () => {
    const error = await refusal("argot.wasm", filter.replace("n: u32): u32", "n: u64): u32"));
    assert.match(error.message, /env\.proxy_log \(declared iiI:i, Envoy has iii:i\)/);
  });

  it("refuses a module above 128 KiB", async () => {
    const bytes = Array.from({ length: 70_000 }, (_, i) => (i * 7919) % 65_521).join(",");
    const error = await refusal(
      "argot.wasm",
      `${filter}
const big: StaticArray<u16> = [${bytes}];
export function at(i: i32): u16 { return big[i]; }`,
    );
    assert.match(error.message, /has \d+ bytes, 131072 are allowed/);
  });

  it("shows the compiler's message with file and line", async () => {
    const error = await refusal("argot.wasm", `${filter}\nexport const wrong: i32 = "text";\n`);
    assert.equal(error.file, "assembly/index.ts");
    assert.match(error.message, /assembly\/index\.ts\(\d+,\d+\)/);
  });

  it("names a source that is missing", async () => {
    await assert.rejects(buildAll(root, { only: ["inspect.wasm"] }), (error) => {
      assert.ok(error instanceof UserError);
      assert.equal(error.file, "assembly/inspect.ts");
      return true;
    });
  });

  it("bundles the CLI to an executable", async () => {
    await buildAll(root, { only: ["argot.mjs"] });
    const file = join(root, "dist/argot.mjs");
    assert.equal((await stat(file)).mode & 0o111, 0o111);
    assert.match(await readFile(file, "utf8"), /^#!\/usr\/bin\/env node\n/);
  });

  it("does not know other files", async () => {
    await assert.rejects(buildAll(root, { only: ["x.wasm"] }), /dist\/ has no file x\.wasm/);
  });
});

describe("imports", () => {
  it("blames env.abort on the configuration", () => {
    const abort = { module: "env", name: "abort", signature: "iiii:" };
    assert.throws(
      () => {
        checkImports([abort], "some.wasm");
      },
      (error) => error instanceof UserError && /asconfig\.json/.test(error.remedy ?? ""),
    );
  });

  it("reads those that are no functions too", async () => {
    // (module (import "env" "memory" (memory 1)))
    const [memory] = await readImports(
      Buffer.from(
        "0061736d01000000" + "020f" + "01" + "03656e76" + "066d656d6f7279" + "020001",
        "hex",
      ),
    );
    assert.deepEqual(memory, { module: "env", name: "memory", signature: undefined });
  });
});
