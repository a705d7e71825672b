/** Modules with a single codec of Argot's own, as `argot build --codec` makes them. */
import { join } from "node:path";
import { buildOwn } from "../../scripts/build/own-module.js";
import { packageRoot } from "../../scripts/cli/paths.js";
import { hasCodec, protocols } from "../../scripts/protocol/protocols.js";

/** The protocols that have a codec. */
export const withCodec = Object.keys(protocols).filter(hasCodec);

/** Bytes of the filter with `codec`, as `--codec` names it, built in `folder`. */
export async function sizeOf(codec: string, folder: string): Promise<number> {
  const { modules } = await buildOwn(
    [codec],
    join(folder, `${codec.replace(":", "-")}.wasm`),
    folder,
    packageRoot,
  );
  return modules[0]?.bytes ?? NaN;
}
