/** A real Envoy takes over what changes in a model, and nothing else. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { DubboClient } from "../../../envoy/examples/services/dubbo-client.js";
import { GREETER, greeter, versionOf } from "../../../envoy/examples/services/greeter.js";
import { UserError } from "../../../scripts/cli/error.js";
import { distDir } from "../../../scripts/cli/paths.js";
import { findEnvoy } from "../../../scripts/envoy/find.js";
import type { Model } from "../../../scripts/protocol/model.js";
import { startEnvoy, type RunningEnvoy } from "../../../scripts/protocol/run.js";
import { freePort } from "../../support/ports.js";
import { document, modelOf } from "./support.js";

const LISTENER = "greeter-20880";
const servers: Server[] = [];

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function start(model: Model, freePorts = true): Promise<RunningEnvoy> {
  const { path } = await findEnvoy();
  const wasm = join(distDir, "argot.wasm");
  return await startEnvoy({ model, envoy: path, wasm, concurrency: 1, freePorts });
}

describe("a running Envoy", () => {
  let envoy: RunningEnvoy;
  let client: DubboClient;
  let ports: Record<string, number>;

  /** One service, all of whose requests go to `to`; lanes end with each request. */
  function model(to: string, names = ["v1", "v2"], spec: object = {}): Model {
    const subsets = names.map((name) => ({ name, endpoints: [`127.0.0.1:${ports[name]}`] }));
    const routes = [{ to: [{ subset: to }] }];
    return modelOf(document({ lanes: { maxRequests: 1 }, ...spec }, { subsets, routes }));
  }

  async function whoAnswers(): Promise<string> {
    const call = { service: GREETER, method: "hello", args: ["Ada"] };
    return versionOf(await client.call(call));
  }

  before(async () => {
    ports = {
      v1: await listen(greeter("v1")),
      v2: await listen(greeter("v2")),
      v3: await listen(greeter("v3")),
    };
    envoy = await start(model("v1"));
    client = await DubboClient.connect(envoy.ports.get(LISTENER) ?? 0);
  });
  after(async () => {
    client.close();
    await envoy.stop();
    for (const server of servers) server.close();
  });

  it("is at work on the port that it names", async () => {
    assert.deepEqual([...envoy.ports.keys()], [LISTENER]);
    assert.equal(await whoAnswers(), "v1");
  });

  it("takes over nothing where nothing changed", async () => {
    assert.deepEqual(await envoy.update(model("v1")), []);
  });

  it("takes over routes, without a word to connections", async () => {
    assert.deepEqual(await envoy.update(model("v2")), [`routes of ${LISTENER}`]);
    assert.equal(await whoAnswers(), "v2");
    assert.ok(client.isOpen);
  });

  it("takes over a new subset and its route together", async () => {
    const changed = await envoy.update(model("v3", ["v1", "v2", "v3"]));
    assert.deepEqual(changed.sort(), ["endpoints", `routes of ${LISTENER}`]);
    assert.equal(await whoAnswers(), "v3");
  });

  it("forgets a subset after the routes to it", async () => {
    const changed = await envoy.update(model("v1", ["v1"]));
    assert.deepEqual(changed.sort(), ["endpoints", `routes of ${LISTENER}`]);
    assert.equal(await whoAnswers(), "v1");
    assert.doesNotMatch(await envoy.admin("/clusters"), /\|v3::/);
  });

  it("takes over the plugin's settings", async () => {
    const changed = await envoy.update(model("v1", ["v1"], { maxFrameBytes: 4096 }));
    assert.deepEqual(changed, [`settings of ${LISTENER}`]);
    const late = await DubboClient.connect(envoy.ports.get(LISTENER) ?? 0);
    const args = ["x".repeat(5000)];
    await assert.rejects(late.call({ service: GREETER, method: "hello", args }), /too long/);
    late.close();
  });

  it("keeps what it has if Envoy refuses the new", async () => {
    // Envoy limits how large an expression may become; RE2 itself does not mind.
    const match = [{ key: "method", regex: `(?:${"[^a]\\pL.".repeat(40)}){1000}` }];
    const subsets = [{ name: "v1", endpoints: [`127.0.0.1:${ports.v1}`] }];
    const routes = [{ match, to: [{ subset: "v1" }] }];
    const wrong = modelOf(document({ lanes: { maxRequests: 1 } }, { subsets, routes }));
    await assert.rejects(
      envoy.update(wrong),
      (error) =>
        error instanceof UserError &&
        error.message.startsWith(`Envoy did not take over the routes of ${LISTENER}`),
    );
    assert.equal(await whoAnswers(), "v1");
    await envoy.update(model("v2"));
    assert.equal(await whoAnswers(), "v2");
  });

  it("takes over a further service, and drops one", async () => {
    const [first] = model("v2");
    assert.ok(first);
    const services = first.services.map((service) => ({ ...service, port: 20890 }));
    const second = { ...first, name: "second", services };
    await envoy.update([first, second]);
    assert.deepEqual([...envoy.ports.keys()].sort(), [LISTENER, "second-20890"]);
    const other = await DubboClient.connect(envoy.ports.get("second-20890") ?? 0);
    const call = { service: GREETER, method: "hello", args: ["Ada"] };
    assert.equal(versionOf(await other.call(call)), "v2");
    other.close();
    assert.equal(await whoAnswers(), "v2");
  });
});

describe("an Envoy that can't start", () => {
  it("says which port is taken", async () => {
    const blocker = createServer();
    const port = await listen(blocker);
    const model = modelOf(document({}, { port }));
    await assert.rejects(start(model, false), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, new RegExp(`port ${port} can't be listened on`));
      assert.match(error.remedy ?? "", /Choose another `port`/);
      return true;
    });
    blocker.close();
  });

  it("shows its log if it does not get ready", async () => {
    const { path } = await findEnvoy();
    const options = { model: modelOf(document({}, { port: await freePort() })), envoy: path };
    const started = startEnvoy({ ...options, wasm: "/nowhere/argot.wasm", concurrency: 1 });
    await assert.rejects(started, /nowhere\/argot\.wasm/);
  });

  it("says so if there is none", async () => {
    const started = startEnvoy({
      model: modelOf(document({})),
      envoy: "/nowhere/envoy",
      wasm: join(distDir, "argot.wasm"),
    });
    await assert.rejects(started, /did not get ready:\n.*ENOENT/);
  });
});
