/** Go's tools, which fetch the sources of the schemas. */
import { execFileSync } from "node:child_process";

/** Runs `go` in `folder` and gives what it prints. */
export function go(folder: string, ...args: string[]): string {
  const options = { cwd: folder, encoding: "utf8", maxBuffer: 2 ** 28 } as const;
  return execFileSync("go", args, { ...options, stdio: ["ignore", "pipe", "inherit"] });
}

/** Where Go keeps the sources of a module, e.g. `istio.io/api@v1.29.1`; fetched if need be. */
export function moduleFolder(module: string, folder: string): string {
  const { Dir } = JSON.parse(go(folder, "mod", "download", "-json", module)) as { Dir: string };
  return Dir;
}
