/** CRC-32 as in Ethernet, zip and Java's `java.util.zip.CRC32` (reflected, polynomial 0xedb88320). */

const table: usize = memory.data(1024);

function fill(): void {
  for (let i: u32 = 0; i < 256; i++) {
    let c = i;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >> 1) ^ 0xedb88320 : c >> 1;
    store<u32>(table + (i << 2), c);
  }
}

/** The CRC-32 of `n` bytes at `p`. */
export function crc32(p: usize, n: u32): u32 {
  if (load<u32>(table, 4) == 0) fill();
  let c = u32.MAX_VALUE;
  for (const end = p + n; p < end; p++) {
    c = load<u32>(table + (((c ^ load<u8>(p)) & 0xff) << 2)) ^ (c >> 8);
  }
  return ~c;
}
