/** The protocols whose codecs go through the shared cases, the fuzzer and the benchmark. */
import type { Protocol } from "./protocol.js";
import { awesomerpcProtocol } from "./protocols/awesomerpc.js";
import { dubboProtocol } from "./protocols/dubbo.js";
import { plainProtocol } from "./protocols/plain.js";
import { thriftProtocol } from "./protocols/thrift.js";

export const protocols: readonly Protocol[] = [
  dubboProtocol,
  awesomerpcProtocol,
  thriftProtocol,
  plainProtocol,
];
