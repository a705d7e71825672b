/** The protocols of the standard module. */
import { AwesomeRpcCodec } from "./awesomerpc/codec";
import { DubboCodec } from "./dubbo/codec";
import { addCodec } from "./registry";

addCodec(new DubboCodec());
addCodec(new AwesomeRpcCodec());
