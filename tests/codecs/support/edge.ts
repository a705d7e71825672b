/**
 * Memory of a module that its allocator does not know: frames are put at the very end, where any
 * byte too far is a trap, and what is written is watched by guards.
 */
const PAGE = 65_536;
const GUARD = 64;
const GUARDED = 0xa7;

export class Edge {
  private bytes = new Uint8Array(0);
  private out = 0;

  /** @param longest most bytes of a frame, and of what is written */
  constructor(
    private readonly memory: WebAssembly.Memory,
    private readonly longest: number,
  ) {}

  /** Puts bytes where the last one is the memory's last; answers their address. */
  put(bytes: Uint8Array): number {
    this.reserve();
    const address = this.bytes.length - bytes.length;
    this.bytes.set(bytes, address);
    return address;
  }

  /**
   * What `write` writes to the address that it gets.
   * @throws if it writes, or says that it wrote, more than `limit` bytes, or before the address
   */
  written(limit: number, write: (out: number) => number): Buffer {
    if (limit > this.longest) throw new Error(`a limit of ${limit} bytes`);
    this.reserve();
    const { out } = this;
    this.bytes.fill(GUARDED, out - GUARD, out);
    this.bytes.fill(GUARDED, out + limit, out + limit + GUARD);
    const n = write(out);
    if (n > limit) throw new Error(`${n} bytes written, ${limit} allowed`);
    this.reserve();
    for (let i = 0; i < GUARD; i++) {
      if (this.bytes[out - GUARD + i] !== GUARDED) throw new Error("written before the start");
      if (this.bytes[out + limit + i] !== GUARDED)
        throw new Error(`${limit} bytes allowed, more written`);
    }
    return Buffer.from(this.bytes.slice(out, out + n).buffer);
  }

  /** What the module grows by lies behind what was reserved: then there is a new end. */
  private reserve(): void {
    if (this.bytes.length > 0 && this.bytes.buffer === this.memory.buffer) return;
    const grown = this.memory.buffer.byteLength !== this.bytes.length;
    const start = this.memory.buffer.byteLength;
    if (grown) this.memory.grow(Math.ceil((2 * this.longest + 4 * GUARD) / PAGE));
    this.bytes = new Uint8Array(this.memory.buffer);
    if (grown) this.out = start + GUARD;
  }
}
