/** A buffer that a module reads and replaces: Envoy's Buffer::Instance behind proxy_*_buffer_bytes. */
import { Result } from "./abi.js";

export class HostBuffer {
  bytes: Buffer = Buffer.alloc(0);

  constructor(bytes?: Uint8Array) {
    if (bytes !== undefined) this.bytes = Buffer.from(bytes);
  }

  get length(): number {
    return this.bytes.length;
  }

  append(bytes: Uint8Array): void {
    this.bytes = this.bytes.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.bytes, bytes]);
  }

  /** Takes all bytes out. */
  drain(): Buffer {
    const all = this.bytes;
    this.bytes = Buffer.alloc(0);
    return all;
  }

  /**
   * proxy_set_buffer_bytes: Envoy prepends (0, 0), replaces the whole (0, at least the length) and
   * appends (from the end on); it refuses everything else.
   */
  set(start: number, length: number, bytes: Uint8Array): Result {
    if (start === 0 && length === 0) this.bytes = Buffer.concat([bytes, this.bytes]);
    else if (start === 0 && length >= this.bytes.length) this.bytes = Buffer.from(bytes);
    else if (start > 0 && start >= this.bytes.length) this.append(bytes);
    else return Result.BadArgument;
    return Result.Ok;
  }
}
