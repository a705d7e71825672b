/** Cuts a stream into Dubbo frames, copying no more than frames that a read has cut in two. */
const HEADER = 16;
const MAGIC = 0xdabb;

/** Bytes, and where in them whole frames start. */
export interface Cut {
  bytes: Buffer;
  frames: number[];
}

/** Length of the frame at `at`, header included. */
export function frameLength(bytes: Buffer, at: number): number {
  if (bytes.readUInt16BE(at) !== MAGIC) throw new Error("received bytes that are no Dubbo frame");
  return HEADER + bytes.readUInt32BE(at + 12);
}

/** @returns a function that takes what was read and gives the frames that are whole now */
export function frameCutter(): (chunk: Buffer) => Cut {
  let parts: Buffer[] = [];
  let have = 0;
  let wanted = HEADER;
  return (chunk) => {
    parts.push(chunk);
    have += chunk.length;
    const frames: number[] = [];
    if (have < wanted) return { bytes: chunk, frames };
    const bytes = parts.length === 1 ? chunk : Buffer.concat(parts, have);
    let at = 0;
    wanted = HEADER;
    while (bytes.length - at >= HEADER) {
      const length = frameLength(bytes, at);
      if (bytes.length - at < length) {
        wanted = length;
        break;
      }
      frames.push(at);
      at += length;
    }
    parts = [bytes.subarray(at)];
    have = bytes.length - at;
    return { bytes, frames };
  };
}
