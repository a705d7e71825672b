/** A buffer that a module reads and replaces: Envoy's Buffer::Instance behind proxy_*_buffer_bytes. */
import { Result } from "./abi.js";

const NOTHING = Buffer.alloc(0);

export class HostBuffer {
  /** Nobody writes into these: they may belong to others, too. */
  constructor(public bytes: Buffer = NOTHING) {}

  get length(): number {
    return this.bytes.length;
  }

  append(bytes: Buffer): void {
    this.bytes = this.bytes.length === 0 ? bytes : Buffer.concat([this.bytes, bytes]);
  }

  /** Takes all bytes out. */
  drain(): Buffer {
    const all = this.bytes;
    this.bytes = NOTHING;
    return all;
  }

  /**
   * proxy_set_buffer_bytes: Envoy prepends (0, 0), replaces the whole (0, at least the length) and
   * appends (from the end on); it refuses everything else.
   */
  set(start: number, length: number, bytes: Buffer): Result {
    if (start === 0 && length === 0) this.bytes = Buffer.concat([bytes, this.bytes]);
    else if (start === 0 && length >= this.bytes.length) this.bytes = bytes;
    else if (start > 0 && start >= this.bytes.length) this.append(bytes);
    else return Result.BadArgument;
    return Result.Ok;
  }
}
