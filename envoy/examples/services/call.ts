/** Sends one call, e.g. `npx tsx envoy/examples/services/call.ts --user alice hello Ada`. */
import { parseArgs } from "node:util";
import { AwesomeClient } from "./awesomerpc.js";
import { DubboClient, DubboError } from "./dubbo-client.js";
import { GREETER } from "./greeter.js";

const HELP = `Sends one call to an example service.

  call.ts [options] <method> [argument]     method of ${GREETER}: hello, slow, fail, shutdown
  call.ts --protocol awesomerpc 1 [text]    command 1 says hello

  --port <n>          where Envoy listens (default: 20880)
  --user <name>       the attachment "user"
  --protocol <name>   dubbo (default) or awesomerpc
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: "string", default: "20880" },
    user: { type: "string" },
    protocol: { type: "string", default: "dubbo" },
    help: { type: "boolean", short: "h" },
  },
});
const [method, argument = "Ada"] = positionals;

if (values.help || method === undefined) {
  process.stdout.write(HELP);
  process.exitCode = values.help ? 0 : 2;
} else {
  try {
    const answer = await (values.protocol === "awesomerpc"
      ? callAwesome(method)
      : callDubbo(method));
    process.stdout.write(`${answer}\n`);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const status = error instanceof DubboError ? ` (Dubbo status ${error.status})` : "";
    process.stderr.write(`error: ${said}${status}\n`);
    process.exitCode = 1;
  }
}

async function callDubbo(method: string): Promise<string> {
  const client = await DubboClient.connect(Number(values.port));
  const attachments = values.user === undefined ? {} : { user: values.user };
  const args = [method === "slow" ? Number(argument) : argument];
  try {
    return String(await client.call({ service: GREETER, method, args, attachments }));
  } finally {
    client.close();
  }
}

async function callAwesome(command: string): Promise<string> {
  const client = await AwesomeClient.connect(Number(values.port));
  try {
    return await client.call(Number(command), argument);
  } finally {
    client.close();
  }
}
