/**
 * What the frame at hand has: a register for each element, for each name of bits and for each
 * protobuf field that a description uses. Shared by all declared protocols, since one frame is
 * looked at at a time.
 */

/** Most registers that a description has. */
export const MOST_REGISTERS: u32 = 160;

const NUMBERS: usize = memory.data(1280, 8);
/** Address, then length. */
const SPANS: usize = memory.data(1280, 8);

/** The number, 0 if there is none. */
@inline
export function numberOf(r: u32): u64 {
  return load<u64>(NUMBERS + ((<usize>r) << 3));
}


@inline
export function setNumber(r: u32, value: u64): void {
  store<u64>(NUMBERS + ((<usize>r) << 3), value);
}

/** Address of the bytes; 0: there are none. */
@inline
export function startOf(r: u32): usize {
  return load<usize>(SPANS + ((<usize>r) << 3));
}


@inline
export function lengthOf(r: u32): u32 {
  return load<u32>(SPANS + ((<usize>r) << 3), 4);
}


@inline
export function setSpan(r: u32, at: usize, length: u32): void {
  store<usize>(SPANS + ((<usize>r) << 3), at);
  store<u32>(SPANS + ((<usize>r) << 3), length, 4);
}
