/** Apache Dubbo, of all ages. */
import { testFramework } from "./support/cases.js";
import { dubbo } from "./support/dubbo.js";

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
