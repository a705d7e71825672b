/** The programs of Apache Thrift. */
import { join } from "node:path";
import type { Programs } from "./build.js";
import type { Program } from "./peer.js";

/** How messages are framed and encoded; which of them a language has, its wire.* says. */
export type Mode =
  "binary" | "binary-nonstrict" | "compact" | "multiplexed" | "header" | "header-compact";

/** By language, all of the same services. */
const languages = {
  python: {
    programs: {
      name: "thrift-python-0.22.0",
      folder: "thrift",
      sources: ["python", "generated/python"],
      tools: ["python3 -m pip --version"],
      build: [["python3", "-m", "pip", "install", "-q", "--target", "site", "thrift==0.22.0"]],
    },
    command: (folder: string, name: string) => ["python3", join(folder, `python/${name}.py`)],
    env: (folder: string) => ({
      PYTHONPATH: [join(folder, "site"), join(folder, "generated/python")].join(":"),
    }),
  },
  node: {
    programs: {
      name: "thrift-node-0.22.0",
      folder: "thrift",
      sources: ["node", "generated/node"],
      tools: ["npm --version"],
      build: [["npm", "ci", "--prefix", "node", "--ignore-scripts", "--no-audit", "--no-fund"]],
    },
    command: (folder: string, name: string) => [process.execPath, join(folder, `node/${name}.js`)],
    env: (folder: string) => ({ NODE_PATH: join(folder, "node/node_modules") }),
  },
  go: {
    programs: {
      name: "thrift-go-0.17.0",
      folder: "thrift",
      sources: ["go", "go.mod", "go.sum", "generated/go"],
      tools: ["go version"],
      build: [["go", "build", "-o", ".", "./go/cmd/..."]],
    },
    command: (folder: string, name: string) => [join(folder, name)],
    env: () => ({}),
  },
} satisfies Record<string, Omit<Program, "command"> & { command: unknown; programs: Programs }>;

/** The client and the server of a language. */
export function thrift(
  language: keyof typeof languages,
  mode: Mode,
): { client: Program; server: Program } {
  const { programs, command, env } = languages[language];
  const program = (name: string): Program => ({
    ...{ programs, env, options: [`mode=${mode}`] },
    command: (folder) => command(folder, name),
  });
  return { client: program("client"), server: program("server") };
}
