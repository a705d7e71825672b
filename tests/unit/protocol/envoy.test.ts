/** `argot envoy`: what it prints is what a real Envoy takes, and works. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { DubboClient } from "../../../envoy/examples/services/dubbo-client.js";
import { GREETER, greeter } from "../../../envoy/examples/services/greeter.js";
import { packageRoot } from "../../../scripts/cli/paths.js";
import { findEnvoy } from "../../../scripts/envoy/find.js";
import { argot } from "../../support/cli.js";
import { Envoy } from "../../support/envoy.js";
import { freePort } from "../../support/ports.js";
import { document, examples } from "./support.js";

describe("argot envoy", () => {
  let folder = "";
  let envoy = "";
  before(async () => {
    assert.ok(existsSync(join(packageRoot, "dist/argot.wasm")), "run `npm run build` first");
    folder = mkdtempSync(join(tmpdir(), "argot-test-"));
    envoy = (await findEnvoy()).path;
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Ends with an error that shows Envoy's log if Envoy does not take the file. */
  function validate(file: string): void {
    const base = ["--mode", "validate", "--log-level", "error", "--use-dynamic-base-id"];
    execFileSync(envoy, [...base, "-c", file], { cwd: packageRoot, stdio: "pipe" });
  }

  for (const example of examples) {
    it(`makes of ${example} what Envoy accepts, with comments, twice the same`, () => {
      const { status, stdout, stderr } = argot("envoy", "-f", example);
      assert.equal(stderr, "");
      assert.equal(status, 0);
      assert.ok(stdout.startsWith(`# Made by \`argot envoy -f ${example}\``));
      assert.ok((stdout.match(/^\s*# /gm) ?? []).length >= 10, "comments");
      const file = join(folder, "envoy.yaml");
      writeFileSync(file, stdout);
      validate(file);
      assert.equal(argot("envoy", "-f", example).stdout, stdout);
    });
  }

  it("makes JSON that Envoy accepts, and writes it where it is told to", () => {
    const out = join(folder, "envoy.json");
    const { status, stdout, stderr } = argot("envoy", "-f", examples[0] ?? "", "--json", "-o", out);
    assert.equal(status, 0);
    assert.equal(stdout, "");
    assert.match(stderr, /envoy\.json is written; run it with `envoy -c /);
    assert.equal(typeof JSON.parse(readFileSync(out, "utf8")), "object");
    validate(out);
  });

  it("has every kind of match, an IPv6 address and odd texts accepted", () => {
    const key = "method";
    const match = [
      ...[
        { key, exact: "a" },
        { key, prefix: "a" },
        { key, regex: "a|\\pL{2}" },
      ],
      ...[
        { key, present: false },
        { key, exact: "a", invert: true },
      ],
    ];
    const file = join(folder, "all.yaml");
    const refuse = { status: 599, message: '#: no\n"quotes"' };
    const spec = { address: "::1", maxMetadataBytes: 49152 };
    writeFileSync(file, JSON.stringify(document(spec, { routes: [{ match, refuse }] })));
    const { status, stdout, stderr } = argot("envoy", "-f", file);
    assert.equal(status, 0, stderr);
    const yaml = join(folder, "all.envoy.yaml");
    writeFileSync(yaml, stdout);
    validate(yaml);
  });

  it("makes a file that works: calls are routed and refused as it says", async () => {
    const server = greeter("v1");
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const port = await freePort();
    const endpoints = [`127.0.0.1:${(server.address() as AddressInfo).port}`];
    const routes = [
      { match: [{ key: "method", exact: "shutdown" }], refuse: { message: "never" } },
      { to: [{ subset: "v1" }] },
    ];
    const file = join(folder, "works.yaml");
    const service = { port, subsets: [{ name: "v1", endpoints }], routes };
    writeFileSync(file, JSON.stringify(document({}, service)));
    const running = await Envoy.start(argot("envoy", "-f", file).stdout);
    try {
      const client = await DubboClient.connect(port);
      const call = { service: GREETER, method: "hello", args: ["Ada"] };
      assert.equal(await client.call(call), "hello Ada, this is v1");
      await assert.rejects(client.call({ ...call, method: "shutdown" }), /never/);
      client.close();
    } finally {
      await running.stop();
      server.close();
    }
  });

  it("ends with 1 and the mistakes if the file is wrong, and prints nothing", () => {
    const { status, stdout, stderr } = argot("envoy", "-f", "tests/unit/bad/many-mistakes.yaml");
    assert.equal(status, 1);
    assert.equal(stdout, "");
    assert.equal(stderr.match(/many-mistakes\.yaml:\d+:\d+: spec\./g)?.length, 4);
  });

  it("says which service lacks endpoints", () => {
    const file = join(folder, "bare.yaml");
    writeFileSync(file, JSON.stringify(document({}, { subsets: [{ name: "v1" }] })));
    const { status, stderr } = argot("envoy", "-f", file);
    assert.equal(status, 1);
    assert.match(stderr, /service greeter\.example does not say where its instances listen/);
    assert.match(stderr, /give every subset its endpoints/);
  });

  it("ends with 1 where it can't write, and with 2 on wrong usage", () => {
    const wrong = argot("envoy", "-f", examples[0] ?? "", "-o", join(folder, "no/where.yaml"));
    assert.equal(wrong.status, 1);
    assert.match(wrong.stderr, /can't be written \(ENOENT/);
    assert.equal(argot("envoy").status, 2);
    assert.equal(argot("envoy", "-f", "x", "--admin-port", "99999").status, 2);
  });
});
