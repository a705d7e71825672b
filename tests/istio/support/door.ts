/**
 * Runs in a pod and hands sockets of the pod's network to the test: both ends of Node's channel
 * between processes can pass them on. So clients and servers of a test live in the test's own
 * process and yet in a pod, where Istio's interception sees them.
 */
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { messageOf } from "../../../scripts/cli/error.js";

/** What the test asks for: a connection to, or a server at, an address of the pod's network. */
export interface Wish {
  id: number;
  kind: "connect" | "listen";
  host: string;
  port: number;
}

/** Goes with the socket, or says why there is none. */
export interface Granted {
  id: number;
  error?: string;
}

process.on("message", (wish: Wish) => {
  open(wish).then(
    (socket) => {
      // What was passed on is for the test alone: this process must not accept connections, too.
      const passed = () => {
        if ("listening" in socket) socket.close();
      };
      process.send!({ id: wish.id } satisfies Granted, socket, {}, passed);
    },
    (error: unknown) => process.send!({ id: wish.id, error: messageOf(error) } satisfies Granted),
  );
});
process.on("disconnect", () => process.exit());

async function open({ kind, host, port }: Wish): Promise<Socket | Server> {
  if (kind === "connect") {
    const socket = connect({ host, port, noDelay: true });
    socket.pause(); // what comes is for the test to read
    await once(socket, "connect");
    return socket;
  }
  const server = createServer();
  server.listen(port, host);
  await once(server, "listening");
  return server;
}
