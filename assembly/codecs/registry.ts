/** The codecs that this module speaks, by their names in the configuration. */
import { AwesomeRpcCodec } from "./awesomerpc/codec";
import { Codec } from "./codec";
import { DubboCodec } from "./dubbo/codec";

/** A codec for the protocol `name`, or null if there is none. */
export function codecFor(name: string): Codec | null {
  if (name == "dubbo") return new DubboCodec();
  if (name == "awesomerpc") return new AwesomeRpcCodec();
  return null;
}
