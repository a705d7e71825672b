/** client.js PORT mode=MODE: makes the calls that come as lines of JSON, on one connection. */
const { randomBytes } = require("node:crypto");
const { createInterface } = require("node:readline");
const thrift = require("thrift");
const EchoMore = require("../generated/node/EchoMore.js");
const { SERVICE, args, flipped, options, say } = require("./wire.js");

const {
  args: [port],
  mode,
} = args();

const connection = thrift.createConnection("127.0.0.1", Number(port), options(mode));
connection.on("error", (error) => console.error(error));
const client =
  mode === "multiplexed"
    ? new thrift.Multiplexer().createClient(SERVICE, EchoMore, connection)
    : thrift.createClient(EchoMore, connection);

async function call(method, arg) {
  if (method === "tell") {
    client.tell(arg, () => undefined); // there is no answer that could call back
    return "told";
  }
  if (method === "blob") {
    const data = randomBytes(Number(arg));
    return (await client.blob(data)).equals(flipped(data)) ? `${data.length} bytes` : "wrong bytes";
  }
  return client[method](method === "sleep" ? Number(arg) : arg);
}

async function answer({ id, method, arg }) {
  const start = performance.now();
  const ms = () => Math.round(performance.now() - start);
  try {
    const value = await call(method, arg);
    say({ id, value, ms: ms() });
  } catch (error) {
    say({ id, error: error.name, message: String(error.message), ms: ms() });
  }
}

connection.on("connect", () => {
  say({ ready: true });
  const input = createInterface({ input: process.stdin });
  input.on("line", (line) => void answer(JSON.parse(line)));
  input.on("close", () => process.exit(0));
});
