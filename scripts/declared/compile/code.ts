/** Source text in the making, and the names in it. */
import type { Description, Prefix } from "../model.js";

export class Code {
  private readonly lines: string[] = [];
  private depth = 0;

  line(text = ""): void {
    this.lines.push(text === "" ? "" : "  ".repeat(this.depth) + text);
  }

  /** `head { … }`; `tail` follows the closing brace. */
  block(head: string, body: () => void, tail = ""): void {
    this.line(`${head} {`);
    this.depth++;
    body();
    this.depth--;
    this.line(`}${tail}`);
  }

  toString(): string {
    return `${this.lines.join("\n")}\n`;
  }
}

/** Names of what generated functions are given, or import. */
const TAKEN = new Set(
  (
    "p n m at to out end id context http text length load store is in if do for let new var void " +
    "const enum else case switch while class type this super return break continue default true " +
    "false null import export from function yield static public private protected interface min " +
    "max clz ctz bswap select memory heap assert abs lib protobuf total decimal found"
  ).split(" "),
);

/**
 * The variable of a number of the frame, or of a protobuf number. Names in a description have no
 * underscore, so that variables whose names have one are never taken.
 */
export function numberName(name: string): string {
  const word = name.replaceAll(".", "_");
  return TAKEN.has(word) ? `${word}_` : word;
}

/** The variables of bytes: their address, 0 if they are not there, and how many they are. */
export function atName(name: string): string {
  return `${name.replaceAll(".", "_")}_at`;
}
export function sizeName(name: string): string {
  return `${name.replaceAll(".", "_")}_size`;
}

/** Loads a number as u64 from an address. */
export function loadOf(size: number, little: boolean, signed: boolean, address: string): string {
  if (size === 1) return signed ? `<u64>(<i64>load<i8>(${address}))` : `<u64>load<u8>(${address})`;
  if (size === 3) return `lib.loadNumber(${address}, 3, ${little}, ${signed})`;
  const type = `${signed ? "i" : "u"}${8 * size}`;
  const loaded = little ? `load<${type}>(${address})` : `bswap<${type}>(load<${type}>(${address}))`;
  return signed ? `<u64>(<i64>${loaded})` : `<u64>${loaded}`;
}

/** A number in the source, whatever its size. */
export function literal(value: number | bigint): string {
  return Math.abs(Number(value)) < 10 ? String(value) : `0x${BigInt(value).toString(16)}`;
}

export function prefixSize(prefix: Prefix): number {
  return "size" in prefix ? prefix.size : 0;
}

export function isLittle(prefix: Prefix): boolean {
  return "size" in prefix && prefix.little;
}

/** The bits that a name stands for, and in which element they lie. */
export function bitsOf({ elements }: Description, name: string) {
  for (const element of elements) {
    const bits = element.type === "number" ? (element.bits ?? []) : [];
    const found = bits.find((bit) => bit.name === name);
    if (found !== undefined) return { element, mask: BigInt(found.mask) };
  }
  return undefined;
}

/** How far the masked bits are shifted up. */
export function shiftOf(mask: bigint): number {
  return (mask & -mask).toString(2).length - 1;
}

/** Whether the bytes from an address on are these: eight, four, two or one at once. */
export function equalsOf(address: string, bytes: Uint8Array): string {
  const tests: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = [8, 4, 2, 1].find((one) => one <= bytes.length - at) ?? 1;
    const digits = Buffer.from(bytes.subarray(at, at + size))
      .reverse()
      .toString("hex");
    const where = at === 0 ? address : `${address} + ${at}`;
    tests.push(`load<u${8 * size}>(${where}) == 0x${digits}`);
    at += size;
  }
  return tests.join(" && ");
}
