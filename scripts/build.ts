/** `npm run build`: the same as `argot build`, before there is an argot. */
import { runCommand } from "./cli/run.js";
import { buildCommand } from "./commands/build.js";

await runCommand(buildCommand());
