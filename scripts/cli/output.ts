/** What the CLI writes: results on standard output, progress and errors on standard error. */
import { styleText } from "node:util";
import { messageOf, UserError } from "./error.js";

/** Colours and emphasis, by the names of `util.styleText`. */
export type Style = Parameters<typeof styleText>[0];

/** Does this stream show colours? A terminal does, unless NO_COLOR says otherwise. */
export function hasColour(stream: NodeJS.WriteStream): boolean {
  if (process.env.NO_COLOR || process.env.TERM === "dumb") return false;
  return stream.isTTY || (process.env.FORCE_COLOR ?? "0") !== "0";
}

/** `text` in `style` if `stream` (standard output by default) shows colours, else as it is. */
export function paint(
  style: Style,
  text: string,
  stream: NodeJS.WriteStream = process.stdout,
): string {
  return hasColour(stream) ? styleText(style, text) : text;
}

/** Writes a line of the result to standard output. */
export function print(line = ""): void {
  process.stdout.write(`${line}\n`);
}

/** Writes a value as indented JSON to standard output. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Writes a line about work in progress to standard error. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Writes an error as `argot: [file: field: ]message` with its remedy to standard error. */
export function printError(error: unknown): void {
  const place =
    error instanceof UserError
      ? [error.file, error.field].filter((part) => part !== undefined).map((part) => `${part}: `)
      : [];
  const prefix = paint(["red", "bold"], "argot:", process.stderr);
  note(`${prefix} ${place.join("")}${messageOf(error)}`);
  if (error instanceof UserError && error.remedy !== undefined) note(`  ${error.remedy}`);
  if (process.env.ARGOT_DEBUG && error instanceof Error) {
    note(error.stack ?? "");
    if (error.cause !== undefined) note(`caused by: ${inspectCause(error.cause)}`);
  }
}

function inspectCause(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}

/**
 * Shows how far long work has come, on standard error: redrawn in place on a terminal,
 * otherwise one line at the start and one at the end.
 */
export class Progress {
  private drawn = 0;

  constructor(
    private readonly title: string,
    private readonly stream: NodeJS.WriteStream = process.stderr,
  ) {
    if (!stream.isTTY) stream.write(`${title} …\n`);
  }

  /** Redraws with `detail`, at most ten times a second; does nothing without a terminal. */
  update(detail: string): void {
    const now = Date.now();
    if (!this.stream.isTTY || now - this.drawn < 100) return;
    this.drawn = now;
    this.stream.write(`\r\x1b[2K${this.title} … ${detail}`);
  }

  /** Ends the progress with `result`, e.g. "done" or "failed". */
  end(result: string): void {
    const start = this.stream.isTTY ? "\r\x1b[2K" : "";
    this.stream.write(`${start}${this.title}: ${result}\n`);
  }
}
