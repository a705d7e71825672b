/** Raw memory that grows: outside the garbage collector, freed by hand. */

/** A buffer that has been emptied gives its memory back when it holds more than this. */
const KEEP: usize = 1024;
/** Bytes of memory that all buffers of the module have. */
export let bufferedBytes: usize = 0;


@unmanaged
export class Bytes {
  /** Address of the first byte; 0 while there is no memory. */
  at: usize = 0;
  length: usize = 0;
  private capacity: usize = 0;

  /** Makes room for `n` more bytes; returns the address where they go. */
  reserve(n: usize): usize {
    const wanted = this.length + n;
    if (wanted > this.capacity) {
      const capacity = max<usize>(max<usize>(wanted, this.capacity * 2), 64);
      const grown = heap.alloc(capacity);
      if (this.at != 0) {
        memory.copy(grown, this.at, this.length);
        heap.free(this.at);
      }
      this.at = grown;
      bufferedBytes += capacity - this.capacity;
      this.capacity = capacity;
    }
    return this.at + this.length;
  }

  append(p: usize, n: usize): void {
    if (n == 0) return;
    memory.copy(this.reserve(n), p, n);
    this.length += n;
  }

  /** Empties the buffer; large memory is given back, small memory is kept for the next time. */
  clear(): void {
    this.length = 0;
    if (this.capacity > KEEP) this.release();
  }

  /** Drops the first `n` bytes. */
  drop(n: usize): void {
    if (n >= this.length) {
      this.clear();
      return;
    }
    memory.copy(this.at, this.at + n, this.length - n);
    this.length -= n;
  }

  /** Exchanges contents and memory with another buffer. */
  swap(other: Bytes): void {
    const at = this.at;
    const length = this.length;
    const capacity = this.capacity;
    this.at = other.at;
    this.length = other.length;
    this.capacity = other.capacity;
    other.at = at;
    other.length = length;
    other.capacity = capacity;
  }

  /** Gives all memory back. */
  release(): void {
    if (this.at != 0) heap.free(this.at);
    bufferedBytes -= this.capacity;
    this.at = 0;
    this.length = 0;
    this.capacity = 0;
  }
}
