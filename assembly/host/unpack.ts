/**
 * Puts the module's data where they belong, before anything else runs: to be imported first.
 *
 * Two thirds of the data are zeros, as texts are UTF-16 and each object has a header, and messages
 * repeat each other; so the build packs them (scripts/build/pack-data.ts) and stores them at the
 * end of the memory, where nobody looks yet:
 *
 *     +-----   ---+---------+---------+---------+---------+
 *     | items ... | to      | masks   | length  | size    |
 *     |           | u32     | u32     | u32     | u32     |
 *     +-----   ---+---------+---------+---------+---------+
 *      `- size --'                                         end of memory
 *
 * The items, eight of which follow a byte with a bit for each (the first one's is the lowest), are
 * bytes (1) or repeat what came before (0): a u16 whose upper 12 bits are how far back it lies, and
 * whose lower 4 are its length less two. They come to `length` bytes, of which the first `masks`
 * are masks: one for each eight bytes of the data, with a bit for each byte that is not zero (the
 * first byte's is the lowest), or zero and the number of eights that are all zeros. Those bytes
 * that are not zero follow the masks.
 *
 * A size of zero says that nothing is packed, as in the debug module.
 */
function unpack(): void {
  const end = ((<usize>memory.size()) << 16) - 16;
  const items = end - load<u32>(end, 12);
  const masks = items - load<u32>(end, 8);
  repeat(items, end, masks);
  scatter(masks, masks + load<u32>(end, 4), load<u32>(end));
  memory.fill(masks, 0, end + 16 - masks);
}

/** Writes to `to` what the items from `p` to `end` stand for. */
function repeat(p: usize, end: usize, to: usize): void {
  let kinds: u32 = 1;
  while (p < end) {
    // A ninth bit tells when the eight have been looked at.
    if (kinds == 1) kinds = (<u32>load<u8>(p++)) | 0x100;
    if (kinds & 1) {
      store<u8>(to++, load<u8>(p++));
    } else {
      const pair: u32 = load<u16>(p);
      p += 2;
      for (let n = (pair & 15) + 2; n > 0; n--, to++) store<u8>(to, load<u8>(to - (pair >> 4)));
    }
    kinds >>= 1;
  }
}

/** Writes the bytes at `bytes`, which the masks from `p` up to there scatter, to `to`. */
function scatter(p: usize, bytes: usize, to: usize): void {
  const end = bytes;
  while (p < end) {
    let mask: u32 = load<u8>(p++);
    if (mask == 0) {
      to += (<usize>load<u8>(p++)) << 3;
      continue;
    }
    for (mask |= 0x100; mask != 1; mask >>= 1) {
      if (mask & 1) store<u8>(to, load<u8>(bytes++));
      to++;
    }
  }
}

unpack();
