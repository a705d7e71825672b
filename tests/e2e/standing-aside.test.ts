/**
 * Mode lanes on a port that is a TCP one: bytes go through untouched, both ways, so that filter and
 * port's protocol may come and go in any order. And lanes named after the address that was called.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { after, before, test } from "node:test";
import { DubboClient, DubboServer } from "../support/dubbo.js";
import { Envoy } from "../support/envoy.js";
import { filtersOf, printed, type Printed } from "./support/static.js";
import { argotStats } from "./support/stats.js";

const GREETING = "server speaks first\n";

let server: DubboServer;
const greeter = createServer((socket) => socket.end(GREETING));
let envoy: Envoy;
let ports: number[];

before(async () => {
  server = await DubboServer.start({ tag: "v1" });
  greeter.listen(0, "127.0.0.1");
  await once(greeter, "listening");
  const { port: greeterPort } = greeter.address() as { port: number };
  const printedSetups = await printed([
    { name: "passed", subsets: { v1: server.port } },
    { name: "greeted", subsets: { v1: greeterPort } },
    { name: "addressed", subsets: { v1: server.port } },
  ]);
  ports = printedSetups.ports;
  const { config } = printedSetups;
  withTcpProxy(config, 0);
  withTcpProxy(config, 1);
  withAddress(config, 2, ports[2]!);
  envoy = await Envoy.start(config);
});

after(async () => {
  await envoy?.stop();
  await server.close();
  greeter.close();
});

interface Cluster {
  name: string;
  upstream_config?: unknown;
}

/** What a TCP port has: tcp_proxy in place of the HCM, and a cluster as it is for TCP. */
function withTcpProxy(config: Printed, index: number): void {
  const cluster = config.static_resources.clusters[index] as Cluster;
  delete cluster.upstream_config;
  filtersOf(config, index)[1] = {
    name: "envoy.filters.network.tcp_proxy",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
      stat_prefix: "tcp",
      cluster: cluster.name,
    },
  };
}

/** Lanes with the address as authority, and a virtual host of that name only. */
function withAddress(config: Printed, index: number, port: number): void {
  const [argot, hcm] = filtersOf(config, index);
  const { configuration } = argot!.typed_config.config!;
  const plugin = JSON.parse(configuration.value) as { authority: string };
  plugin.authority = "%DOWNSTREAM_LOCAL_ADDRESS%";
  configuration.value = JSON.stringify(plugin);
  const { virtual_hosts } = hcm!.typed_config.route_config as {
    virtual_hosts: { domains: string[] }[];
  };
  virtual_hosts[0]!.domains = [`127.0.0.1:${port}`];
}

test("in front of tcp_proxy the filter stands aside", async () => {
  const client = await DubboClient.connect(ports[0]!);
  for (let i = 0; i < 3; i++) {
    assert.equal((await client.call({ args: [`${i}`] })).value, `v1:${i}`);
  }
  const large = "x".repeat(300_000);
  assert.equal((await client.call({ args: [large] })).value, `v1:${large}`);
  client.close();
  await envoy.until(async () => {
    const { connections, connections_passed, connections_active, requests, lanes_opened } =
      await argotStats(envoy, "passed");
    return (
      connections === 1 &&
      connections_passed === 1 &&
      connections_active === 0 &&
      requests === 0 &&
      lanes_opened === 0
    );
  });
});

test("what a server says first goes through, too", async () => {
  const socket = connect(ports[1]!, "127.0.0.1").setEncoding("utf8");
  let text = "";
  socket.on("data", (part: string) => (text += part));
  await once(socket, "close");
  assert.equal(text, GREETING);
});

test("the address that was called names the lanes", async () => {
  const client = await DubboClient.connect(ports[2]!);
  assert.equal((await client.call({ args: ["to you"] })).value, "v1:to you");
  client.close();
});
