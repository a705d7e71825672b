/** Changes to the attachments of requests: what a configuration or a route asks for. */
import { sameBytes } from "../bytes/same";

export class Edits {
  private names: ArrayBuffer[] = [];
  private values: Array<ArrayBuffer | null> = [];
  /** Bytes of all names and values. */
  bytes: u32 = 0;

  get count(): i32 {
    return this.names.length;
  }

  /** Sets the attachment `name`, whether it is there or not; null: removes it. */
  add(name: string, value: string | null): void {
    const bytes = String.UTF8.encode(name);
    this.names.push(bytes);
    this.bytes += bytes.byteLength;
    if (value === null) this.values.push(null);
    else {
      const text = String.UTF8.encode(value);
      this.values.push(text);
      this.bytes += text.byteLength;
    }
  }

  /** Which edit is about the attachment `name`; -1: none, it stays as it is. */
  indexOf(name: usize, n: u32): i32 {
    for (let i = 0; i < this.names.length; i++) {
      const own = unchecked(this.names[i]);
      if (<u32>own.byteLength == n && sameBytes(changetype<usize>(own), name, n)) return i;
    }
    return -1;
  }

  nameAt(i: i32): usize {
    return changetype<usize>(this.names[i]);
  }
  nameLength(i: i32): u32 {
    return <u32>this.names[i].byteLength;
  }

  /** Whether edit `i` removes the attachment. */
  removes(i: i32): bool {
    return this.values[i] === null;
  }
  /** Address of the value that edit `i` sets, UTF-8. */
  valueAt(i: i32): usize {
    return changetype<usize>(this.values[i]);
  }
  valueLength(i: i32): u32 {
    return <u32>this.values[i]!.byteLength;
  }
}
