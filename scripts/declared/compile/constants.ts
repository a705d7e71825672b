/** The constants of a generated source: bytes that lie in the module's data. */
export class Constants {
  private readonly names = new Map<string, string>();
  private readonly lines: string[] = [];

  /** The name of the bytes' address. @param comment what they are */
  of(bytes: Uint8Array, comment: string): string {
    const key = Buffer.from(bytes).toString("hex");
    const known = this.names.get(key);
    if (known !== undefined) return known;
    const name = `BYTES_${this.names.size}`;
    const list = [...bytes].map((byte) => `0x${byte.toString(16).padStart(2, "0")}`).join(", ");
    this.lines.push(`/** ${comment.replaceAll("*/", "* /")} */`);
    this.lines.push(`const ${name}: usize = memory.data<u8>([${list || "0"}]);`);
    this.names.set(key, name);
    return name;
  }

  text(text: string): { name: string; size: number } {
    const bytes = Buffer.from(text);
    return { name: this.of(bytes, JSON.stringify(text)), size: bytes.length };
  }

  toString(): string {
    return this.lines.map((line) => `${line}\n`).join("");
  }
}
