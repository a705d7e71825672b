/** `argot doctor --proxy` asks a live Envoy's admin interface. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { packageRoot } from "../../scripts/cli/paths.js";
import type { ProxyReport } from "../../scripts/doctor/proxy/examine.js";
import { argotProgram } from "../support/cli.js";
import { DubboClient, DubboServer } from "../support/dubbo.js";
import { Envoy } from "../support/envoy.js";
import { filtersOf, printed, type Printed } from "./support/static.js";

/** Lanes' longest request, in bytes. */
const LONGEST = 1_024;

let server: DubboServer;
let config: Printed;
let ports: number[];

before(async () => {
  server = await DubboServer.start({ tag: "v1" });
  const setup = { name: "ask", subsets: { v1: server.port }, maxFrameBytes: LONGEST };
  ({ config, ports } = await printed([setup]));
});
after(() => server.close());

/** The command's report on the Envoy with this configuration after one call, and its status. */
async function ask(
  change: (config: Printed) => void,
  call: (client: DubboClient) => Promise<unknown>,
) {
  const changed = structuredClone(config);
  change(changed);
  const envoy = await Envoy.start(changed);
  try {
    const client = await DubboClient.connect(ports[0]!);
    await call(client);
    client.close();
    await envoy.until(async () => (await envoy.stat("wasmcustom.argot.ask.connections")) === 1);
    return await doctor(`http://127.0.0.1:${envoy.adminPort}`);
  } finally {
    await envoy.stop();
  }
}

async function doctor(url: string): Promise<{ status: number; checks: string[] }> {
  const args = [argotProgram, "doctor", "--json", "--proxy", url];
  const { status, stdout } = await new Promise<{ status: number; stdout: string }>((resolve) => {
    const child = execFile(process.execPath, args, { cwd: packageRoot }, (_, stdout) =>
      resolve({ status: child.exitCode ?? -1, stdout }),
    );
  });
  const reports = JSON.parse(stdout) as ProxyReport[];
  return { status, checks: reports.flatMap(({ findings }) => findings.map(({ check }) => check)) };
}

test("nothing is wrong with what `argot envoy` makes", async () => {
  const report = await ask(
    () => undefined,
    async (client) => assert.equal((await client.call({ args: ["x"] })).value, "v1:x"),
  );
  assert.deepEqual(report, { status: 0, checks: [] });
});

test("what is wrong with the configuration, and what was counted, is told", async () => {
  const report = await ask(
    (changed) => {
      Reflect.deleteProperty(changed.static_resources.clusters[0] as object, "upstream_config");
      filtersOf(changed)[1]!.typed_config.stream_idle_timeout = "60s";
    },
    async (client) =>
      assert.notEqual((await client.call({ args: ["x".repeat(LONGEST)] })).error, undefined),
  );
  assert.deepEqual(report, {
    status: 1,
    checks: [
      "no-upstream-config",
      "timeout-on-lanes",
      "connections_closed.oversize",
      "error_replies",
      "requests_refused.oversize",
    ],
  });
});
