/**
 * What the frame at hand has: a register for each element, for each name of bits and for each
 * protobuf field that a description uses. Shared by all declared protocols, since one frame is
 * looked at at a time.
 */

/** Most registers that a description has. */
export const MOST_REGISTERS: u32 = 160;

/** 16 bytes each: the number, and address and length of the bytes. */
const REGISTERS: usize = memory.data(2560, 16);


@inline
function at(r: u32): usize {
  return REGISTERS + ((<usize>r) << 4);
}

/** The number, 0 if there is none. */
@inline
export function numberOf(r: u32): u64 {
  return load<u64>(at(r));
}


@inline
export function setNumber(r: u32, value: u64): void {
  store<u64>(at(r), value);
}

/** Address of the bytes; 0: there are none. */
@inline
export function startOf(r: u32): usize {
  return load<usize>(at(r), 8);
}


@inline
export function lengthOf(r: u32): u32 {
  return load<u32>(at(r), 12);
}


@inline
export function setSpan(r: u32, p: usize, length: u32): void {
  store<usize>(at(r), p, 8);
  store<u32>(at(r), length, 12);
}

/** Leaves nothing in `count` registers from `first` on. */
@inline
export function clearRegisters(first: u32, count: u32): void {
  for (let r = first; r < first + count; r++) {
    store<u64>(at(r), 0);
    store<u64>(at(r), 0, 8);
  }
}
