/** `npm start`: builds Argot, and shows it at work in a real Envoy. */
import { parseArgs } from "node:util";
import { buildAll } from "./build/build.js";
import { note, paint, print, printError } from "./cli/output.js";
import { packageRoot } from "./cli/paths.js";
import { findEnvoy } from "./envoy/find.js";
import { subsetOf, type Entry } from "./start/access-log.js";
import { Checks } from "./start/checks.js";
import { lanesActs } from "./start/lanes-act.js";
import { awesomeAct, compareLog, connectionAct, portOf } from "./start/other-acts.js";
import { callLine, say } from "./start/screen.js";
import { setStage, type Stage } from "./start/stage.js";

const HELP = `Builds Argot, starts small Dubbo and AwesomeRPC services and an Envoy in front of them, and
shows how calls are routed. It stays up until Ctrl-C.

  npm start              show, then stay up
  npm start -- --once    show, then end; the exit status says whether all went as it should
`;

const ended = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(name, () => ended.abort(name));
}

try {
  const { values } = parseArgs({
    options: { once: { type: "boolean" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help) process.stdout.write(HELP);
  else process.exitCode = (await main(values.once ?? false)) ? 0 : 1;
} catch (error) {
  if (ended.signal.aborted) process.exitCode = 130;
  else {
    printError(error);
    process.exitCode = 1;
  }
}

async function main(once: boolean): Promise<boolean> {
  const { signal } = ended;
  note("building …");
  await buildAll(packageRoot);
  const { path, version } = await findEnvoy();
  signal.throwIfAborted();
  const stage = await setStage(path);
  try {
    print(paint("bold", `Private protocols through an unmodified Envoy ${version}`));
    const right = await show(stage, signal);
    if (!once) await stayUp(stage, signal);
    return right;
  } finally {
    await stage.stop();
  }
}

async function show(stage: Stage, signal: AbortSignal): Promise<boolean> {
  const checks = new Checks();
  await lanesActs(stage, checks, signal);
  await awesomeAct(stage, checks);
  await connectionAct(stage, checks);
  await compareLog(stage, checks);
  signal.throwIfAborted();
  print();
  return checks.show();
}

/** Shows calls from outside as Envoy logs them, until a signal comes. */
async function stayUp(stage: Stage, signal: AbortSignal): Promise<void> {
  const call = "npx tsx envoy/examples/services/call.ts";
  print();
  print("Envoy and the services stay up. Send a call of your own from another terminal:");
  say(`${call} --port ${portOf(stage, stage.greeter)} --user alice hello Ada`);
  say(`${call} --port ${portOf(stage, stage.greeter)} --user bob shutdown`);
  say(`${call} --port ${portOf(stage, stage.awesome)} --protocol awesomerpc 1 Ada`);
  say(`Envoy's state: http://127.0.0.1:${stage.envoy.adminPort}`);
  print("Ctrl-C ends.");
  stage.onEntry = (entry: Entry) => {
    const refused = entry.rule !== "-" && subsetOf(entry) === "-";
    const where = refused ? "refused" : subsetOf(entry);
    callLine(entry["attachment.user"] ?? "", entry.method ?? "", where, entry.rule ?? "");
  };
  const signalled = new Promise<void>((done) => {
    if (signal.aborted) done();
    signal.addEventListener("abort", () => done(), { once: true });
  });
  const status = await Promise.race([signalled, stage.envoy.exited]);
  if (status !== undefined) throw new Error(`Envoy ended by itself (${status})`);
}
