/** Cuts what comes in on a socket into frames. */
import type { Socket } from "node:net";

/**
 * Calls `onFrame` with every whole frame. What is no frame, or can't be read, ends the connection.
 * @param headerLength bytes that must be there before `lengthOf` is asked
 * @param lengthOf the frame's length in bytes, header included
 */
export function onFrames(
  socket: Socket,
  headerLength: number,
  lengthOf: (header: Buffer) => number,
  onFrame: (frame: Buffer) => void,
): void {
  let rest: Buffer = Buffer.alloc(0);
  const cut = () => {
    while (rest.length >= headerLength) {
      const length = lengthOf(rest);
      if (rest.length < length) return;
      onFrame(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
  };
  socket.on("data", (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    try {
      cut();
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  });
}
