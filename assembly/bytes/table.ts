/**
 * Hash table from u64 to u64 in raw memory: open addressing, linear probing, deletion by
 * shifting back, so that no tombstones pile up. A key may be there several times; values are
 * never 0, which marks a free slot.
 *
 *     slot: | key u64 | value u64 |
 */
const SLOT: usize = 16;
const FIRST_SLOTS: u32 = 8;
/** Keys that are not made to collide practically never lie so many slots from their home. */
const CROWD: u32 = 512;


@unmanaged
export class Table {
  count: u32 = 0;
  private slots: usize = 0;
  private mask: u32 = 0;

  /** How many slots there are to go through with `keyAt` and `valueAt`. */
  @inline
  get size(): u32 {
    return this.slots == 0 ? 0 : this.mask + 1;
  }


  @inline
  keyAt(i: u32): u64 {
    return load<u64>(this.slots + <usize>i * SLOT);
  }
  /** 0: the slot is free. */
  @inline
  valueAt(i: u32): u64 {
    return load<u64>(this.slots + <usize>i * SLOT, 8);
  }

  add(key: u64, value: u64): void {
    if (this.slots == 0 || this.count * 4 >= (this.mask + 1) * 3) this.grow();
    let i = home(key, this.mask);
    while (this.valueAt(i) != 0) i = (i + 1) & this.mask;
    const p = this.slots + <usize>i * SLOT;
    store<u64>(p, key);
    store<u64>(p, value, 8);
    this.count++;
  }

  /** Whether so many entries lie where `key` belongs that it takes long to add and to find it. */
  isCrowded(key: u64): bool {
    if (this.count < CROWD) return false;
    let i = home(key, this.mask);
    for (let n: u32 = 0; n < CROWD; n++) {
      if (this.valueAt(i) == 0) return false;
      i = (i + 1) & this.mask;
    }
    return true;
  }

  /** A value of `key`, 0 if there is none. */
  get(key: u64): u64 {
    const i = this.find(key, 0);
    return i < 0 ? 0 : this.valueAt(<u32>i);
  }

  /** Removes one entry of `key` and returns its value, 0 if there is none. */
  take(key: u64): u64 {
    return this.removeAt(this.find(key, 0));
  }

  /** Removes the entry of `key` that has `value`; nothing happens if there is none. */
  remove(key: u64, value: u64): void {
    this.removeAt(this.find(key, value));
  }

  release(): void {
    if (this.slots != 0) heap.free(this.slots);
    this.slots = 0;
    this.mask = 0;
    this.count = 0;
  }

  /** Slot of `key` (with `value`, unless that is 0), -1 if there is none. */
  private find(key: u64, value: u64): i32 {
    if (this.count == 0) return -1;
    let i = home(key, this.mask);
    for (let v = this.valueAt(i); v != 0; v = this.valueAt(i)) {
      if (this.keyAt(i) == key && (value == 0 || v == value)) return <i32>i;
      i = (i + 1) & this.mask;
    }
    return -1;
  }

  private removeAt(found: i32): u64 {
    if (found < 0) return 0;
    let hole = <u32>found;
    const value = this.valueAt(hole);
    for (let i = (hole + 1) & this.mask; this.valueAt(i) != 0; i = (i + 1) & this.mask) {
      // An entry may move into the hole unless that lies before its home slot.
      const distance = (i - home(this.keyAt(i), this.mask)) & this.mask;
      if (distance >= ((i - hole) & this.mask)) {
        memory.copy(this.slots + <usize>hole * SLOT, this.slots + <usize>i * SLOT, SLOT);
        hole = i;
      }
    }
    store<u64>(this.slots + <usize>hole * SLOT, 0, 8);
    this.count--;
    return value;
  }

  private grow(): void {
    const old = this.slots;
    const oldSize = this.size;
    const size = oldSize == 0 ? FIRST_SLOTS : oldSize * 2;
    this.slots = heap.alloc(<usize>size * SLOT);
    memory.fill(this.slots, 0, <usize>size * SLOT);
    this.mask = size - 1;
    this.count = 0;
    for (let i: u32 = 0; i < oldSize; i++) {
      const p = old + <usize>i * SLOT;
      if (load<u64>(p, 8) != 0) this.add(load<u64>(p), load<u64>(p, 8));
    }
    if (old != 0) heap.free(old);
  }
}

/** Fibonacci hashing: ids that count up, in whichever of their bits, spread over the table. */
@inline
function home(key: u64, mask: u32): u32 {
  return (<u32>(((key ^ (key >> 32)) * 0x9e3779b97f4a7c15) >> 32)) & mask;
}
