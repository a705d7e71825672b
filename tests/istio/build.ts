/** Builds what the tests with Istio run, so that no test has to wait for it: `tsx tests/istio/build.ts`. */
import { printError } from "../../scripts/cli/output.js";
import { binaries } from "./support/binaries.js";
import { checkRequirements } from "./support/requirements.js";

try {
  checkRequirements();
  await binaries();
} catch (error) {
  printError(error);
  process.exitCode = 1;
}
