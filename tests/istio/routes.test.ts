/** What a VirtualService can say, applied to lanes by an Istio as it is installed. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { STATUS, type Call, type DubboClient } from "../support/dubbo.js";
import { until } from "../support/wait.js";
import {
  applicationProtocol,
  destinationRule,
  VERSIONS,
  virtualService,
} from "./support/documents.js";
import { Greeter, PORT } from "./support/greeter.js";
import { manifests } from "./support/manifests.js";

const protocol = applicationProtocol(`\
  routeOn: [service, method, attachment.user, attachment.beta]
  lanes: { maxAgeSeconds: 4 }`);

const toV2 = "route: [{ destination: { host: greeter, subset: v2 } }]";
const toV1 = "route: [{ destination: { host: greeter, subset: v1 } }]";

const targets = destinationRule(`${VERSIONS}
    - { name: dead, labels: { version: dead } }
    - name: half-dead
      labels: { group: half-dead }
      # LEAST_REQUEST would prefer the dead one, which has no lanes.
      trafficPolicy: { loadBalancer: { simple: ROUND_ROBIN } }`);

const rules = virtualService(`\
    - { match: [{ headers: { x-argot-attachment-user: { exact: alice } } }], ${toV2} }
    - { match: [{ headers: { x-argot-method: { prefix: new } } }], ${toV2} }
    - { match: [{ headers: { x-argot-attachment-user: { regex: "b[0-9]+" } } }], ${toV2} }
    - { match: [{ headers: { x-argot-attachment-beta: {} } }], ${toV2} }
    - match:
        - headers: { x-argot-method: { exact: anonymous } }
          withoutHeaders: { x-argot-attachment-user: {} }
      ${toV2}
    - match:
        - headers:
            x-argot-method: { exact: both }
            x-argot-attachment-user: { exact: carol }
      ${toV2}
    - { match: [{ uri: { exact: /demo.Greeter/path } }, { uri: { prefix: /demo.Other/ } }], ${toV2} }
    - name: split
      match: [{ headers: { x-argot-method: { exact: split } } }]
      route:
        - { destination: { host: greeter, subset: v1 }, weight: 80 }
        - { destination: { host: greeter, subset: v2 }, weight: 20 }
    - match: [{ headers: { x-argot-method: { exact: mirrored } } }]
      ${toV1}
      mirror: { host: greeter, subset: v2 }
    - match: [{ headers: { x-argot-method: { exact: mirrored-to-none } } }]
      ${toV1}
      mirror: { host: greeter, subset: dead }
    - match: [{ headers: { x-argot-method: { exact: aborted } } }]
      fault: { abort: { httpStatus: 503, percentage: { value: 100 } } }
      ${toV1}
    - match: [{ headers: { x-argot-method: { exact: delayed } } }]
      fault: { delay: { fixedDelay: 1s, percentage: { value: 100 } } }
      ${toV1}
    - match: [{ headers: { x-argot-method: { exact: direct } } }]
      directResponse: { status: 403, body: { string: "ask somebody else" } }
    - match: [{ headers: { x-argot-method: { exact: retried } } }]
      route: [{ destination: { host: greeter, subset: half-dead } }]
      retries: { attempts: 3, retryOn: connect-failure }
    - match: [{ headers: { x-argot-method: { exact: unretried } } }]
      route: [{ destination: { host: greeter, subset: half-dead } }]
      retries: { attempts: 0 }
    - { ${toV1} }`);

const routes = targets + rules;

let greeter: Greeter;
let client: DubboClient;

before(async () => {
  const server = (version: string) =>
    version === "v1" ? { labels: { app: "greeter", version, group: "half-dead" } } : {};
  greeter = await Greeter.start({ server });
  const { lab, pods } = greeter;
  // Nothing listens there, and no sidecar stands before it.
  const dead = await lab.pod({
    name: "dead",
    labels: { app: "greeter", version: "dead", group: "half-dead" },
    proxy: "none",
  });
  const ports = [{ name: "dubbo", port: PORT, appProtocol: "http2" }];
  const selector = { app: "greeter" };
  await lab.service({ name: "greeter", ports, selector, pods: [...pods.values(), dead] });
  await lab.apply(routes);
  await lab.apply(manifests(protocol + routes));
  await Promise.all(greeter.proxies.map((proxy) => proxy.configured("argot-inbound|20880")));
  await greeter.caller.proxy.configured("outbound_20880_lanes");
  await greeter.caller.proxy.configured(dead.ip);
  client = await greeter.connect();
});
after(() => greeter?.stop());

const ask = (call: Call, by = client) => by.call({ args: ["x"], ...call });
/** The version of the server that answers. */
const who = async (call: Call, by = client) => String((await ask(call, by)).value).slice(0, 2);

