import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { withSection } from "../../scripts/build/section.js";
import { gzip, tar } from "../../scripts/package/archive.js";
import { imageOf, type Format } from "../../scripts/package/image.js";
import { writeLayout } from "../../scripts/package/layout.js";
import type { Module } from "../../scripts/package/module.js";
import { originsOf, parseReference, urlOf } from "../../scripts/package/reference.js";

const empty = Buffer.from("0061736d01000000", "hex");
const module: Module = {
  ...{ name: "argot.wasm", sha256: "", version: "0.1.0", protocols: ["dubbo"], standard: true },
  wasm: withSection(empty, "filler", "x".repeat(100_000)),
};

describe("archives", () => {
  for (const size of [0, 1, 511, 512, 513, 65_535, 65_536, 200_000]) {
    it(`of ${size} bytes are what gzip and tar unpack`, () => {
      const bytes = Buffer.alloc(size, "abc");
      const packed = gzip(tar([{ name: "a/plugin.wasm", bytes }]));
      const unpacked = execFileSync("tar", ["-xOf", "-", "a/plugin.wasm"], {
        input: gunzipSync(packed),
        maxBuffer: 1 << 20,
      });
      assert.ok(unpacked.equals(bytes));
      execFileSync("gzip", ["--test"], { input: packed });
    });
  }
});

describe("images", () => {
  // Digests that change without a reason break whoever pinned them.
  const digests: Record<Format, string> = {
    compat: "sha256:b0c954c107467f56df3166b951108208650d68152486845cc058f1f063647ffe",
    wasm: "sha256:509c17051efd2bd3d32d4bc846d04af0280b0fe04eab8d1215eeed53f69198ed",
  };
  for (const format of ["compat", "wasm"] as const) {
    it(`in format ${format} are the same everywhere`, () => {
      const image = imageOf(module, format, { revision: "abc", licenses: "Apache-2.0" });
      assert.equal(image.manifest.digest, digests[format]);
      assert.notEqual(imageOf(module, format).manifest.digest, digests[format]);
    });
  }

  it("say what they are", () => {
    const source = "https://git.example/argot";
    const about = { source, revision: "abc", licenses: "Apache-2.0" };
    const { annotations } = JSON.parse(
      imageOf(module, "compat", about).manifest.bytes.toString(),
    ) as { annotations: Record<string, string> };
    assert.deepEqual(annotations, {
      "module.wasm.image/variant": "compat",
      "org.opencontainers.image.licenses": "Apache-2.0",
      "org.opencontainers.image.revision": "abc",
      "org.opencontainers.image.source": source,
      "org.opencontainers.image.title": "argot.wasm",
      "org.opencontainers.image.version": "0.1.0",
    });
  });

  it("lie on disk as a folder or as one file", async () => {
    const directory = mkdtempSync(join(tmpdir(), "argot-layout-"));
    try {
      const image = imageOf(module, "wasm");
      const folder = join(directory, "folder");
      await writeLayout(image, "1.0", folder);
      await writeLayout(image, "1.0", join(directory, "argot.tar"));
      const names = ["oci-layout", "index.json", ...[image.manifest, ...image.blobs].map(pathOf)];
      const listed = execFileSync("tar", ["-tf", join(directory, "argot.tar")]).toString();
      assert.deepEqual(listed.trim().split("\n"), names);
      for (const { digest, bytes } of [image.manifest, ...image.blobs]) {
        assert.ok(readFileSync(join(folder, pathOf({ digest }))).equals(bytes));
      }
      const { manifests } = JSON.parse(readFileSync(join(folder, "index.json"), "utf8")) as {
        manifests: { digest: string; annotations: object }[];
      };
      assert.equal(manifests[0]?.digest, image.manifest.digest);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

function pathOf({ digest }: { digest: string }): string {
  return `blobs/${digest.replace(":", "/")}`;
}

describe("references", () => {
  it("have a host, a repository and a tag", () => {
    const of = (text: string) => urlOf(parseReference(text, "0.1.0"));
    assert.equal(of("oci://registry.example/argot"), "oci://registry.example/argot:0.1.0");
    assert.equal(of("127.0.0.1:5000/a/b_c:v1"), "oci://127.0.0.1:5000/a/b_c:v1");
    assert.equal(of("oci://[::1]:5000/argot:1"), "oci://[::1]:5000/argot:1");
  });

  const bad = ["argot", "oci://argot", "oci:///argot", "https://a.example/b", "a.example/B"];
  for (const text of [...bad, "a.example/b:", "a.example/b:-", "a.example/b@sha256:00", "a b/c"]) {
    it(`${text} is none`, () => {
      assert.throws(() => parseReference(text, "latest"), /names no image/);
    });
  }

  it("are asked without TLS only where they are near", () => {
    const schemes = (host: string) =>
      originsOf(parseReference(`${host}/argot`, "1")).map((origin) => origin.split(":")[0]);
    const near = [
      "localhost:5000",
      "127.0.0.1",
      "[::1]:1",
      "10.0.0.1",
      "172.31.0.1",
      "192.168.1.1",
    ];
    for (const host of near) assert.deepEqual(schemes(host), ["https", "http"], host);
    const far = ["registry.example", "172.32.0.1", "11.0.0.1", "localhost.example", "10.example"];
    for (const host of far) assert.deepEqual(schemes(host), ["https"], host);
  });
});
