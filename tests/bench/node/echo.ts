/** The echo server: answers each Dubbo call by its first argument. */
import { createServer, type AddressInfo, type Server } from "node:net";
import { FLAG, HESSIAN2, STATUS } from "../../support/dubbo.js";
import { frameCutter } from "./frames.js";

const HEADER = 16;
const RESPONSE_VALUE = 0x91;
const NULL = 0x4e;
/** Protocol version, service, version, method, types. */
const STRINGS_BEFORE_ARGUMENT = 5;

/**
 * A server, not yet listening, that echoes.
 * @param onCalls told of so many calls that came in one read
 */
export function echoServer(onCalls?: (count: number) => void): Server {
  return createServer({ noDelay: true }, (socket) => {
    const cut = frameCutter();
    socket.on("error", () => socket.destroy());
    socket.on("drain", () => socket.resume());
    socket.on("data", (chunk: Buffer) => {
      const { bytes, frames } = cut(chunk);
      const replies = Buffer.allocUnsafe(bytes.length); // none is longer than its request
      let length = 0;
      for (const start of frames) length += writeAnswer(replies, length, bytes, start);
      if (length > 0 && !socket.write(replies.subarray(0, length))) socket.pause();
      onCalls?.(frames.length);
    });
  });
}

/** Prints the free port it listens on; ends when standard input does. */
export function serve(): void {
  const server = echoServer();
  server.listen(0, "127.0.0.1", () => {
    process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
  });
  process.stdin.on("end", () => process.exit(0)).resume();
}

/**
 * Writes the response to the request at `start` to `out` at `at`.
 * @returns its length; 0 if the request wants none
 */
export function writeAnswer(out: Buffer, at: number, request: Buffer, start: number): number {
  const flags = request[start + 2]!;
  if ((flags & FLAG.TWO_WAY) === 0) return 0;
  request.copy(out, at, start, start + HEADER);
  out[at + 3] = STATUS.OK;
  let end = at + HEADER;
  if ((flags & FLAG.EVENT) !== 0) {
    out[at + 2] = FLAG.EVENT | HESSIAN2;
    out[end++] = NULL;
  } else {
    out[at + 2] = HESSIAN2;
    out[end++] = RESPONSE_VALUE;
    let argument = start + HEADER;
    for (let i = 0; i < STRINGS_BEFORE_ARGUMENT; i++) argument += stringLength(request, argument);
    end += request.copy(out, end, argument, argument + stringLength(request, argument));
  }
  out.writeUInt32BE(end - at - HEADER, at + 12);
  return end - at;
}

/** Bytes of the hessian2 string (ASCII, in one chunk) at `at`, its tag included. */
function stringLength(bytes: Buffer, at: number): number {
  const tag = bytes[at]!;
  if (tag < 0x20) return 1 + tag;
  if (tag >= 0x30 && tag <= 0x33) return 2 + ((tag - 0x30) << 8) + bytes[at + 1]!;
  if (tag === 0x53) return 3 + bytes.readUInt16BE(at + 1);
  throw new Error(`no string at byte ${at} of a request`);
}
