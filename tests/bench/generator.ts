/** The load generator and echo server: a Go program if there is a Go compiler, else Node. */
import { execFile, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { build } from "esbuild";
import { note } from "../../scripts/cli/output.js";
import { distDir, packageRoot } from "../../scripts/cli/paths.js";
import { spawnOwned } from "../support/child.js";

/** What to do; fields are named like the generator's flags. */
export interface Load {
  connections?: number;
  depth?: number;
  payload?: number;
  seconds?: number;
  warmup?: number;
  requests?: number;
  parallel?: number;
}

/** What `run` and `churn` report. Latencies are microseconds. */
export interface LoadResult {
  /** Measured and good. */
  requests: number;
  /** All that were answered, those of the warm-up, too. */
  answered: number;
  errors: number;
  seconds: number;
  rps: number;
  p50us: number;
  p99us: number;
  /** The first thing that went wrong. */
  error?: string;
}

export class Generator {
  private constructor(
    readonly kind: "go" | "node",
    private readonly command: string,
    private readonly firstArgs: string[],
  ) {}

  /**
   * The generator, built first if it is older than its sources.
   * @param wanted `go` or `node` instead of what the machine offers
   */
  static async get(wanted?: "go" | "node"): Promise<Generator> {
    mkdirSync(join(distDir, "bench"), { recursive: true });
    const go = wanted === "node" ? undefined : await buildGo(wanted === "go");
    if (go !== undefined) return new Generator("go", go, []);
    return new Generator("node", process.execPath, [await buildNode()]);
  }

  /** Starts an echo server; it ends with this process. */
  async serve(): Promise<{ port: number; child: ChildProcess }> {
    const child = this.spawn("serve", []);
    for await (const line of createInterface({ input: child.stdout! })) {
      return { port: Number(line), child };
    }
    throw new Error("the echo server did not start");
  }

  /** Keeps `depth` requests in flight on each connection to `port`, for a time or a number. */
  run(port: number, load: Load, onProgress?: (done: number) => void): Promise<LoadResult> {
    return this.call("run", port, load, onProgress);
  }

  /** Makes `connections` connections to `port`, each for one request, `parallel` at a time. */
  churn(port: number, load: Load, onProgress?: (done: number) => void): Promise<LoadResult> {
    return this.call("churn", port, load, onProgress);
  }

  private async call(
    command: string,
    port: number,
    load: Load,
    onProgress?: (done: number) => void,
  ): Promise<LoadResult> {
    const args = ["-to", `127.0.0.1:${port}`];
    for (const [flag, value] of Object.entries(load)) args.push(`-${flag}`, String(value));
    if (onProgress) args.push("-progress");
    const child = this.spawn(command, args);
    let output = "";
    child.stdout!.setEncoding("utf8").on("data", (text: string) => (output += text));
    const lines = createInterface({ input: child.stderr! });
    lines.on("line", (line) => {
      if (onProgress && /^\d+$/.test(line)) onProgress(Number(line));
      else note(line);
    });
    await once(child, "close");
    if (child.exitCode !== 0) throw new Error(`the load generator failed (${child.exitCode})`);
    return JSON.parse(output) as LoadResult;
  }

  private spawn(command: string, args: string[]): ChildProcess {
    const all = [...this.firstArgs, command, ...args];
    return spawnOwned(this.command, all, { stdio: ["pipe", "pipe", "pipe"] });
  }
}

/** @returns the program's path; undefined if there is no Go compiler that can build it */
async function buildGo(required: boolean): Promise<string | undefined> {
  const source = join(packageRoot, "tests/bench/load");
  const output = join(distDir, "bench/load");
  const files = readdirSync(source).map((name) => join(source, name));
  if (isCurrent(output, files)) return output;
  try {
    await promisify(execFile)("go", ["build", "-o", output, "."], {
      cwd: source,
      env: { ...process.env, CGO_ENABLED: "0", GOTOOLCHAIN: "local", GOFLAGS: "", GOWORK: "off" },
    });
    return output;
  } catch (error) {
    if (required) throw error;
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    if (code !== "ENOENT") note(`the Go compiler can't build the load generator: ${stderr}`);
    return undefined;
  }
}

/** A bundle, so that its worker threads need no loader for TypeScript. */
async function buildNode(): Promise<string> {
  const outfile = join(distDir, "bench/load.mjs");
  await build({
    entryPoints: [join(packageRoot, "tests/bench/node/main.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
  });
  return outfile;
}

function isCurrent(output: string, sources: string[]): boolean {
  if (!existsSync(output)) return false;
  const built = statSync(output).mtimeMs;
  return sources.every((file) => statSync(file).mtimeMs < built);
}
