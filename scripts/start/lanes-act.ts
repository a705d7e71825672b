/** Acts 1 and 2: Dubbo calls over one connection, each routed; then the weights change. */
import { setTimeout as sleep } from "node:timers/promises";
import { DubboClient, DubboError } from "../../envoy/examples/services/dubbo-client.js";
import { GREETER, versionOf } from "../../envoy/examples/services/greeter.js";
import { decide } from "../protocol/decide.js";
import { listenerName } from "../protocol/emit/names.js";
import type { Checks } from "./checks.js";
import { callLine, heading, LiveLine, say, splitLine } from "./screen.js";
import { files, serviceOf, type Stage } from "./stage.js";

const CALLS = [
  { user: "alice", method: "hello" },
  { user: "bob", method: "hello" },
  { user: "alice", method: "hello" },
  { user: "carol", method: "hello" },
  { user: "bob", method: "shutdown" },
  { user: "bob", method: "hello" },
];

/** What one call came to: the version that answered, or the framework's error. */
interface Outcome {
  where: string;
  rule: string;
  text: string;
}

export async function lanesActs(stage: Stage, checks: Checks, signal: AbortSignal): Promise<void> {
  const service = serviceOf(stage.greeter);
  const port = stage.envoy.ports.get(listenerName(stage.greeter, service)) ?? 0;
  const client = await DubboClient.connect(port);
  const localPort = client.localPort;
  try {
    heading(
      1,
      "Each call goes where its own metadata says",
      `Dubbo, one connection, ${files.greeter}`,
    );
    for (const { user, method } of CALLS) {
      const { where, rule, text } = await callAs(client, stage, user, method);
      callLine(user, `${method}("Ada")`, where, rule, where === "refused" ? text : "");
      if (user === "alice") checks.add(where === "v2", "alice's call was answered by v2", "alice");
      if (method === "shutdown") {
        const refused = where === "refused" && text.includes("shutdown is not for clients");
        checks.add(refused, "the refused call got Dubbo's own error with the route's message");
      }
    }
    await splitAct(stage, client, checks, signal);
    const same = client.isOpen && client.localPort === localPort;
    checks.add(same, `it was one and the same connection all the time (from port ${localPort})`);
  } finally {
    client.close();
  }
}

async function splitAct(
  stage: Stage,
  client: DubboClient,
  checks: Checks,
  signal: AbortSignal,
): Promise<void> {
  heading(2, "The weights change while calls run", "the same connection, 8 calls in flight");
  const before = await traffic(stage, client, "80/20", signal);
  checks.add(within(before, 20), `with weights 80/20, v2 got ${share(before)} % of the calls`);

  const model = [stage.greeter, stage.awesome, stage.connection];
  const weights = serviceOf(stage.greeter).routes.find(({ name }) => name === "split")?.to ?? [];
  for (const target of weights) target.weight = target.subset === "v1" ? 20 : 80;
  const running = traffic(stage, client, "20/80", signal);
  const start = performance.now();
  await stage.envoy.update(model);
  const ms = Math.round(performance.now() - start);
  const after = await running;
  say(`Envoy took the new weights over in ${ms} ms.`);
  checks.add(within(after, 80), `with weights 20/80, v2 got ${share(after)} % of the calls`);
  const errors = before.errors + after.errors;
  checks.add(errors === 0, `${errors} of ${before.calls + after.calls} calls failed`);
  const lost = before.strays + after.strays;
  checks.add(lost === 0, "alice, calling in between, was always answered by v2");
}

interface Traffic {
  v1: number;
  v2: number;
  calls: number;
  errors: number;
  /** Calls of alice that v2 did not answer. */
  strays: number;
}

const CALLS_A_PHASE = 1_600;
const IN_FLIGHT = 8;

/** Calls, and shows the split while it does. Every tenth call is alice's and not counted in it. */
async function traffic(
  stage: Stage,
  client: DubboClient,
  title: string,
  signal: AbortSignal,
): Promise<Traffic> {
  const seen: Traffic = { v1: 0, v2: 0, calls: 0, errors: 0, strays: 0 };
  const line = new LiveLine();
  const caller = async () => {
    while (seen.calls < CALLS_A_PHASE && !signal.aborted) {
      const isAlice = ++seen.calls % 10 === 0;
      const { where } = await callAs(client, stage, isAlice ? "alice" : "bob", "hello");
      if (isAlice && where !== "v2") seen.strays++;
      if (where !== "v1" && where !== "v2") seen.errors++;
      else if (!isAlice) seen[where]++;
      await sleep(8);
    }
  };
  const draw = () => line.draw(splitLine(title, seen.v1, seen.v2, seen.errors));
  const timer = setInterval(draw, 100);
  try {
    await Promise.all(Array.from({ length: IN_FLIGHT }, caller));
  } finally {
    clearInterval(timer);
  }
  draw();
  line.end();
  signal.throwIfAborted();
  return seen;
}

async function callAs(
  client: DubboClient,
  stage: Stage,
  user: string,
  method: string,
): Promise<Outcome> {
  const metadata = { service: GREETER, method, "attachment.user": user };
  const rule = decide(serviceOf(stage.greeter), metadata)?.name ?? "none";
  try {
    const call = { service: GREETER, method, args: ["Ada"], attachments: { user } };
    const text = String(await client.call(call, 5_000));
    return { where: versionOf(text), rule, text };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { where: error instanceof DubboError ? "refused" : "failed", rule, text };
  }
}

const share = ({ v1, v2 }: Traffic) => Math.round((100 * v2) / Math.max(1, v1 + v2));
/** About 360 lanes a phase: the share strays by 2 points (one standard deviation). */
const within = (seen: Traffic, percent: number) => Math.abs(share(seen) - percent) <= 12;
