/** Cuts a stream of bytes into the frames of a protocol, as they become whole. */
import type { Wire } from "../support/wire.js";

export class Cutter<F> {
  private chunks: Buffer[] = [];
  private length = 0;
  private wanted: number;

  constructor(private readonly wire: Wire<F>) {
    this.wanted = wire.headerLength;
  }

  /** Bytes of a frame that is not whole yet. */
  get pending(): number {
    return this.length;
  }

  /** @throws if the bytes are no frame of the protocol */
  push(bytes: Uint8Array): F[] {
    this.chunks.push(Buffer.from(bytes));
    this.length += bytes.length;
    if (this.length < this.wanted) return [];
    const { wire } = this;
    const frames: F[] = [];
    let rest = Buffer.concat(this.chunks);
    for (
      this.wanted = wire.headerLength;
      rest.length >= this.wanted;
      this.wanted = wire.headerLength
    ) {
      this.wanted = wire.measure(rest);
      if (rest.length < this.wanted) break;
      frames.push(wire.parse(rest.subarray(0, this.wanted)));
      rest = rest.subarray(this.wanted);
    }
    this.chunks = [rest];
    this.length = rest.length;
    return frames;
  }
}
