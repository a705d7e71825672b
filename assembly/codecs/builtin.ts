/** The protocols of the standard module: those by name, and all that are described. */
import { interpretDescriptions } from "./described";
import { AwesomeRpcCodec } from "./awesomerpc/codec";
import { BoltCodec } from "./bolt/codec";
import { BrpcCodec } from "./brpc/codec";
import { readDescription } from "./declared/read";
import { DubboCodec } from "./dubbo/codec";
import { Motan2Codec } from "./motan2/codec";
import { TrpcCodec } from "./trpc/codec";
import { addCodec } from "./registry";
import { ThriftCodec } from "./thrift/codec";

interpretDescriptions((json, path) => readDescription(json, path));

addCodec(new DubboCodec());
addCodec(new AwesomeRpcCodec());
addCodec(new ThriftCodec());
addCodec(new BoltCodec());
addCodec(new BrpcCodec());
addCodec(new Motan2Codec());
addCodec(new TrpcCodec());
