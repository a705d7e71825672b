/**
 * A codec of one's own, in a project outside the tree: built, inspected, checked, and in Envoy. The
 * compiler takes its time; that codecs are found, tests/unit/own-codecs.test.ts tries.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import type { Server } from "node:net";
import { after, before, test } from "node:test";
import { useModule } from "../../scripts/commands/options.js";
import { Project } from "../support/package.js";
import { frame, TallyClient, tallyServer, tallySource, Type } from "../support/tally.js";
import { Stage, type Setup } from "../e2e/support/stage.js";

let project: Project;
let servers: (Server & { port: number })[] = [];
let stage: Stage | undefined;

before(async () => {
  project = await Project.create();
  writeFileSync(project.path("tally.ts"), tallySource());
});

after(async () => {
  await stage?.stop();
  for (const server of servers) server.close();
  project?.remove();
});

test("it is built from the installed package, and a description with it", async () => {
  const codecs = ["--codec", "./tally.ts", "--codec", "./acme/protocol.yaml"];
  assert.equal((await project.argot("new", "acme")).status, 0);
  const built = await project.argot("build", ...codecs, "--out", "t.wasm", "--json");
  assert.equal(built.status, 0, built.stderr);
  const { protocols, modules } = JSON.parse(built.stdout) as {
    protocols: string[];
    modules: { file: string }[];
  };
  assert.deepEqual(protocols, ["tally", "acme"]);
  assert.deepEqual(
    modules.map(({ file }) => file),
    ["t.wasm", "t.inspect.wasm"],
  );
});

test("argot inspect decodes with it", async () => {
  const hex = frame(Type.request, 5, 7, "priceapple").toString("hex");
  const options = [
    "--protocol",
    "tally",
    "--wasm",
    "t.wasm",
    "--route-on",
    "method",
    "--json",
    "--hex",
    hex,
  ];
  const { stdout, stderr } = await project.argot("inspect", ...options);
  assert.equal(stderr, "");
  const { kind, requestId, method, laneKey } = JSON.parse(stdout) as Record<string, unknown>;
  assert.deepEqual([kind, requestId, method], ["request", "7", "price"]);
  assert.deepEqual(laneKey, { method: "price" });
});

test("argot test holds the compiled description against its samples", async () => {
  const samples = ["--samples", "acme/samples.yaml"];
  const tested = await project.argot("test", "acme", "--wasm", "t.wasm", ...samples);
  assert.match(tested.stdout, /4 of 4 samples are as expected/, tested.stderr);
});

test("argot validate knows its protocol and its mode, and that there are no others", async () => {
  const document = (protocol: string, mode = "lanes") => `
apiVersion: argot.dev/v1
kind: ApplicationProtocol
metadata: { name: tally }
spec:
  protocol: ${protocol}
  mode: ${mode}
  routeOn: [method]
  services:
    - { host: tally.example, port: 7000, subsets: [{ name: v1, endpoints: ["127.0.0.1:7001"] }] }
`;
  writeFileSync(project.path("good.yaml"), document("tally"));
  writeFileSync(project.path("bad.yaml"), document("dubbo"));
  writeFileSync(project.path("mode.yaml"), document("tally", "connection"));
  const good = await project.argot("validate", "--wasm", "t.wasm", "good.yaml");
  assert.equal(good.status, 0, good.stdout);
  const bad = await project.argot("validate", "--wasm", "t.wasm", "bad.yaml");
  assert.match(
    bad.stdout,
    /bad\.yaml:6:\d+: spec\.protocol: is "dubbo", which is none of .*`tally`/,
  );
  const mode = await project.argot("validate", "--wasm", "t.wasm", "mode.yaml");
  assert.match(
    mode.stdout,
    /mode\.yaml:7:\d+: spec\.mode: is `connection`, which the module does not have\. Write `mode: lanes`/,
  );
  const standard = await project.argot("validate", "good.yaml");
  assert.match(standard.stdout, /is "tally", which is none of `dubbo`/);
});

test("a real Envoy routes by what it reads", async () => {
  servers = await Promise.all(["v1", "v2"].map((name) => tallyServer(name)));
  const setup: Setup = {
    name: "tally",
    protocol: "tally",
    routeOn: ["method"],
    subsets: { v1: servers[0]!.port, v2: servers[1]!.port },
    routes: [
      { name: "prices", match: [{ key: "method", prefix: "price" }], to: [{ subset: "v2" }] },
      { name: "wipe", match: [{ key: "method", exact: "wipe" }], refuse: { message: "not you" } },
      { name: "rest", to: [{ subset: "v1" }] },
    ],
  };
  useModule(project.path("t.wasm"));
  stage = await Stage.start([setup], 1, project.path("t.wasm"));
  const client = await TallyClient.connect(stage.port("tally"));
  const answers = await Promise.all([
    client.send(Type.request, "price", "apple"),
    client.send(Type.request, "stock", "apple"),
    client.send(Type.request, "wipe", "all"),
    client.send(Type.ping, ""),
  ]);
  assert.deepEqual(answers, [
    [Type.response, 0, "v2 got priceapple"],
    [Type.response, 0, "v1 got stockapple"],
    [Type.response, 4, "not you"],
    [Type.pong, 0, ""],
  ]);
  client.close();
});

test("the module refuses another protocol, and says which it speaks", async () => {
  const model = stage!.model.map((protocol) => ({ ...protocol, protocol: "dubbo" }));
  const starting = Stage.start(model, 1, project.path("t.wasm"));
  await assert.rejects(starting, /protocol: "dubbo" is not known; must be one of tally, acme/);
});

test("it has mode lanes only, and says how to get the other", async () => {
  const model = stage!.model.map((protocol) => ({ ...protocol, mode: "connection" as const }));
  const starting = Stage.start(model, 1, project.path("t.wasm"));
  await assert.rejects(
    starting,
    /mode: connection is not in this module; build it with `argot build --mode both`/,
  );
});

test("mistakes are shown with the author's file and line", async () => {
  const source = tallySource();
  const line = source.split("\n").findIndex((text) => text.includes("class TallyCodec")) + 1;
  writeFileSync(project.path("bad.ts"), source.replace("  readReply(", "  readReplies("));
  const missing = await project.argot("build", "--codec", "./bad.ts", "--out", "bad.wasm");
  assert.equal(missing.status, 1);
  assert.match(missing.stderr, /does not implement inherited abstract member 'readReply'/);
  assert.match(missing.stderr, new RegExp(`in bad\\.ts\\(${line},\\d+\\)`));
});
