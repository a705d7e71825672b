/** An image on disk: an OCI image layout (image-spec 1.1, image-layout.md), which skopeo, crane
 * and oras can push. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { messageOf, UserError } from "../cli/error.js";
import { type Entry, tar } from "./archive.js";
import type { Image } from "./image.js";

/**
 * Writes the layout to a folder, or, if `out` ends in `.tar`, to one file.
 * @param tag what the image is called in it
 * @throws UserError if it can't be written
 */
export async function writeLayout(image: Image, tag: string, out: string): Promise<void> {
  const entries = entriesOf(image, tag);
  const files = out.endsWith(".tar")
    ? [{ path: out, bytes: tar(entries) }]
    : entries.map(({ name, bytes }) => ({ path: join(out, name), bytes }));
  try {
    for (const { path, bytes } of files) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, bytes);
    }
  } catch (cause) {
    throw new UserError(`can't be written (${messageOf(cause)})`, {
      file: out,
      remedy: "Choose a folder that you may write to, or a file that ends in .tar.",
      cause,
    });
  }
}

function entriesOf({ manifest, blobs }: Image, tag: string): Entry[] {
  const index = {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [
      {
        ...{ mediaType: manifest.mediaType, digest: manifest.digest, size: manifest.bytes.length },
        annotations: { "org.opencontainers.image.ref.name": tag },
      },
    ],
  };
  const json = (value: object) => Buffer.from(JSON.stringify(value));
  return [
    { name: "oci-layout", bytes: json({ imageLayoutVersion: "1.0.0" }) },
    { name: "index.json", bytes: json(index) },
    ...[manifest, ...blobs].map(({ digest, bytes }) => ({
      name: `blobs/${digest.replace(":", "/")}`,
      bytes,
    })),
  ];
}
