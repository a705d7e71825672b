/** What a lab needs of the machine, besides what it builds for itself. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { UserError } from "../../../scripts/cli/error.js";

/** Commands, by the Debian package that has them. */
const COMMANDS = {
  "util-linux": ["unshare", "nsenter", "setpriv"],
  iproute2: ["ip"],
  iptables: ["iptables-save", "iptables-restore"],
};

/** @throws UserError if no lab can be started here */
export function checkRequirements(): void {
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    throw new UserError("the tests with Istio make network namespaces: they need Linux and root", {
      remedy: "Run them as root, e.g. `sudo npm run test:istio`, or in a container that may.",
    });
  }
  const folders = (process.env.PATH ?? "").split(delimiter);
  const isThere = (name: string) => folders.some((folder) => existsSync(join(folder, name)));
  for (const [debian, commands] of Object.entries(COMMANDS)) {
    const missing = commands.filter((name) => !isThere(name));
    if (missing.length === 0) continue;
    throw new UserError(`the tests with Istio need ${missing.join(" and ")} on PATH`, {
      remedy: `Install the package ${debian}, e.g. \`apt-get install ${debian}\`.`,
    });
  }
}
