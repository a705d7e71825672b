/** Looks for what Argot works with. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { staleOutputs } from "../build/build.js";
import { wasmModules } from "../build/modules.js";
import { messageOf, UserError } from "../cli/error.js";
import { presentEnvoy } from "../envoy/find.js";
import { probePython } from "../envoy/python.js";
import { pinnedVersion, thisPlatform, wheelFor } from "../envoy/wheel.js";

/** One thing that was looked for. */
export interface Finding {
  name: string;
  state: "ok" | "missing";
  /** Without it something of Argot does not work; else it only widens what can be done. */
  needed: boolean;
  /** What was found, or what is wrong. */
  detail: string;
  remedy?: string;
}

/** Looks for everything. Never fails: what goes wrong is a finding. */
export async function examine(root: string): Promise<Finding[]> {
  const envoy = await examineEnvoy();
  return [
    examineNode(),
    await examinePython(envoy.state === "ok"),
    envoy,
    ...(await examineModules(root)),
    await examineGo(),
  ];
}

/** The oldest Node.js, as `engines` in package.json says. */
const oldestNode = [20, 12] as const;

function examineNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const ok = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  return {
    name: "Node.js",
    state: ok ? "ok" : "missing",
    needed: true,
    detail: process.versions.node,
    ...(!ok && { remedy: `Install Node.js ${oldestNode.join(".")} or newer.` }),
  };
}

/** Python only downloads Envoy: where one is there already, nothing needs it. */
async function examinePython(haveEnvoy: boolean): Promise<Finding> {
  const about = { name: "Python", needed: !haveEnvoy };
  try {
    const { python, pip } = await probePython(process.env);
    return { ...about, state: "ok", detail: `${python} with pip ${pip}` };
  } catch (error) {
    return { ...about, state: "missing", ...asFinding(error) };
  }
}

async function examineEnvoy(): Promise<Finding> {
  const about = { name: "Envoy", needed: true };
  try {
    const envoy = await presentEnvoy();
    if (envoy !== undefined) {
      const origin = { ARGOT_ENVOY: "ARGOT_ENVOY", PATH: "on PATH", cache: "downloaded" };
      const detail = `${envoy.version}, ${origin[envoy.source]}: ${envoy.path}`;
      return { ...about, state: "ok", detail };
    }
    wheelFor(thisPlatform());
    return {
      ...about,
      state: "missing",
      // `argot run` and `npm start` get it by themselves.
      needed: false,
      detail: `not there yet; ${pinnedVersion} is downloaded when it is first needed`,
      remedy: "Nothing to do, or name one by ARGOT_ENVOY.",
    };
  } catch (error) {
    return { ...about, state: "missing", ...asFinding(error) };
  }
}

async function examineModules(root: string): Promise<Finding[]> {
  // An installed package has no sources to compare with.
  const stale = existsSync(join(root, "assembly")) ? await staleOutputs(root) : [];
  return Promise.all(
    wasmModules.map(async ({ output, target }) => {
      const about = { name: `dist/${output}`, needed: target !== "debug" };
      const bytes = await stat(join(root, "dist", output)).then(
        ({ size }) => size,
        () => undefined,
      );
      const remedy = "Run `npm run build`.";
      if (bytes === undefined)
        return { ...about, state: "missing", detail: "not built", remedy } as const;
      const detail = `${bytes.toLocaleString("en")} bytes`;
      return stale.includes(output)
        ? ({
            ...about,
            state: "missing",
            detail: `${detail}, older than its sources`,
            remedy,
          } as const)
        : ({ ...about, state: "ok", detail } as const);
    }),
  );
}

async function examineGo(): Promise<Finding> {
  const about = { name: "Go", needed: false };
  try {
    const { stdout } = await promisify(execFile)("go", ["version"], { timeout: 30_000 });
    return { ...about, state: "ok", detail: stdout.trim().replace(/^go version /, "") };
  } catch {
    return {
      ...about,
      state: "missing",
      detail: "not on PATH; only `npm run bench` uses it, and does without",
      remedy: "Install Go for a load generator that needs less of the processor.",
    };
  }
}

function asFinding(error: unknown): { detail: string; remedy?: string } {
  const remedy = error instanceof UserError ? error.remedy : undefined;
  return { detail: messageOf(error), ...(remedy !== undefined && { remedy }) };
}
