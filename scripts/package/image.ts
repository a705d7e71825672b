/**
 * A module as an OCI image, in the two formats that Istio's agent unpacks (Istio 1.29.1,
 * pkg/wasm/imagefetcher.go) and the Wasm Image Specification describes (solo-io/wasm, spec/).
 */
import { createHash } from "node:crypto";
import { gzip, tar } from "./archive.js";
import type { Module } from "./module.js";

/**
 * `compat`: an ordinary image with one layer, a tar.gz with `plugin.wasm`; every registry and tool
 * takes it. `wasm`: the media types of the specification, the module as it is; some registries
 * refuse artifacts that they don't know.
 */
export type Format = "compat" | "wasm";

/** Bytes as registries store them. */
export interface Blob {
  mediaType: string;
  /** `sha256:` and hex digits. */
  digest: string;
  bytes: Buffer<ArrayBuffer>;
}

export interface Image {
  manifest: Blob;
  /** What the manifest names. */
  blobs: Blob[];
}

export const MEDIA = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  imageConfig: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar+gzip",
  wasmConfig: "application/vnd.module.wasm.config.v1+json",
  wasm: "application/vnd.module.wasm.content.layer.v1+wasm",
} as const;

/** What an image says about itself beside what its module says. */
export interface About {
  revision?: string;
  source?: string;
  licenses?: string;
}

/** Makes the image; the same module and words give the same digest, on every machine. */
export function imageOf(module: Module, format: Format, about: About = {}): Image {
  const compat = format === "compat";
  const [config, ...layers] = compat ? compatBlobs(module) : wasmBlobs(module);
  const text = JSON.stringify({
    schemaVersion: 2,
    mediaType: MEDIA.manifest,
    config: describe(config),
    layers: layers.map((layer) => describe(layer, titleOf(layer, module))),
    annotations: {
      ...(compat && { "module.wasm.image/variant": "compat" }),
      ...annotationsOf(module, about),
    },
  });
  return { manifest: blob(MEDIA.manifest, text), blobs: uniqueOf([config, ...layers]) };
}

function compatBlobs({ wasm }: Module): [Blob, Blob] {
  const archive = tar([{ name: "plugin.wasm", bytes: wasm }]);
  // What tools that unpack images ask for; `wasm` is what Docker calls the architecture.
  const config = {
    architecture: "wasm",
    os: "wasip1",
    rootfs: { type: "layers", diff_ids: [digestOf(archive)] },
    config: {},
  };
  return [blob(MEDIA.imageConfig, JSON.stringify(config)), blob(MEDIA.layer, gzip(archive))];
}

/** The agent asks for exactly two layers, of which one is the module. */
function wasmBlobs({ wasm }: Module): [Blob, Blob, Blob] {
  const runtime = { type: "envoy_proxy", abiVersions: ["v0.2.1"], config: { rootIds: [] } };
  const config = blob(MEDIA.wasmConfig, JSON.stringify(runtime));
  return [config, config, blob(MEDIA.wasm, wasm)];
}

function titleOf({ mediaType }: Blob, { name }: Module): Record<string, string> | undefined {
  const titles: Record<string, string> = {
    [MEDIA.wasmConfig]: "runtime-config.json",
    [MEDIA.wasm]: name,
  };
  const title = titles[mediaType];
  return title === undefined ? undefined : { "org.opencontainers.image.title": title };
}

function annotationsOf({ name, version }: Module, about: About): Record<string, string> {
  const known = Object.entries({ title: name, version, ...about }).sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  return Object.fromEntries(
    known.flatMap(([key, value]) =>
      value === undefined ? [] : [[`org.opencontainers.image.${key}`, value]],
    ),
  );
}

function describe({ mediaType, digest, bytes }: Blob, annotations?: Record<string, string>) {
  return { mediaType, digest, size: bytes.length, ...(annotations && { annotations }) };
}

function uniqueOf(blobs: Blob[]): Blob[] {
  return [...new Map(blobs.map((each) => [each.digest, each])).values()];
}

function blob(mediaType: string, content: string | Buffer): Blob {
  const bytes = Buffer.from(content);
  return { mediaType, digest: digestOf(bytes), bytes };
}

/** `sha256:` and the hex digits of the hash of `bytes`. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