test("exact: the value of an attachment", async () => {
  assert.equal(await who({ attachments: { user: "alice" } }), "v2");
  assert.equal(await who({ attachments: { user: "alicex" } }), "v1");
  assert.equal(await who({}), "v1");
});

test("prefix: methods that begin alike", async () => {
  assert.equal(await who({ method: "newest" }), "v2");
  assert.equal(await who({ method: "renew" }), "v1");
});

test("regex: the whole value must fit", async () => {
  assert.equal(await who({ attachments: { user: "b12" } }), "v2");
  assert.equal(await who({ attachments: { user: "b12x" } }), "v1");
});

test("presence: an attachment that is there, whatever its value, or that is not", async () => {
  assert.equal(await who({ attachments: { beta: "0" } }), "v2");
  assert.equal(await who({ method: "anonymous" }), "v2");
  assert.equal(await who({ method: "anonymous", attachments: { user: "dave" } }), "v1");
});

test("several conditions hold together", async () => {
  assert.equal(await who({ method: "both", attachments: { user: "carol" } }), "v2");
  assert.equal(await who({ method: "both" }), "v1");
  assert.equal(await who({ attachments: { user: "carol" } }), "v1");
});

test("uri: service and method are the path", async () => {
  assert.equal(await who({ method: "path" }), "v2");
  assert.equal(await who({ service: "demo.Other", method: "any" }), "v2");
});

test("weights hold over several connections", async () => {
  const clients = await Promise.all([1, 2, 3, 4].map(() => greeter.connect()));
  let v2 = 0;
  for (let i = 0; i < 50; i++) {
    const tags = await Promise.all(clients.map((each) => who({ method: "split" }, each)));
    v2 += tags.filter((tag) => tag === "v2").length;
  }
  assert.ok(v2 >= 36 && v2 <= 44, `v2 got ${v2} of 200`);
});

test("mirror: the other server gets each request, and its answers are dropped", async () => {
  const v2 = greeter.servers.get("v2")!;
  const before = v2.calls;
  for (let i = 0; i < 20; i++) assert.equal(await who({ method: "mirrored" }), "v1");
  await until(() => v2.calls === before + 20, { what: "mirrored calls" });
});

test("mirror: one that can't be reached is nobody's trouble", async () => {
  for (let i = 0; i < 20; i++) assert.equal(await who({ method: "mirrored-to-none" }), "v1");
});

test("fault abort: the framework's own error, at once; the connection goes on", async () => {
  const { status, error } = await ask({ method: "aborted" });
  assert.notEqual(status, STATUS.OK);
  assert.match(String(error), /fault filter abort/);
  assert.equal(await who({}), "v1");
});

test("fault delay: once for each lane", async () => {
  const took = async () => {
    const start = performance.now();
    assert.equal(await who({ method: "delayed" }), "v1");
    return performance.now() - start;
  };
  assert.ok((await took()) >= 990);
  assert.ok((await took()) < 900);
});

test("directResponse: the framework's own error with the text", async () => {
  const { status, error } = await ask({ method: "direct" });
  assert.notEqual(status, STATUS.OK);
  assert.match(String(error), /ask somebody else/);
});

test("retries: a server that refuses connections is passed over", async () => {
  const clients = await Promise.all(Array.from({ length: 12 }, () => greeter.connect()));
  const errors = async (method: string) => {
    const replies = await Promise.all(clients.map((each) => ask({ method }, each)));
    return replies.filter(({ status }) => status !== STATUS.OK).length;
  };
  assert.ok((await errors("unretried")) > 0);
  assert.equal(await errors("retried"), 0);
});

test("a changed route reaches an open connection within the age of its lanes", async () => {
  assert.equal(await who({ attachments: { user: "eve" } }), "v1");
  await greeter.lab.apply(routes.replace("exact: alice", "exact: eve"));
  const start = performance.now();
  await until(async () => (await who({ attachments: { user: "eve" } })) === "v2", {
    timeout: 15_000,
    what: "new route",
  });
  assert.ok(performance.now() - start < 10_000);
});
