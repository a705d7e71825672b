/** One connection of a load, with its requests in flight. */
import { connect } from "node:net";
import { request, STATUS } from "../../support/dubbo.js";
import { writeAnswer } from "./echo.js";
import { frameCutter, frameLength } from "./frames.js";
import { Histogram } from "./histogram.js";

/** How long replies may come after the end before they count as lost, in milliseconds. */
const GRACE = 3_000;

export interface CallerPlan {
  host: string;
  port: number;
  depth: number;
  payload: number;
  /** On the clock of `performance.timeOrigin + performance.now()`, in milliseconds. */
  from: number;
  to: number;
  /** Requests in all. */
  requests: number;
}

/** What came of one or more connections. */
export interface Tally {
  times: Float64Array<ArrayBuffer>;
  answered: number;
  errors: number;
  error?: string;
}

export const now = (): number => performance.timeOrigin + performance.now();

const letters = "abcdefghijklmnopqrstuvwxyz";
export function requestFrame(payload: number): Buffer {
  return request({
    service: "org.apache.demo.UserService",
    version: "1.0.0",
    group: "blue",
    method: "getUser",
    args: [letters.repeat(payload / 26 + 1).slice(0, payload)],
    attachments: { "remote.application": "bench", timeout: "8000" },
  });
}

/** The request `template` once for each id. */
function requests(template: Buffer, ids: number[]): Buffer {
  const bytes = Buffer.allocUnsafe(ids.length * template.length);
  for (const [i, id] of ids.entries()) {
    const at = i * template.length;
    template.copy(bytes, at);
    bytes.writeUInt32BE(Math.floor(id / 2 ** 32), at + 4);
    bytes.writeUInt32BE(id % 2 ** 32, at + 8);
  }
  return bytes;
}

/** Keeps `depth` requests in flight until `to`, or until `requests` are sent. */
export function run(plan: CallerPlan, onAnswered: (n: number) => void): Promise<Tally> {
  const template = requestFrame(plan.payload);
  const replyLength = writeAnswer(Buffer.alloc(template.length), 0, template, 0);
  const ids = new Float64Array(plan.depth).fill(-1); // -1: the slot is free
  const starts = new Float64Array(plan.depth);
  const times = new Histogram();
  const tally: Tally = { times: times.counts, answered: 0, errors: 0 };
  let left = plan.requests;
  let waiting = 0;
  let next: number[] = []; // ids of the requests to send

  const fail = (message: string, count = 1): void => {
    tally.errors += count;
    tally.error ??= message;
  };
  const compose = (slot: number, id: number, at: number): void => {
    if (left <= 0 || at >= plan.to) return;
    left--;
    waiting++;
    ids[slot] = id;
    starts[slot] = at;
    next.push(id);
  };

  return new Promise((resolve) => {
    const socket = connect({ port: plan.port, host: plan.host, noDelay: true });
    const overdue =
      plan.to === Infinity
        ? undefined
        : setTimeout(() => socket.destroy(), plan.to - now() + GRACE);
    const cut = frameCutter();
    const settle = (bytes: Buffer, start: number, at: number): void => {
      const id = bytes.readUInt32BE(start + 4) * 2 ** 32 + bytes.readUInt32BE(start + 8);
      const slot = id % plan.depth;
      if (ids[slot] !== id) throw new Error(`id ${id} answers no request in flight`);
      const status = bytes[start + 3]!;
      const length = frameLength(bytes, start);
      if (status !== STATUS.OK) fail(`status ${status}`);
      else if (length !== replyLength) fail(`reply of ${length} instead of ${replyLength} bytes`);
      else if (at >= plan.from && at < plan.to) times.record((at - starts[slot]!) * 1e6);
      ids[slot] = -1;
      waiting--;
      tally.answered++;
      compose(slot, id + plan.depth, at);
    };
    const flush = (): void => {
      if (next.length > 0) socket.write(requests(template, next));
      next = [];
      if (waiting === 0) socket.end();
    };
    socket.on("connect", () => {
      for (let slot = 0; slot < plan.depth; slot++) compose(slot, slot, now());
      flush();
    });
    socket.on("data", (chunk: Buffer) => {
      const at = now();
      const before = tally.answered;
      try {
        const { bytes, frames } = cut(chunk);
        for (const start of frames) settle(bytes, start, at);
        flush();
      } catch (error) {
        socket.destroy(error as Error);
      }
      onAnswered(tally.answered - before);
    });
    socket.on("error", (error) => fail(error.message, Math.max(waiting, 1)));
    socket.on("close", (hadError) => {
      clearTimeout(overdue);
      if (!hadError && waiting > 0) fail("the connection closed", waiting);
      resolve(tally);
    });
  });
}
