/** Act 3: another protocol. Act 4: mode `connection`. Then: does Envoy's own log agree? */
import { setTimeout as sleep } from "node:timers/promises";
import { AwesomeClient, HELLO, UPPER_CASE } from "../../envoy/examples/services/awesomerpc.js";
import { DubboClient } from "../../envoy/examples/services/dubbo-client.js";
import { GREETER, versionOf } from "../../envoy/examples/services/greeter.js";
import { decide } from "../protocol/decide.js";
import { listenerName } from "../protocol/emit/names.js";
import type { ApplicationProtocol } from "../protocol/model.js";
import { subsetOf, type Entry } from "./access-log.js";
import type { Checks } from "./checks.js";
import { callLine, heading } from "./screen.js";
import { files, serviceOf, type Stage } from "./stage.js";

export async function awesomeAct(stage: Stage, checks: Checks): Promise<void> {
  heading(3, "Another protocol, the same routes", `AwesomeRPC, ${files.awesome}`);
  const client = await AwesomeClient.connect(portOf(stage, stage.awesome));
  try {
    for (const command of [HELLO, UPPER_CASE, HELLO]) {
      const route = decide(serviceOf(stage.awesome), { method: String(command) });
      const where = versionOf(await client.call(command, "Ada"));
      callLine(`command`, String(command), where, route?.name ?? "none");
      const right = route?.to.some(({ subset }) => subset === where) ?? false;
      checks.add(right, "AwesomeRPC calls were answered as their rules say", "awesome");
    }
  } finally {
    client.close();
  }
}

export async function connectionAct(stage: Stage, checks: Checks): Promise<void> {
  heading(4, "One decision a connection", `Dubbo, mode connection, ${files.connection}`);
  for (const user of ["alice", "test-7", "bob", "carol", "dave"]) {
    const client = await DubboClient.connect(portOf(stage, stage.connection));
    const call = { service: GREETER, method: "hello", args: [user], attachments: { user } };
    const answers = [await client.call(call), await client.call(call)].map(versionOf);
    client.close();
    // Envoy writes the line when the connection has ended.
    const isOurs = (entry: Entry) => "connection" in entry && entry["attachment.user"] === user;
    const entry = await waitFor(() => stage.log.find(isOurs));
    const [where = "?"] = answers;
    callLine(user, "2 calls", where, entry?.rule ?? "unknown", "(as Envoy's access log names it)");
    const route = decide(serviceOf(stage.connection), {
      service: GREETER,
      "attachment.user": user,
    });
    const right =
      answers.every((answer) => answer === where) &&
      entry?.rule === route?.name &&
      entry !== undefined &&
      subsetOf(entry) === where;
    checks.add(right, "every connection went to one version, by the rule in Envoy's log", "conn");
  }
}

/** After all clients are gone: what Envoy logged of the lanes has to be what we said. */
export async function compareLog(stage: Stage, checks: Checks): Promise<void> {
  const greeter = serviceOf(stage.greeter);
  const name = listenerName(stage.greeter, greeter);
  const lanes = () => stage.log.filter(({ lane }) => lane === name);
  await waitFor(() => lanes().some(({ rule }) => rule === "alice-sees-v2"));
  const wrong = lanes().filter((entry) => {
    const keys = ["service", "method", "attachment.user"];
    const metadata = Object.fromEntries(keys.map((key) => [key, entry[key]]));
    const route = decide(greeter, metadata);
    const refused = route?.refuse !== undefined;
    const subset = subsetOf(entry);
    const right = refused ? subset === "-" : route?.to.some((to) => to.subset === subset);
    return route?.name !== entry.rule || !right;
  });
  const text = `Envoy's access log agrees: ${lanes().length} lanes, each by the rule that was shown`;
  checks.add(lanes().length > 0 && wrong.length === 0, text);
}

export function portOf(stage: Stage, protocol: ApplicationProtocol): number {
  return stage.envoy.ports.get(listenerName(protocol, serviceOf(protocol))) ?? 0;
}

/** Waits for a line of the log, up to five seconds. */
async function waitFor<T>(find: () => T | undefined): Promise<T | undefined> {
  const end = Date.now() + 5_000;
  let found = find();
  while (!found && Date.now() < end) {
    await sleep(10);
    found = find();
  }
  return found;
}
