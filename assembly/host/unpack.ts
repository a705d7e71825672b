/**
 * Puts the module's data where they belong, before anything else runs: to be imported first.
 *
 * Two thirds of the data are zeros, as texts are UTF-16 and each object has a header; so the build
 * packs them (scripts/build/pack-data.ts) and stores them at the end of the memory, where nobody
 * looks yet. Each group of eight bytes is a mask, with a bit for each byte that is not zero (the
 * first byte's is the lowest), and those bytes; a mask of zero is followed by the number of groups
 * that are all zeros:
 *
 *     +------+---------------+------+-----------+-----   ---+---------+---------+
 *     | mask | bytes, 1 to 8 | 0    | groups    |    ...    | to      | size    |
 *     | u8   |               |      | u8        |           | u32     | u32     |
 *     +------+---------------+------+-----------+-----   ---+---------+---------+
 *      `---------------------- size -----------------------'                    end of memory
 *
 * A size of zero says that nothing is packed, as in the debug module.
 */
function unpack(): void {
  const end = ((<usize>memory.size()) << 16) - 8;
  const size: usize = load<u32>(end, 4);
  const start = end - size;
  let to: usize = load<u32>(end);
  let from = start;
  while (from < end) {
    let mask: u32 = load<u8>(from++);
    if (mask == 0) {
      to += (<usize>load<u8>(from++)) << 3;
      continue;
    }
    // A ninth bit tells when the eight have been looked at.
    for (mask |= 0x100; mask != 1; mask >>= 1) {
      if (mask & 1) store<u8>(to, load<u8>(from++));
      to++;
    }
  }
  memory.fill(start, 0, size + 8);
}

unpack();
