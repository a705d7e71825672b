/** What a module may not do: it broke the rules of HTTP/2. */
import { type Frame, FrameType } from "./http2.js";

export class Violation extends Error {}

/** @throws Violation unless this holds of the frame */
export function must(holds: boolean, frame: Frame, what: string): void {
  if (!holds) throw violation(frame, what);
}

export function violation({ type, stream }: Frame, what: string): Violation {
  return new Violation(`${FrameType[type] ?? type} on stream ${stream}: ${what}`);
}
