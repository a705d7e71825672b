/** A protocol without request ids through a real Envoy: its answers keep the order of its requests. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { distDir } from "../../scripts/cli/paths.js";
import { Cutter } from "../host/cutter.js";
import { Envoy } from "../support/envoy.js";
import { plainFrame, plainWire } from "../support/plain.js";
import { until } from "../support/wait.js";
import { filtersOf, printed } from "./support/static.js";
import { untilCounts } from "./support/stats.js";

const CALLS = 2000;
const METHODS = ["a", "b", "c"];

let servers: Server[] = [];
let envoy: Envoy;
let port = 0;
/** Every so many answers a server breaks its connection instead of giving one; 0: never. */
let breakEvery = 0;

/** Answers in order, each a little later than it could. */
function serve(socket: Socket): void {
  const cutter = new Cutter(plainWire);
  const waiting: string[] = [];
  let answered = 0;
  socket.on("error", () => socket.destroy());
  const answer = () => {
    const text = waiting.shift();
    if (text === undefined || socket.destroyed) return;
    if (breakEvery > 0 && ++answered % breakEvery === 0) socket.destroy();
    else socket.write(plainFrame(`re ${text}`));
    if (waiting.length > 0) setTimeout(answer, Math.random() * 3);
  };
  socket.on("data", (chunk: Buffer) => {
    if (waiting.length === 0) setTimeout(answer, Math.random() * 3);
    waiting.push(...cutter.push(chunk));
  });
}

before(async () => {
  servers = await Promise.all(
    [1, 2, 3].map(async () => {
      const server = createServer(serve).listen(0, "127.0.0.1");
      await once(server, "listening");
      return server;
    }),
  );
  const subsets = Object.fromEntries(
    servers.map((server, i) => [`v${i}`, (server.address() as AddressInfo).port]),
  );
  const { config, ports } = await printed([
    { name: "plain", protocol: "awesomerpc", routeOn: ["method"], lanes: { spread: 4 }, subsets },
  ]);
  port = ports[0]!;
  // Only debug builds speak it, so that the tool knows nothing of it.
  const text = JSON.stringify(config)
    .replaceAll("argot.wasm", "argot.debug.wasm")
    .replaceAll(String.raw`\"protocol\": \"awesomerpc\"`, String.raw`\"protocol\": \"plain\"`);
  assert.ok(text.includes(join(distDir, "argot.debug.wasm")), "the debug build is configured");
  const changed = JSON.parse(text) as typeof config;
  assert.equal(filtersOf(changed).length, 2);
  envoy = await Envoy.start(changed);
});

after(async () => {
  await envoy?.stop();
  for (const server of servers) server.close();
});

/** Sends the calls, so many in flight; what came back, in order. */
async function call(inFlight: number): Promise<string[]> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  const cutter = new Cutter(plainWire);
  const got: string[] = [];
  let sent = 0;
  const send = () => {
    const texts: string[] = [];
    while (sent < CALLS && sent - got.length < inFlight) {
      texts.push(`${METHODS[sent % METHODS.length]} ${sent++}`);
    }
    if (texts.length > 0) socket.write(Buffer.concat(texts.map(plainFrame)));
  };
  socket.on("data", (chunk: Buffer) => {
    got.push(...cutter.push(chunk));
    send();
  });
  send();
  await until(() => got.length === CALLS || socket.destroyed, { timeout: 20_000 });
  socket.destroy();
  return got;
}

const expected = Array.from({ length: CALLS }, (_, i) => `re ${METHODS[i % 3]} ${i}`);

test("answers from several servers come in the order of the requests", async () => {
  assert.deepEqual(await call(64), expected);
  await untilCounts(envoy, "plain", { requests: CALLS, responses: CALLS, error_replies: 0 });
});

test("an error reply takes the place of the answer that a broken connection owed", async () => {
  breakEvery = 50;
  const got = await call(64);
  breakEvery = 0;
  assert.equal(got.length, CALLS);
  const errors = got.filter((text, i) => text !== expected[i]);
  assert.ok(errors.length > 0 && errors.length < CALLS, `${errors.length} errors`);
  for (const text of errors) assert.match(text, /^error: argot: the (server|connection)/);
});
