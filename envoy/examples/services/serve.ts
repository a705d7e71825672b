/**
 * Starts the services that the examples route to, on the ports that they name, until Ctrl-C:
 * `npx tsx envoy/examples/services/serve.ts`.
 */
import { once } from "node:events";
import { awesomeServer } from "./awesomerpc.js";
import { greeter } from "./greeter.js";

const servers = [
  { name: "greeter v1 (Dubbo)", port: 20881, server: greeter("v1") },
  { name: "greeter v2 (Dubbo)", port: 20882, server: greeter("v2") },
  { name: "awesome v1 (AwesomeRPC)", port: 20891, server: awesomeServer("v1") },
  { name: "awesome v2 (AwesomeRPC)", port: 20892, server: awesomeServer("v2") },
];

for (const { name, port, server } of servers) {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  process.stdout.write(`${name} listens on 127.0.0.1:${port}\n`);
}
