/** docs/your-protocol.md, done as it stands: its files written, its commands run, their output seen. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { distDir, packageRoot } from "../../scripts/cli/paths.js";
import { freePorts } from "../support/ports.js";
import { until } from "../support/wait.js";

const text = readFileSync(join(packageRoot, "docs/your-protocol.md"), "utf8");

/** A command, and what the page says it prints. */
interface Command {
  line: string;
  output: string;
}

/** Fenced blocks whose first line names a language and, of files, their name. */
function blocks(): { language: string; file: string | undefined; body: string }[] {
  return [...text.matchAll(/^```(\w+)(?: (\S+))?\n([^]*?)^```$/gm)].map(
    ([, language, file, body]) => ({ language: language!, file, body: body! }),
  );
}

function commands(): Command[] {
  return blocks()
    .filter(({ language }) => language === "console")
    .flatMap(({ body }) => body.split(/^\$ /m).slice(1))
    .map((entry) => {
      const [line, ...output] = entry.split("\n");
      return { line: line!, output: output.join("\n").trim() };
    });
}

let folder: string;
const ports = new Map<string, number>();
const background: ChildProcess[] = [];

/** The page's ports are taken by somebody, perhaps: free ones in their place. */
function withPorts(line: string): string {
  return line.replaceAll(/\b700\d\b/g, (port) => String(ports.get(port)));
}

function start(line: string): ChildProcess {
  const [program, ...args] = withPorts(line).split(" ");
  const isArgot = program === "npx";
  return spawn(process.execPath, isArgot ? [join(distDir, "argot.mjs"), ...args.slice(1)] : args, {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
}

async function run(line: string): Promise<string> {
  const child = start(line);
  let output = "";
  child.stdout!.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [status] = (await once(child, "close")) as [number];
  assert.equal(status, 0, `${line}: ${output}`);
  return output.trim();
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => resolve(false));
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "argot-guide-"));
  const free = await freePorts(3);
  free.forEach((port, i) => ports.set(`700${i}`, port));
  for (const { file, body } of blocks()) {
    if (file !== undefined) writeFileSync(join(folder, file), withPorts(body));
  }
});

after(async () => {
  for (const child of background) {
    child.kill("SIGINT");
    if (child.exitCode === null && child.signalCode === null) await once(child, "close");
  }
  rmSync(folder, { recursive: true, force: true });
});

test("the description has at most twenty lines", () => {
  const description = blocks().find(({ file }) => file === "protocol.yaml")!;
  assert.ok(description.body.trim().split("\n").length <= 20);
});

test("every command does what the page says, in this order", async () => {
  const all = commands();
  assert.ok(all.length >= 8, `there are ${all.length} commands`);
  for (const { line, output } of all) {
    if (line.endsWith(" &")) background.push(start(line.slice(0, -2)));
    else {
      if (line.includes(" call ")) {
        await until(() => listens(ports.get("7000")!), { timeout: 60_000, what: "Envoy listens" });
      }
      assert.equal(await run(line), output, line);
    }
  }
});
