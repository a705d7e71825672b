/** The programs of tRPC-Go. */
import { join } from "node:path";
import type { Program } from "./peer.js";

/** go.mod says the version, too. */
const programs = {
  name: "trpc-go-1.0.3",
  folder: "trpc",
  sources: ["cmd", "wire", "go.mod", "go.sum"],
  tools: ["go version"],
  build: [["go", "build", "-o", ".", "./cmd/..."]],
};

function program(name: string): Program {
  return { programs, command: (folder) => [join(folder, name)] };
}

export const trpc = { client: program("client"), server: program("server") };
