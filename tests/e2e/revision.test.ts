/**
 * Which version of Argot runs, and which state of the configuration: in Envoy's statistics, as
 * Prometheus and Istio's tags read them, and in its configuration. The configuration comes by
 * ECDS, as Istio's WasmPlugins do.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { packageRoot } from "../../scripts/cli/paths.js";
import { readModule } from "../../scripts/package/module.js";
import { DubboClient, DubboServer } from "../support/dubbo.js";
import { Envoy } from "../support/envoy.js";
import { until } from "../support/wait.js";
import { wasm } from "./support/stage.js";
import { filtersOf, printed, type Filter } from "./support/static.js";

const TYPE = "type.googleapis.com/envoy.extensions.filters.network.wasm.v3.Wasm";
const WORKERS = 2;
/** Envoy loads a plugin in its main thread, too. */
const TIMES = WORKERS + 1;

const { version } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as {
  version: string;
};
const directory = mkdtempSync(join(tmpdir(), "argot-revision-"));
let envoy: Envoy;
let server: DubboServer;
let port = 0;
let filter: Filter;

/** How Envoy gets the plugin's configuration: a file that is put in the place of the last one. */
function write(revision: string | undefined): void {
  const { typed_config } = structuredClone(filter);
  const { configuration } = typed_config.config!;
  const plugin = { ...(JSON.parse(configuration.value) as object), revision };
  configuration.value = JSON.stringify(plugin);
  const name = "argot";
  const type = "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig";
  const path = join(directory, "argot.json");
  const resources = [{ "@type": type, name, typed_config }];
  writeFileSync(`${path}.new`, JSON.stringify({ resources }));
  renameSync(`${path}.new`, path);
}

before(async () => {
  server = await DubboServer.start({ tag: "v1" });
  const setup = { name: "rev", subsets: { v1: server.port } };
  const { config, ports } = await printed([setup]);
  port = ports[0] ?? 0;
  const filters: unknown[] = filtersOf(config);
  filter = filtersOf(config)[0]!;
  assert.equal(filter.typed_config["@type"], TYPE);
  write("abc-1.2_3");
  filters[0] = {
    name: "argot",
    config_discovery: {
      config_source: {
        path_config_source: { path: join(directory, "argot.json") },
        resource_api_version: "V3",
      },
      type_urls: [TYPE],
    },
  };
  // As Istio's `extraStatTags` writes them.
  const stats_tags = ["argot_version", "argot_revision"].map((name) => ({
    tag_name: name,
    regex: `(${name}=\\.=(.*?);\\.;)`,
  }));
  const all = { ...config, stats_config: { stats_tags }, node: { id: "test", cluster: "test" } };
  envoy = await Envoy.start(all, { concurrency: WORKERS });
});
after(async () => {
  await envoy?.stop();
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

/** The gauge's values by revision, from the page that Prometheus reads. */
async function loaded(): Promise<Record<string, number>> {
  const text = await envoy.admin("/stats/prometheus");
  const lines = [...text.matchAll(/^argot_rev_build_info\{(.*)\} (\d+)$/gm)];
  return Object.fromEntries(
    lines.map(([, labels = "", value]) => {
      assert.match(labels, new RegExp(`argot_version="${version.replaceAll(".", "\\.")}"`));
      return [/argot_revision="(.*?)"/.exec(labels)?.[1] ?? "", Number(value)];
    }),
  );
}

async function untilLoaded(expected: Record<string, number>): Promise<void> {
  let seen: Record<string, number> = {};
  const met = async () => {
    seen = await loaded();
    return Object.entries(expected).every(([revision, value]) => seen[revision] === value);
  };
  await until(met, { what: `gauge ${JSON.stringify(expected)}` }).catch((error: unknown) => {
    throw new Error(`the gauge is ${JSON.stringify(seen)}`, { cause: error });
  });
}

test("the module says which version it is", () => {
  assert.equal(readModule(wasm).version, version);
});

test("the statistics and the configuration show version and revision", async () => {
  await untilLoaded({ "abc-1.2_3": TIMES });
  const name = `wasmcustom.argot.rev.argot_version=.=${version};.;argot_revision=.=abc-1.2_3;.;build_info`;
  assert.equal(await envoy.stat(name), TIMES);
  const dump = JSON.stringify(await envoy.admin("/config_dump"));
  assert.match(dump, /revision\W+abc-1\.2_3/);
});

test("a new revision takes the place of the old one, which no connection has any more", async () => {
  const client = await DubboClient.connect(port);
  assert.equal((await client.call({ args: ["x"] })).value, "v1:x");
  write("next");
  await untilLoaded({ next: TIMES });
  assert.equal((await client.call({ args: ["y"] })).value, "v1:y");
  assert.ok((await loaded())["abc-1.2_3"]! > 0, "the open connection has the old one");
  client.close();
  await untilLoaded({ "abc-1.2_3": 0, next: TIMES });
  write(undefined);
  await untilLoaded({ next: 0, "": TIMES });
});
