/** `decide` names the route that the real Envoy and the real filter take, in both modes. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { DubboClient, DubboError } from "../../../envoy/examples/services/dubbo-client.js";
import { GREETER, greeter } from "../../../envoy/examples/services/greeter.js";
import { distDir } from "../../../scripts/cli/paths.js";
import { findEnvoy } from "../../../scripts/envoy/find.js";
import { decide, type Metadata } from "../../../scripts/protocol/decide.js";
import type { ApplicationProtocol, Match } from "../../../scripts/protocol/model.js";
import { startEnvoy, type RunningEnvoy } from "../../../scripts/protocol/run.js";
import { parseEntry, type Entry } from "../../../scripts/start/access-log.js";
import { until } from "../../support/wait.js";
import { document, mistakes, modelOf } from "./support.js";

const KEYS = ["method", "attachment.user", "attachment.tag"];
const routeOn = ["service", ...KEYS];

const text = fc.constantFrom("a", "ab", "b", "hello", "a b", "ö", "100%");
const condition = fc.oneof(
  text.map((exact) => ({ exact })),
  fc.constantFrom("a", "h", "ö", "a ").map((prefix) => ({ prefix })),
  fc.constantFrom("a.*", "[a-h]+", ".", "a|hello", "[^a]+", "\\w+").map((regex) => ({ regex })),
  fc.boolean().map((present) => ({ present })),
);
const match = fc.record(
  { key: fc.constantFrom(...KEYS), condition, invert: fc.boolean() },
  { requiredKeys: ["key", "condition"] },
);
const matches = fc
  .array(match, { minLength: 1, maxLength: 3 })
  .map((list): Match[] => list.map(({ condition, ...rest }) => ({ ...rest, ...condition })))
  .filter((list) => {
    const route = { match: list, refuse: {} };
    return mistakes(document({ routeOn }, { routes: [route] })).length === 0;
  });

/** Seeded, so that all is the same in every run. */
const seed = 20880;
const conditions = fc.sample(matches, { numRuns: 14, seed });
const attachment = fc.option(fc.oneof(text, fc.constant("")), { nil: undefined });
const requests = fc.sample(
  fc.record({ method: fc.constantFrom("a", "ab", "hello"), user: attachment, tag: attachment }),
  { numRuns: 80, seed },
);

interface Request {
  method: string;
  user: string | undefined;
  tag: string | undefined;
}

const metadataOf = ({ method, user, tag }: Request): Metadata => ({
  service: GREETER,
  method,
  "attachment.user": user,
  "attachment.tag": tag,
});

const callOf = ({ method, user, tag }: Request, more: Record<string, string> = {}) => ({
  service: GREETER,
  method,
  args: ["x"],
  attachments: {
    ...(user !== undefined && { user }),
    ...(tag !== undefined && { tag }),
    ...more,
  },
});

describe("decide agrees with Envoy", () => {
  let server: Server;
  let envoy: RunningEnvoy;
  let lanes: ApplicationProtocol;
  let connection: ApplicationProtocol;
  const log: Entry[] = [];

  before(async () => {
    server = greeter("v1");
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const endpoints = [`127.0.0.1:${(server.address() as AddressInfo).port}`];
    const subsets = [{ name: "v1", endpoints }];
    // Every route refuses with its own name, so that the client learns which one it was.
    const refusing = conditions.map((match, i) => ({
      name: `route-${i}`,
      match,
      refuse: { message: `route-${i} it was` },
    }));
    const sending = conditions.map((match, i) => ({
      name: `route-${i}`,
      match,
      to: [{ subset: "v1" }],
    }));
    const other = document(
      { routeOn: [...routeOn, "attachment.id"], mode: "connection" },
      { subsets, routes: sending, port: 20870 },
    );
    const model = modelOf(document({ routeOn }, { subsets, routes: refusing }), {
      ...other,
      metadata: { name: "other" },
    });
    [lanes, connection] = model as [ApplicationProtocol, ApplicationProtocol];
    envoy = await startEnvoy({
      model,
      envoy: (await findEnvoy()).path,
      wasm: join(distDir, "argot.wasm"),
      concurrency: 1,
      freePorts: true,
      accessLog: "stdout",
      onLine: (line) => {
        const entry = parseEntry(line);
        if (entry !== null) log.push(entry);
      },
    });
  });
  after(async () => {
    await envoy.stop();
    server.close();
  });

  it("on something: at least five routes are taken", () => {
    const [service] = lanes.services;
    assert.ok(service);
    const taken = new Set(requests.map((request) => decide(service, metadataOf(request))?.name));
    assert.ok(taken.size >= 5, `only ${[...taken].join(", ")} are ever taken`);
  });

  it("in mode lanes", async () => {
    const [service] = lanes.services;
    assert.ok(service);
    const client = await DubboClient.connect(envoy.ports.get("greeter-20880") ?? 0);
    try {
      for (const request of requests) {
        const expected: string | undefined = decide(service, metadataOf(request))?.name;
        const error = await client.call(callOf(request)).then(
          () => assert.fail("nothing goes through"),
          (error: unknown) => error,
        );
        assert.ok(error instanceof DubboError, String(error));
        const name = /(route-\d+) it was/.exec(error.message)?.[1];
        assert.equal(name, expected, `${JSON.stringify(request)}: ${error.message}`);
      }
    } finally {
      client.close();
    }
  });

  it("in mode connection", async () => {
    const [service] = connection.services;
    assert.ok(service);
    const decided = requests.map((request) => decide(service, metadataOf(request))?.name);
    for (const [i, request] of requests.entries()) {
      const client = await DubboClient.connect(envoy.ports.get("other-20870") ?? 0);
      const call = client.call(callOf(request, { id: `id-${i}` }));
      if (decided[i] === undefined) await assert.rejects(call, /connection was closed/);
      else await call.catch(() => undefined); // the service may know no such method
      client.close();
    }
    // Envoy writes a line when a connection has ended.
    for (const [i, request] of requests.entries()) {
      if (decided[i] === undefined) continue;
      const find = () => log.find((entry) => entry["attachment.id"] === `id-${i}`);
      const { rule } = await until(find, { what: `id-${i} in the access log` });
      assert.equal(rule, decided[i], JSON.stringify(request));
    }
  });
});
