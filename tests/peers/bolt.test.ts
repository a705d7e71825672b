/** SOFABolt by itself, in both of its versions, and SOFARPC on top of it. */
import { testFramework } from "./support/cases.js";
import { java } from "./support/java.js";

const beat = "-Dbolt.tcp.heartbeat.interval=1000";

const versions = {
  v1: [],
  v2: ["protocol=2", "version=2", "crc=false"],
  "v2 with CRC": ["protocol=2", "version=2", "crc=true"],
};

for (const [version, options] of Object.entries(versions)) {
  await testFramework({
    name: `sofabolt 1.6.7, ${version}`,
    protocol: "bolt",
    ...java("bolt", "1.6.7", options, [beat]),
    refused: "InvokeServerException",
    says: false, // Bolt's own exceptions say where and which call
    heartbeats: true,
  });
}

await testFramework({
  name: "sofarpc 5.12.0",
  protocol: "bolt",
  ...java("sofarpc", "5.12.0", [], [beat, "-Dinvoke.baggage.enable=true"]),
  attachment: "rpc_req_baggage.user",
  changes: false, // its server reads baggage in the content only: such a request is refused
  refused: "SofaRpcException",
  heartbeats: true,
});
