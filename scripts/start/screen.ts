/** What the demonstration shows on the terminal. */
import { paint, print } from "../cli/output.js";

const BAR = 24;

/** Heading of an act. */
export function heading(number: number, title: string, detail: string): void {
  print();
  print(`${paint("bold", `${number}  ${title}`)}  ${paint("dim", detail)}`);
}

/** One call and where it went. */
export function callLine(who: string, what: string, where: string, rule: string, text = ""): void {
  const colour = where === "refused" ? "red" : where === "v2" ? "cyan" : "green";
  const tail = text === "" ? "" : paint("dim", `  ${text}`);
  print(
    `   ${who.padEnd(8)} ${what.padEnd(14)} → ${paint(colour, where.padEnd(8))} by rule ${rule}${tail}`,
  );
}

export function say(text: string): void {
  print(`   ${text}`);
}

/** Something that must be true, and whether it is. */
export function verdict(ok: boolean, text: string): void {
  print(`   ${ok ? paint("green", "✓") : paint("red", "✗")} ${text}`);
}

/** A line that is redrawn in place on a terminal; elsewhere only its last state is printed. */
export class LiveLine {
  private text = "";
  private readonly live = process.stdout.isTTY;

  draw(text: string): void {
    this.text = text;
    if (this.live) process.stdout.write(`\r\x1b[2K   ${text}`);
  }

  end(): void {
    if (this.live) process.stdout.write("\n");
    else print(`   ${this.text}`);
  }
}

/** Shares of v1 and v2 as bars, e.g. `v1 ████ 80 %  v2 █ 20 %  1,204 calls  0 errors`. */
export function splitLine(title: string, v1: number, v2: number, errors: number): string {
  const all = Math.max(1, v1 + v2);
  const bar = (count: number) => "█".repeat(Math.round((BAR * count) / all)).padEnd(BAR);
  const first = Math.round((100 * v1) / all);
  const percent = (share: number) => `${share} %`.padStart(5);
  const left = `v1 ${paint("green", bar(v1))}${percent(first)}`;
  const right = `v2 ${paint("cyan", bar(v2))}${percent(v1 + v2 === 0 ? 0 : 100 - first)}`;
  const calls = `${(v1 + v2).toLocaleString("en")} calls`;
  return `${title.padEnd(7)} ${left}   ${right}   ${calls}, ${errors} errors`;
}
