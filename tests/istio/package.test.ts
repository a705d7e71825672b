/** `argot package` and a real registry: what was pushed is what is pulled. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { withSection } from "../../scripts/build/section.js";
import { UserError } from "../../scripts/cli/error.js";
import { packageRoot } from "../../scripts/cli/paths.js";
import { credentialsFor } from "../../scripts/package/credentials.js";
import { type Format, imageOf, MEDIA } from "../../scripts/package/image.js";
import { readModule } from "../../scripts/package/module.js";
import { push } from "../../scripts/package/push.js";
import { parseReference } from "../../scripts/package/reference.js";
import { Registry } from "../../scripts/package/registry.js";
import { wasm } from "../e2e/support/stage.js";
import { freePort } from "../support/ports.js";
import { TestRegistry, USER } from "./support/registry.js";
import { TokenServer } from "./support/token-server.js";

interface Manifest {
  config: { mediaType: string; digest: string };
  layers: { mediaType: string; digest: string }[];
}

const directory = mkdtempSync(join(tmpdir(), "argot-package-"));
const module = readModule(wasm);
const REFRESH_TOKEN = "stands-for-both";
let open: TestRegistry;
let closed: TestRegistry;
let bearer: TestRegistry;
let tokens: TokenServer;

before(async () => {
  process.env.DOCKER_CONFIG = directory;
  tokens = await TokenServer.start(USER, REFRESH_TOKEN);
  open = await TestRegistry.start();
  closed = await TestRegistry.start({ auth: { basicRealm: "argot's" } });
  bearer = await TestRegistry.start({ auth: { tokens } });
});
after(async () => {
  for (const registry of [open, closed, bearer]) await registry?.stop();
  await tokens?.stop();
  rmSync(directory, { recursive: true, force: true });
});
beforeEach(() => logIn({}));

/** What `docker login` leaves behind. */
function logIn(auths: Record<string, object>): void {
  writeFileSync(join(directory, "config.json"), JSON.stringify({ auths }));
}

function authOf(password = USER.password): { auth: string } {
  return { auth: Buffer.from(`${USER.name}:${password}`).toString("base64") };
}

const at = (registry: TestRegistry, rest: string) =>
  parseReference(`oci://127.0.0.1:${registry.port}/${rest}`, "latest");

/** The module in an image, unpacked as Istio's agent does it: by the real tar. */
async function pull(registry: TestRegistry, rest: string, format: Format): Promise<Buffer> {
  const reference = at(registry, rest);
  const client = await Registry.open(reference, credentialsFor(reference.host));
  const manifest = await client.manifest(MEDIA.manifest);
  const { config, layers } = JSON.parse(manifest!.bytes.toString()) as Manifest;
  await client.blob(config.digest);
  const types = layers.map(({ mediaType }) => mediaType);
  const bytes = await client.blob(layers.at(-1).digest);
  if (format === "wasm") {
    assert.deepEqual(types, [MEDIA.wasmConfig, MEDIA.wasm]);
    return bytes;
  }
  assert.deepEqual(types, [MEDIA.layer]);
  const input = gunzipSync(bytes);
  const unpack = ["--extract", "--to-stdout", "plugin.wasm"];
  const { stdout, stderr } = spawnSync("tar", unpack, { input, maxBuffer: 1 << 24 });
  assert.equal(stderr.toString(), "");
  return stdout;
}

function refuses(wanted: RegExp, remedy: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof UserError, String(error));
    assert.match(error.message, wanted);
    assert.match(error.remedy ?? "", remedy);
    return true;
  };
}

describe("argot package", () => {
  for (const [format, options] of [
    ["compat", ["--compat"]],
    ["wasm", ["--wasm-media"]],
  ] as const) {
    test(`${format}: pushes what is pulled, once`, async () => {
      const url = `oci://127.0.0.1:${open.port}/team/argot-${format}:1.0`;
      const argot = () => {
        const program = ["--import", "tsx", join(packageRoot, "scripts/cli.ts"), "package"];
        const args = [...program, "--wasm", wasm, "--push", url, "--json", ...options];
        const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
        assert.equal(status, 0, stderr);
        return JSON.parse(stdout) as Record<string, unknown>;
      };
      const first = argot();
      const { digest } = imageOf(module, format, { licenses: "Apache-2.0" }).manifest;
      assert.equal(first.digest, digest);
      assert.equal(first.pushed, true);
      assert.deepEqual(first.image, { url, sha256: digest.slice("sha256:".length) });
      assert.equal((first.module as { sha256: string }).sha256, module.sha256);
      assert.ok((await pull(open, `team/argot-${format}:1.0`, format)).equals(module.wasm));
      assert.deepEqual(argot(), { ...first, pushed: false });
    });
  }

  test("a tag that is there stays what it is, unless it is to be replaced", async () => {
    const to = at(open, "tagged:1.0");
    assert.equal(await push(imageOf(module, "compat"), to, false), true);
    const changed = { ...module, wasm: withSection(module.wasm, "test", "changed") };
    const other = imageOf(changed, "compat");
    const there = refuses(/tagged:1\.0 is there already and another image/, /--replace/);
    await assert.rejects(push(other, to, false), there);
    assert.ok((await pull(open, "tagged:1.0", "compat")).equals(module.wasm));
    assert.equal(await push(other, to, true), true);
    assert.ok((await pull(open, "tagged:1.0", "compat")).equals(changed.wasm));
  });

  test("a registry that wants a name and a password", async () => {
    const image = imageOf(module, "wasm");
    const to = at(closed, "argot:1.0");
    const refused = refuses(/does not read the tag of argot, 401/, /docker login 127/);
    await assert.rejects(push(image, to, false), refused);
    logIn({ [to.host]: authOf("wrong") });
    await assert.rejects(push(image, to, false), refused);
    logIn({ [to.host]: authOf() });
    assert.equal(await push(image, to, false), true);
    assert.ok((await pull(closed, "argot:1.0", "wasm")).equals(module.wasm));
  });

  test("a registry that wants a token of its token server", async () => {
    const image = imageOf(module, "compat");
    const to = at(bearer, "argot:1.0");
    const refused = refuses(/gives no token, 401/, /docker login 127/);
    await assert.rejects(push(image, to, false), refused);
    logIn({ [to.host]: authOf("wrong") });
    await assert.rejects(push(image, to, false), refused);
    assert.equal(tokens.granted, 0);
    logIn({ [to.host]: authOf() });
    assert.equal(await push(image, to, false), true);
    assert.equal(tokens.granted, 1);
    logIn({ [to.host]: { identitytoken: REFRESH_TOKEN } });
    assert.ok((await pull(bearer, "argot:1.0", "compat")).equals(module.wasm));
    assert.equal(tokens.granted, 2);
  });

  test("a registry that does not answer", async () => {
    const to = parseReference(`127.0.0.1:${await freePort()}/argot`, "1.0");
    const refused = refuses(/can't be reached \(ECONNREFUSED; ECONNREFUSED\)/, /that it|runs/);
    await assert.rejects(push(imageOf(module, "compat"), to, false), refused);
  });
});
