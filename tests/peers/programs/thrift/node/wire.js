/** What the server and the client have in common. Modes: binary, compact, multiplexed. */
const thrift = require("thrift");

exports.SERVICE = "Echo";

exports.options = (mode) => ({
  transport: thrift.TFramedTransport,
  protocol: mode === "compact" ? thrift.TCompactProtocol : thrift.TBinaryProtocol,
});

exports.flipped = (data) => Buffer.from(data.map((byte) => 255 - byte));

/** Says something to the test: a line of JSON. */
exports.say = (words) => {
  process.stdout.write(`${JSON.stringify(words)}\n`);
};

/** The first arguments, and the mode, which is the last one. */
exports.args = () => {
  const args = process.argv.slice(2);
  const mode = args.pop().replace(/^mode=/, "");
  return { args, mode };
};
