/** A frame's bytes in hex, each line with what they are. */
import { paint } from "../cli/output.js";
import type { Dissection } from "./dissect.js";
import { printable } from "./show.js";

/** Bytes in a line. */
const WIDTH = 12;
/** Lines of one part; the rest is left out. */
const MOST_LINES = 4;

/** @param dissection what is known of the bytes; without it they are shown as they are */
export function dump(bytes: Uint8Array, dissection?: Dissection): string {
  const parts = (dissection?.parts ?? []).filter(({ name }) => !name.includes("."));
  const names = [...(dissection?.parts ?? []), dissection?.fault].map((p) => p?.name.length ?? 0);
  const pad = Math.max(0, ...names);
  const lines: string[] = [];
  let at = 0;
  for (const { name, size, value = "" } of parts) {
    const note = `${paint("bold", name.padEnd(pad))}  ${printable(value)}`.trimEnd();
    lines.push(...hexLines(bytes, at, size, note));
    for (const field of dissection?.parts ?? []) {
      if (!field.name.startsWith(`${name}.`)) continue;
      const text = `${field.name.padEnd(pad)}  ${printable(field.value ?? "")}`.trimEnd();
      lines.push(line(field.at, "", paint("dim", text)));
    }
    at += size;
  }
  const { fault } = dissection ?? {};
  const note =
    fault !== undefined
      ? paint("red", `${fault.name} ${fault.says}`)
      : dissection && "behind the frame's end";
  if (at < bytes.length) lines.push(...hexLines(bytes, at, bytes.length - at, note ?? ""));
  else if (fault !== undefined) lines.push(line(bytes.length, "", note ?? ""));
  return lines.join("\n");
}

function hexLines(bytes: Uint8Array, at: number, size: number, note: string): string[] {
  if (size === 0) return [line(at, "", note)];
  const end = Math.min(at + size, bytes.length);
  const lines: string[] = [];
  for (let from = at; from < end && lines.length < MOST_LINES; from += WIDTH) {
    const row = bytes.subarray(from, Math.min(from + WIDTH, end));
    const hex = Buffer.from(row).toString("hex").replace(/../g, "$& ").trimEnd();
    lines.push(line(from, hex, from === at ? note : ""));
  }
  const shown = at + MOST_LINES * WIDTH;
  if (shown < end) lines.push(line(shown, `… ${end - shown} more bytes`, ""));
  return lines;
}

function line(at: number, hex: string, note: string): string {
  const offset = paint("dim", String(at).padStart(6));
  return `${offset}  ${hex.padEnd(3 * WIDTH)} ${note}`.trimEnd();
}
