/** The protocols whose codecs go through the shared cases, the fuzzer and the benchmark. */
import type { Protocol } from "./protocol.js";
import { awesomerpcProtocol } from "./protocols/awesomerpc.js";
import { boltProtocol } from "./protocols/bolt.js";
import { brpcProtocol } from "./protocols/brpc.js";
import { declaredProtocols } from "./protocols/declared.js";
import { dubboProtocol } from "./protocols/dubbo.js";
import { motan2Protocol } from "./protocols/motan2.js";
import { plainProtocol } from "./protocols/plain.js";
import { thriftProtocol } from "./protocols/thrift.js";
import { trpcProtocol } from "./protocols/trpc.js";

export const protocols: readonly Protocol[] = [
  dubboProtocol,
  awesomerpcProtocol,
  thriftProtocol,
  boltProtocol,
  brpcProtocol,
  motan2Protocol,
  trpcProtocol,
  plainProtocol,
  ...declaredProtocols,
];
