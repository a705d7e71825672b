/** Modules with a single codec of Argot's own, as `argot build --codec` makes them. */
import { join } from "node:path";
import { buildOwn } from "../../scripts/build/own-module.js";
import { packageRoot } from "../../scripts/cli/paths.js";
import { hasCodec, protocols } from "../../scripts/protocol/protocols.js";

/** The protocols that have a codec. */
export const withCodec = Object.keys(protocols).filter(hasCodec);

/** Bytes of the filter with the codec of `protocol`, built in `folder`. */
export async function sizeOf(protocol: string, folder: string): Promise<number> {
  const { modules } = await buildOwn(
    [protocol],
    join(folder, `${protocol}.wasm`),
    folder,
    packageRoot,
  );
  return modules[0]?.bytes ?? NaN;
}
