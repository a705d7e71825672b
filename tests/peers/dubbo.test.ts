/** Apache Dubbo, of all ages. */
import { java } from "./support/java.js";
import { testFramework } from "./support/cases.js";
import type { Program } from "./support/peer.js";

/** A consumer takes the machine's own address for 127.0.0.1, unless it is told that it has none. */
const flags = ["-Ddubbo.network.interface.ignored=.*"];

function dubbo(version: string, ...options: string[]): { client: Program; server: Program } {
  return java("dubbo", version, ["heartbeat=1000", ...options], flags);
}

const common = { protocol: "dubbo", refused: "RpcException", heartbeats: true } as const;

for (const version of ["2.7.23", "3.2.16", "3.3.2"]) {
  await testFramework({ name: `dubbo ${version}`, ...common, ...dubbo(version) });
}

await testFramework({
  name: "dubbo 3.2.16, fastjson2",
  ...common,
  ...dubbo("3.2.16", "serialization=fastjson2"),
});

await testFramework({
  name: "dubbo 2.7.23 client, 3.3.2 server",
  ...common,
  client: dubbo("2.7.23").client,
  server: dubbo("3.3.2").server,
});
