/** First in, first out: numbers in raw memory. */
import { Bytes } from "./buffer";

const SIZE: usize = 8;
/** So many bytes of numbers that are out are kept in front of the others. */
const SLACK: usize = 512;


@unmanaged
export class Queue {
  private readonly bytes: Bytes = new Bytes();
  /** Where the first number lies. */
  private head: usize = 0;


  @inline
  get isEmpty(): bool {
    return this.head == this.bytes.length;
  }

  /** The first number; there must be one. */
  @inline
  get first(): u64 {
    return load<u64>(this.bytes.at + this.head);
  }

  push(value: u64): void {
    store<u64>(this.bytes.reserve(SIZE), value);
    this.bytes.length += SIZE;
  }

  /** Takes out the first number. */
  shift(): u64 {
    const value = this.first;
    this.head += SIZE;
    if (this.head == this.bytes.length || this.head >= max(SLACK, this.bytes.length >> 1)) {
      this.bytes.drop(this.head);
      this.head = 0;
    }
    return value;
  }

  release(): void {
    this.bytes.release();
    heap.free(changetype<usize>(this.bytes));
    heap.free(changetype<usize>(this));
  }
}
