/** Brings an image to a registry. */
import { UserError } from "../cli/error.js";
import { credentialsFor } from "./credentials.js";
import { type Image, MEDIA } from "./image.js";
import { type Reference, urlOf } from "./reference.js";
import { Registry } from "./registry.js";

/**
 * Pushes what is not there. Proxies that know a tag do not pull it again (WasmPlugin's
 * `imagePullPolicy`), so a tag that names another image stays as it is unless `replace` is set.
 * @returns whether anything was written
 * @throws UserError if the registry refuses, can't be reached, or has the tag for another image
 */
export async function push(image: Image, to: Reference, replace: boolean): Promise<boolean> {
  const registry = await Registry.open(to, credentialsFor(to.host));
  const there = await registry.manifest(MEDIA.manifest);
  if (there?.digest === image.manifest.digest) return false;
  if (there !== undefined && !replace) {
    throw new UserError(`${urlOf(to)} is there already and another image (${there.digest})`, {
      remedy: "Choose another tag with --tag, or replace that one with --replace.",
    });
  }
  for (const blob of image.blobs) await registry.putBlob(blob);
  await registry.putManifest(image.manifest);
  return true;
}
