/** The examples that ship: their YAML, their services and clients, and a real hessian2 library. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo, Server, Socket } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  AwesomeClient,
  awesomeServer,
  HELLO,
  UPPER_CASE,
} from "../../envoy/examples/services/awesomerpc.js";
import { DubboClient, DubboError } from "../../envoy/examples/services/dubbo-client.js";
import { GREETER, greeter, versionOf } from "../../envoy/examples/services/greeter.js";
import { packageRoot } from "../../scripts/cli/paths.js";
import { loadForEnvoy } from "../../scripts/protocol/load.js";
import type { Model } from "../../scripts/protocol/model.js";
import { Stage } from "./support/stage.js";

const servers: Server[] = [];
const sockets = new Set<Socket>();
let stage: Stage;

before(async () => {
  const greeters = { v1: await listen(greeter("v1")), v2: await listen(greeter("v2")) };
  const awesome = { v1: await listen(awesomeServer("v1")), v2: await listen(awesomeServer("v2")) };
  stage = await Stage.start([
    ...example("greeter.yaml", greeters),
    ...example("greeter-connection.yaml", greeters),
    ...example("awesome.yaml", awesome),
  ]);
});

after(async () => {
  await stage?.stop();
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
});

/** @returns the free port on which it listens */
async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.on("connection", (socket) => sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** An example with the ports on which the servers really listen. */
function example(file: string, ports: Record<string, number>): Model {
  const model = loadForEnvoy(join(packageRoot, "envoy", "examples", file));
  for (const { services } of model) {
    for (const { subsets } of services) {
      for (const subset of subsets) subset.endpoints = [`127.0.0.1:${ports[subset.name]}`];
    }
  }
  return model;
}

const callAs = (client: DubboClient, user: string, method: string, arg: string | number) =>
  client.call({ service: GREETER, method, args: [arg], attachments: { user } });

test("greeter.yaml: alice sees v2, others are split, shutdown is refused, exceptions pass", async () => {
  const client = await DubboClient.connect(stage.port("greeter"));
  const seen: Record<string, number> = { v1: 0, v2: 0 };
  const bob = async (i: number) => {
    const text = String(await callAs(client, "bob", "hello", `Bob ${i} äöü ✋`));
    assert.ok(text.startsWith(`hello Bob ${i} äöü ✋, this is v`), text);
    seen[versionOf(text)]!++;
  };
  for (let i = 0; i < 600; i += 4) await Promise.all([0, 1, 2, 3].map((j) => bob(i + j)));
  // 150 lanes at 80/20: the share strays by 3 points (one standard deviation).
  assert.ok(seen.v2! > 30 && seen.v2! < 240, `v2 got ${seen.v2} of 600 calls`);

  for (const text of await Promise.all(
    Array.from({ length: 50 }, () => callAs(client, "alice", "hello", "Alice")),
  )) {
    assert.equal(versionOf(text), "v2");
  }
  await assert.rejects(callAs(client, "bob", "shutdown", "now"), (error: DubboError) => {
    assert.equal(error.message, "shutdown is not for clients");
    return true;
  });
  await assert.rejects(callAs(client, "bob", "fail", "oh dear"), (error: DubboError) => {
    assert.equal(error.status, 20, "an exception of the method, not of the framework");
    assert.match(error.message, /^oh dear \(v[12]\)$/);
    return true;
  });
  const [slow, fast] = [callAs(client, "bob", "slow", 300), callAs(client, "alice", "hello", "A")];
  assert.equal(await Promise.race([slow, fast]), "hello A, this is v2");
  assert.match(String(await slow), /^v[12] took 300 ms$/);
  const calls = 600 + 50 + 1 + 1 + 2;
  await stage.counts("greeter", { requests: calls, responses: calls - 1, error_replies: 1 });
  client.close();
});

test("greeter-connection.yaml: testers see v2 with all calls of their connection", async () => {
  for (const user of ["alice", "test-7"]) {
    const client = await DubboClient.connect(stage.port("greeter-connection"));
    for (let i = 0; i < 3; i++) {
      assert.equal(versionOf(await callAs(client, user, "hello", "x")), "v2");
    }
    client.close();
    const ofUser = (entry: Record<string, string>) =>
      "connection" in entry && entry["attachment.user"] === user;
    assert.equal((await stage.logged(ofUser))[0]?.rule, "testers");
  }
});

test("awesome.yaml: command 1 goes to v2, others to v1", async () => {
  const client = await AwesomeClient.connect(stage.port("awesome"));
  assert.equal(await client.call(HELLO, "Ada"), "hello Ada, this is v2");
  assert.equal(await client.call(UPPER_CASE, "Ada"), "ADA, this is v1");
  await assert.rejects(client.call(77, "?"), /code 404: no command 77/);
  client.close();
});
