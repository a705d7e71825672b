/** A decoded frame for people to read. */
import { paint } from "../cli/output.js";
import { stringifyExact, type Json } from "./json.js";
import type { Frame } from "./module.js";

/** The lines that show `frame`, the `number`th of the input. */
export function showFrame(frame: Frame, number: number): string {
  const rows: [string, string][] = [
    ["request id", frame.requestId],
    ...present("service", frame.service),
    ...present("method", frame.method),
    ...present("version", frame.version),
    ...present("group", frame.group),
    ...present("types", frame.parameterTypes),
    ...present("status", statusOf(frame)),
    ...present("error", frame.errorMessage?.split("\n", 1)[0]),
  ];
  const attachments = Object.entries(frame.attachments ?? {});
  const names = pad(attachments.map(([name]) => name));
  attachments.forEach(([, value], i) =>
    rows.push([i === 0 ? "attachments" : "", `${names[i]}  ${showValue(value)}`]),
  );
  const keys = Object.entries(frame.laneKey ?? {});
  if (keys.length > 0) {
    rows.push(["lane key", keys.map(([key, value]) => `${key}=${value}`).join(", ")]);
  }
  const title = frame.kind === "heartbeat" ? `heartbeat ${frame.role}` : frame.kind;
  const labels = pad(rows.map(([label]) => label));
  return [
    `${paint("dim", `#${number}`)} ${paint("bold", title)}, ${frame.length} bytes`,
    ...rows.map(([, value], i) => `   ${paint("dim", labels[i] ?? "")}  ${printable(value)}`),
  ].join("\n");
}

/** The line that shows why the `number`th piece of the input is no frame. */
export function showError(error: string, number: number): string {
  return `${paint("dim", `#${number}`)} ${paint("red", "error")}: ${error}`;
}

function statusOf(frame: Frame): string | undefined {
  if (frame.status === undefined) return undefined;
  return frame.isError ? `${frame.status}, an error` : String(frame.status);
}

function present(label: string, value: string | undefined): [string, string][] {
  return value === undefined ? [] : [[label, value]];
}

function pad(labels: string[]): string[] {
  const width = Math.max(0, ...labels.map((label) => label.length));
  return labels.map((label) => label.padEnd(width));
}

function showValue(value: Json): string {
  return typeof value === "string" ? value : stringifyExact(value);
}

/** What a frame holds must not move the terminal's cursor. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) => JSON.stringify(c).slice(1, -1));
}
