/**
 * What `argot manifest` makes, applied to an Istio as it is installed: intercepted connections,
 * mutual TLS, a service whose servers listen on another port.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DubboClient, STATUS } from "../support/dubbo.js";
import { until } from "../support/wait.js";
import {
  applicationProtocol,
  authentication,
  destinationRule,
  VERSIONS,
  virtualService,
} from "./support/documents.js";
import { Greeter, HOST, PORT } from "./support/greeter.js";
import { manifests } from "./support/manifests.js";

const protocol = applicationProtocol(
  `\
  routeOn: [service, method, attachment.user]
  lanes: { maxAgeSeconds: 4 }`,
  `host: ${HOST}, port: ${PORT}, targetPort: 20881`,
);

const routes =
  destinationRule(VERSIONS) +
  virtualService(`\
    - name: alice
      match: [{ headers: { x-argot-attachment-user: { exact: alice } } }]
      route: [{ destination: { host: greeter, subset: v2 } }]
    - name: split
      route:
        - { destination: { host: greeter, subset: v1 }, weight: 80 }
        - { destination: { host: greeter, subset: v2 }, weight: 20 }`);

const strict = authentication("STRICT");

const denyWrites = `
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: no-writes, namespace: default }
spec:
  selector: { matchLabels: { app: greeter } }
  action: DENY
  rules:
    - from: [{ source: { principals: ["cluster.local/ns/default/sa/caller"] } }]
      to: [{ operation: { paths: ["/demo.Greeter/write*"] } }]
`;

let greeter: Greeter;
let client: DubboClient;

before(async () => {
  greeter = await Greeter.start({ targetPort: 20881 });
  const { lab } = greeter;
  await lab.apply(strict + routes);
  await lab.apply(manifests(protocol + routes));
  await Promise.all(greeter.proxies.map((proxy) => proxy.configured("argot-inbound|20881")));
  await greeter.caller.proxy.configured("outbound_20880_lanes");
  client = await greeter.connect();
});
after(() => greeter?.stop());

const ask = async (user: string, method = "hello") =>
  await client.call({ service: "demo.Greeter", method, args: ["x"], attachments: { user } });

test("a call is routed by its attachment, from sidecar to sidecar", async () => {
  assert.equal((await ask("alice")).value, "v2:x");
});

test("weights hold to the call", async () => {
  const tags = new Map<string, number>();
  for (let i = 0; i < 200; i++) {
    const { value } = await ask("bob");
    const tag = String(value).slice(0, 2);
    tags.set(tag, (tags.get(tag) ?? 0) + 1);
  }
  const v2 = tags.get("v2") ?? 0;
  assert.ok(v2 >= 32 && v2 <= 48, `v2 got ${v2} of 200`);
});

test("an AuthorizationPolicy on the method is enforced at the server's sidecar", async () => {
  await greeter.lab.apply(denyWrites);
  let denied = await ask("bob", "writeAll");
  await until(async () => (denied = await ask("bob", "writeAll")).status === STATUS.SERVICE_ERROR, {
    timeout: 30_000,
    what: "denied call",
  });
  assert.match(String(denied.error), /RBAC: access denied/);
  assert.equal((await ask("bob", "read")).error, undefined);
  const { requests } = await lanes(greeter);
  assert.ok(requests > 0);
});

test("version and revision are labels for sidecars with extraStatTags", async () => {
  const { lab, ip } = greeter;
  const config = { extraStatTags: ["argot_version", "argot_revision"] };
  const labelled = await lab.pod({ name: "labelled", config });
  await labelled.proxy.configured("outbound_20880_lanes");
  const own = await DubboClient.connect(await labelled.connect(ip, PORT));
  assert.equal((await own.call({ args: ["x"], attachments: { user: "alice" } })).value, "v2:x");
  const text = await labelled.proxy.admin("/stats/prometheus");
  assert.match(text, /^argot_greeter_build_info\{argot_version="[\d.]+",argot_revision=""\} \d+$/m);
  own.close();
  await labelled.stop();
});

async function lanes({ caller }: Greeter): Promise<{ requests: number }> {
  return { requests: await caller.proxy.stat("wasmcustom.argot.greeter.requests") };
}
