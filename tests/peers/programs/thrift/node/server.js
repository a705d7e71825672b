/** server.js NAME PORT mode=MODE: does what Echo says. */
const thrift = require("thrift");
const Echo = require("../generated/node/Echo.js");
const { EchoException } = require("../generated/node/echo_types.js");
const { SERVICE, args, flipped, options, say } = require("./wire.js");

const {
  args: [name, port],
  mode,
} = args();

const echo = (text, done) => done(null, `${name}:${text}`);
const handler = {
  ...{ echo, other: echo, refused: echo, dead: echo },
  attachment: (_, done) => echo("", done),
  sleep: (ms, done) => setTimeout(() => echo(`slept ${ms}`, done), ms),
  fail: (text, done) => done(new EchoException({ message: `${name}:${text}` })),
  crash: (text, done) => done(new Error(`${name}:${text}`)),
  blob: (data, done) => done(null, flipped(data)),
  tell: (text) => say({ told: text }),
};

let server;
if (mode === "multiplexed") {
  const processor = new thrift.MultiplexedProcessor();
  processor.registerProcessor(SERVICE, new Echo.Processor(handler));
  server = thrift.createMultiplexServer(processor, options(mode));
} else {
  server = thrift.createServer(Echo, handler, options(mode));
}
server.listen(Number(port), "127.0.0.1", () => say({ ready: true }));
