/** A small Dubbo provider. */
import { createServer, type Server } from "node:net";
import * as dubbo from "./dubbo.js";
import { onFrames } from "./frames.js";

/** The methods of a service. What they throw reaches the caller as an exception. */
export type Methods = Record<string, (...args: (string | number)[]) => string | Promise<string>>;

/** A server that offers one service; it does not listen yet. */
export function dubboProvider(service: string, methods: Methods): Server {
  return createServer((socket) => {
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy()); // the client is gone
    onFrames(socket, dubbo.HEADER_LENGTH, dubbo.frameLength, (frame) => {
      const { id, isEvent, wantsReply } = dubbo.readHead(frame);
      if (isEvent) {
        if (wantsReply) socket.write(dubbo.writeHeartbeatReply(id));
        return;
      }
      void answer(id, dubbo.readRequest(frame), service, methods).then((reply) => {
        if (wantsReply && socket.writable) socket.write(reply);
      });
    });
  });
}

async function answer(
  id: bigint,
  call: dubbo.Call,
  service: string,
  methods: Methods,
): Promise<Buffer> {
  const method = call.service === service ? methods[call.method] : undefined;
  if (method === undefined) {
    const message = `there is no method ${call.method} of service ${call.service}`;
    return dubbo.writeError(id, dubbo.SERVICE_NOT_FOUND, message);
  }
  try {
    return dubbo.writeResult(id, await method(...call.args));
  } catch (error) {
    return dubbo.writeException(id, error instanceof Error ? error.message : String(error));
  }
}
