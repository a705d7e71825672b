/**
 * Where lanes can begin and end in an Istio as it is installed: gateways, services outside the
 * mesh, headless ones, several protocols side by side, and HTTP on the same port number.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DubboClient, STATUS, type Call, type Reply } from "../support/dubbo.js";
import { TallyClient, Type } from "../support/tally.js";
import { ThriftClient } from "../support/thrift.js";
import { until } from "../support/wait.js";
import { PORT, type Greeter } from "./support/greeter.js";
import { OUTSIDE, Places, PORTS } from "./support/places.js";
import type { Pod } from "./support/pod.js";

const allow = `
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: only-caller, namespace: default }
spec:
  selector: { matchLabels: { app: greeter } }
  action: ALLOW
  rules:
    - from: [{ source: { principals: [cluster.local/ns/default/sa/caller] } }]
      to: [{ operation: { paths: [/demo.Greeter/hello], ports: ["${PORT}"] } }]
      when: [{ key: "request.headers[x-argot-attachment-user]", values: [alice, bob] }]
`;

let places: Places;
let greeter: Greeter;
let addresses: Places["addresses"];
let edge: Pod;
let stranger: Pod;

before(async () => {
  places = await Places.start();
  ({ greeter, addresses, edge, stranger } = places);
});
after(() => places?.stop());

async function dubbo(by: { connect: Pod["connect"] }, ip: string, port: number, call: Call = {}) {
  const client = await DubboClient.connect(await by.connect(ip, port));
  try {
    return await client.call({ args: ["x"], ...call });
  } finally {
    client.close();
  }
}

test("several services on one port: the address that a client calls is the service", async () => {
  assert.equal((await dubbo(greeter.caller, greeter.ip, PORT)).value, "v1:x");
});

test("ServiceEntry: servers outside the mesh", async () => {
  assert.equal((await dubbo(greeter.caller, OUTSIDE, PORT)).value, "legacy:x");
});

test("an HTTP service on the same port number goes on, with and without a sidecar", async () => {
  for (const name of ["web", "site"]) {
    const { status, body } = await greeter.caller.http(PORT, "/", "GET", addresses.get(name));
    assert.deepEqual({ name, status, body }, { name, status: 200, body: "web" });
  }
});

test("a limit: HTTP servers in the mesh must listen on other ports than private ones", async () => {
  const { status } = await greeter.caller.http(PORTS.thrift, "/", "GET", addresses.get("site"));
  assert.equal(status, 503);
});

test("headless service: each server by its own address", async () => {
  const { ip } = greeter.pods.get("v1")!;
  for (let i = 0; i < 3; i++) {
    assert.equal((await dubbo(greeter.caller, ip, PORTS.quiet)).value, "quiet:x");
    assert.equal((await dubbo(greeter.caller, stranger.ip, PORTS.quiet)).value, "other:x");
  }
});

test("a limit: a headless service needs an ApplicationProtocol of its own", async () => {
  const { status } = await dubbo(greeter.caller, stranger.ip, PORT);
  assert.equal(status, STATUS.SERVER_ERROR);
});

test("a second protocol: Thrift", async () => {
  const client = await ThriftClient.connect(
    await greeter.caller.connect(addresses.get("thrift")!, PORTS.thrift),
  );
  const { text } = await client.call({ name: "add", text: "1" });
  client.close();
  assert.equal(text, "calc:1");
});

test("ingress gateway: a client outside the mesh", async () => {
  assert.equal((await dubbo(greeter.lab.node, edge.ip, PORT)).value, "v1:x");
  const { status, error } = await dubbo(greeter.lab.node, edge.ip, PORT, { method: "other" });
  assert.notEqual(status, STATUS.OK);
  assert.match(String(error), /not at this door/);
});

test("a protocol that is described, not built in", async () => {
  const socket = await greeter.caller.connect(addresses.get("tally")!, PORTS.tally);
  const client = await TallyClient.connect(socket);
  assert.deepEqual(await client.send(Type.request, "stock", "7"), [
    Type.response,
    0,
    "tally got stock7",
  ]);
  const [, status, text] = await client.send(Type.request, "wipe");
  client.close();
  assert.notEqual(status, 0);
  assert.match(text, /not for you/);
});

test("mode connection: the first request picks the servers of a TCP connection", async () => {
  const { caller } = greeter;
  const ip = addresses.get("pinned")!;
  assert.equal((await dubbo(caller, ip, PORTS.pinned, { method: "farther" })).value, "far:x");
  assert.equal((await dubbo(caller, ip, PORTS.pinned)).value, "near:x");
});

test("mode connection: several services of one document, each on its port", async () => {
  const ip = addresses.get("whole")!;
  assert.equal((await dubbo(greeter.caller, ip, PORTS.whole)).value, "whole:x");
});

test("AuthorizationPolicy ALLOW: one principal, one method, two users, and nobody else", async () => {
  const ask = (pod: Pod, user: string, method = "hello") =>
    dubbo(pod, greeter.ip, PORT, { method, attachments: { user } });
  assert.equal((await ask(stranger, "alice")).value, "v1:x");
  await greeter.lab.apply(allow);
  const isDenied = ({ error = "" }: Reply) => error.includes("RBAC: access denied");
  await until(async () => isDenied(await ask(stranger, "alice")), {
    timeout: 30_000,
    what: "denied call",
  });
  assert.equal((await ask(greeter.caller, "alice")).value, "v1:x");
  assert.equal((await ask(greeter.caller, "bob")).value, "v1:x");
  assert.ok(isDenied(await ask(greeter.caller, "carol")));
  assert.ok(isDenied(await ask(greeter.caller, "alice", "goodbye")));
});
