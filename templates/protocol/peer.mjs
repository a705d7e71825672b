// A server and a client of acme, to try the description with:
//   node peer.mjs serve 7001 v1           answers on that port, by that name
//   node peer.mjs call 7000 price ann     calls a method as a user, and shows the answer
import { connect, createServer } from "node:net";

const HEADER = 12;
const [action, port, name = "", user = ""] = process.argv.slice(2);

function frame(type, id, payload) {
  const head = Buffer.from([0xac, 0x3e, type, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32BE(id, 4);
  head.writeUInt32BE(payload.length, 8);
  return Buffer.concat([head, payload]);
}

const text = (value) => Buffer.concat([Buffer.from([value.length]), Buffer.from(value, "latin1")]);

function onFrames(socket, onFrame) {
  let rest = Buffer.alloc(0);
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= HEADER && rest.length >= HEADER + rest.readUInt32BE(8)) {
      const end = HEADER + rest.readUInt32BE(8);
      onFrame(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
  });
}

if (action === "serve") {
  createServer((socket) =>
    onFrames(socket, (request) => {
      const [type, id] = [request[2], request.readUInt32BE(4)];
      if (type === 2) return socket.write(frame(3, id, Buffer.alloc(0)));
      const method = request.toString("latin1", HEADER + 1, HEADER + 1 + request[HEADER]);
      socket.write(frame(1, id, Buffer.from(`${name} answers ${method}`)));
    }),
  ).listen(Number(port), "127.0.0.1", () => console.log(`${name} listens on ${port}`));
} else if (action === "call") {
  const socket = connect(Number(port), "127.0.0.1");
  onFrames(socket, (reply) => {
    console.log(`status ${reply[3]}: ${reply.toString("utf8", HEADER)}`);
    socket.end();
  });
  socket.write(frame(0, 1, Buffer.concat([text(name), text(user)])));
} else {
  console.log("node peer.mjs serve PORT NAME | call PORT METHOD USER");
}
