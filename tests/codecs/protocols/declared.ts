/** The descriptions in protocols/, each tried as the codec that it describes is. */
import { join } from "node:path";
import { packageRoot } from "../../../scripts/cli/paths.js";
import { toProgram } from "../../../scripts/declared/program.js";
import { loadDescription } from "../../../scripts/protocol/described.js";
import type { Protocol } from "../protocol.js";
import { byName } from "../support/probe.js";
import { awesomerpcProtocol } from "./awesomerpc.js";
import { boltProtocol } from "./bolt.js";
import { brpcProtocol } from "./brpc.js";
import { motan2Protocol } from "./motan2.js";
import { trpcProtocol } from "./trpc.js";

/** What the module takes for the protocol in protocols/NAME.yaml. */
export function programOf(name: string): string {
  return JSON.stringify(toProgram(loadDescription(join(packageRoot, "protocols", `${name}.yaml`))));
}

/** Streams, and changes of attachments, are for codecs in code. */
function declared(protocol: Protocol, but: Partial<Protocol> = {}): Protocol {
  const program = programOf(protocol.name);
  const { attachments, ...rest } = protocol;
  delete rest.streams;
  return {
    ...rest,
    name: `${protocol.name}, declared`,
    opener: (module, give) => {
      if (!module.open(...give(program))) throw new Error(`${protocol.name} can't be read`);
    },
    samples: protocol.samples.filter(({ kind }) => kind !== "stream"),
    ...(attachments && { attachments: { ...attachments, mutable: false } }),
    inspected: false,
    ...but,
  };
}

/** The same, compiled instead of interpreted. */
function compiled(protocol: Protocol): Protocol {
  const name = protocol.name.replace(/, declared$/, "");
  return {
    ...protocol,
    name: `${name}, compiled`,
    module: "compiled.wasm",
    opener: byName(`${name}-declared`),
  };
}

const interpreted: readonly Protocol[] = [
  declared(awesomerpcProtocol),
  // Its error reply is a status without a body, and conditions decide how long a header is.
  declared(boltProtocol, { errors: "flag", scans: true }),
  declared(brpcProtocol),
  declared(motan2Protocol),
  declared(trpcProtocol),
];

export const declaredProtocols: readonly Protocol[] = [
  ...interpreted,
  ...interpreted.map((protocol) => compiled(protocol)),
];
