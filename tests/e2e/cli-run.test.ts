/** `argot run` as a user runs it: a real Envoy, changes while it runs, and its end. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, beforeEach, describe, it } from "node:test";
import { DubboClient } from "../../envoy/examples/services/dubbo-client.js";
import { GREETER, greeter, versionOf } from "../../envoy/examples/services/greeter.js";
import { packageRoot } from "../../scripts/cli/paths.js";
import { hasExited, spawnOwned, stopChild } from "../support/child.js";
import { argotProgram } from "../support/cli.js";
import { freePort } from "../support/ports.js";
import { until, within } from "../support/wait.js";

/** A running `argot run` and what it wrote. */
class Run {
  text = "";
  readonly ended: Promise<number | NodeJS.Signals>;
  private readonly child: ChildProcess;

  /** @param temp folder for all that it, or its Envoy, puts down */
  constructor(file: string, temp: string, ...more: string[]) {
    const argot = [argotProgram, "run", "-f", file];
    this.child = spawnOwned(process.execPath, [...argot, "--concurrency", "1", ...more], {
      cwd: packageRoot,
      env: { ...process.env, TMPDIR: temp, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => (this.text += text));
    }
    this.ended = once(this.child, "close").then(([code, signal]) => {
      return (signal ?? code) as number | NodeJS.Signals;
    });
  }

  /** Waits for a line, and returns what matched. */
  async says(pattern: RegExp): Promise<string[]> {
    const find = () => pattern.exec(this.text);
    try {
      return await until(() => find() ?? hasExited(this.child), { timeout: 20_000 }).then(() => {
        const found = find();
        assert.ok(found);
        return found;
      });
    } catch (cause) {
      throw new Error(`${String(pattern)} is not in:\n${this.text}`, { cause });
    }
  }

  /** Sends a signal, twice as Ctrl-C may arrive through a wrapper too, and waits for the end. */
  async end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
    this.child.kill(signal);
    await sleep(5);
    this.child.kill(signal);
    return await within(this.ended, 10_000, "end of argot run");
  }

  async stop(): Promise<void> {
    await stopChild(this.child);
  }
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

describe("argot run", () => {
  const servers: Server[] = [];
  let folder = "";
  let temp = "";
  let file = "";
  let admin = 0;
  let run: Run | undefined;

  async function listen(version: string): Promise<number> {
    const server = greeter(version);
    servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  }

  let ports: Record<"v1" | "v2", number>;
  /** Saves a file by which all calls go to `subset`, one lane a call. */
  function save(subset: string, mode = "lanes"): void {
    const lines = [
      "apiVersion: argot.dev/v1",
      "kind: ApplicationProtocol",
      "metadata: { name: greeter }",
      "spec:",
      "  protocol: dubbo",
      `  mode: ${mode}`,
      ...(mode === "lanes" ? ["  lanes: { maxRequests: 1 }"] : []),
      "  services:",
      "    - host: greeter.example",
      "      port: 20880",
      "      subsets:",
      `        - { name: v1, endpoints: ["127.0.0.1:${ports.v1}"] }`,
      `        - { name: v2, endpoints: ["127.0.0.1:${ports.v2}"] }`,
      `      routes: [{ name: all, to: [{ subset: ${subset} }] }]`,
    ];
    writeFileSync(file, lines.join("\n"));
  }

  const hello = { service: GREETER, method: "hello", args: ["Ada"] };

  /** Nothing of it is left: no port, no folder. */
  async function isGone(...ports: number[]): Promise<void> {
    for (const port of ports) assert.equal(await isOpen(port), false, `${port} is open`);
    const left = readdirSync(temp).filter((name) => name.startsWith("argot-"));
    assert.deepEqual(left, []);
  }

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "argot-e2e-"));
    ports = { v1: await listen("v1"), v2: await listen("v2") };
  });
  beforeEach(async () => {
    await run?.stop();
    temp = mkdtempSync(join(folder, "temp-"));
    file = join(temp, "greeter.yaml");
    admin = await freePort();
  });
  after(async () => {
    await run?.stop();
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("serves, takes over what is saved, keeps what it has when that is wrong, and ends", async () => {
    save("v1");
    run = new Run(file, temp, "--free-ports", "--admin-port", String(admin));
    const [, said] = await run.says(/127\.0\.0\.1:(\d+) {2}dubbo, lanes, for greeter\.example/);
    const port = Number(said);
    await run.says(/Save .* to change it while it runs; Ctrl-C ends\./);
    const client = await DubboClient.connect(port);
    assert.equal(versionOf(await client.call(hello)), "v1");

    save("v2");
    await run.says(/greeter\.yaml: changed routes of greeter-20880\n/);
    assert.equal(versionOf(await client.call(hello)), "v2");

    save("v3");
    await run.says(/routes\[0\]\.to\[0\]\.subset: is "v3", which is no subset/);
    await run.says(/What was there before stays in use\./);
    assert.equal(versionOf(await client.call(hello)), "v2");

    writeFileSync(file, "spec: [");
    await run.says(/greeter\.yaml:1:\d+: is no YAML here/);
    assert.equal(versionOf(await client.call(hello)), "v2");

    save("v1");
    await run.says(/(changed routes of greeter-20880[^]*){2}/);
    assert.equal(versionOf(await client.call(hello)), "v1");
    assert.ok(client.isOpen, "it was one connection all the time");
    client.close();

    await run.says(/^lane="greeter-20880" .*rule="all" cluster="greeter\.example\|20880\|v2"/m);
    assert.equal(await run.end("SIGINT"), 0);
    await isGone(port, admin);
  });

  it("serves in mode connection, and ends with 0 on SIGTERM while a client is connected", async () => {
    save("v2", "connection");
    run = new Run(file, temp, "--free-ports", "--no-watch", "--admin-port", String(admin));
    const [, said] = await run.says(/127\.0\.0\.1:(\d+) {2}dubbo, connection, for/);
    const port = Number(said);
    await run.says(/^Ctrl-C ends\./m);
    const client = await DubboClient.connect(port);
    assert.equal(versionOf(await client.call(hello)), "v2");
    assert.equal(await run.end("SIGTERM"), 0);
    client.close();
    await isGone(port, admin);
  });

  it("leaves nothing behind when it is interrupted while Envoy starts", async () => {
    save("v1");
    run = new Run(file, temp, "--free-ports", "--admin-port", String(admin));
    await until(() => readdirSync(temp).some((name) => name.startsWith("argot-")), {
      what: "folder of the Envoy that starts",
      every: 1,
    });
    assert.equal(await run.end("SIGINT"), 0);
    await isGone(admin);
  });

  it("ends with 1 and the reason if the file is wrong", async () => {
    save("v3");
    run = new Run(file, temp);
    assert.equal(await within(run.ended, 20_000, "end of argot run"), 1);
    assert.match(run.text, /greeter\.yaml:14:\d+: .*is "v3", which is no subset/);
  });

  it("ends with 1 if Envoy ends by itself", async () => {
    save("v1");
    run = new Run(file, temp, "--free-ports", "--admin-port", String(admin));
    await run.says(/Ctrl-C ends\./);
    await fetch(`http://127.0.0.1:${admin}/quitquitquit`, { method: "POST" });
    assert.equal(await within(run.ended, 10_000, "end of argot run"), 1);
    assert.match(run.text, /Envoy ended by itself \(0\)/);
    await isGone(admin);
  });
});
