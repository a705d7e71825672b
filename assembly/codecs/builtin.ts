/** The protocols of the standard module. */
import { AwesomeRpcCodec } from "./awesomerpc/codec";
import { DubboCodec } from "./dubbo/codec";
import { addCodec } from "./registry";
import { ThriftCodec } from "./thrift/codec";

addCodec(new DubboCodec());
addCodec(new AwesomeRpcCodec());
addCodec(new ThriftCodec());
