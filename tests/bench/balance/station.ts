/** How the servers of the balance benchmark take their time. */
import { now } from "../node/caller.js";

/** Servers; the first one is slow. */
export const STATIONS = 5;
export const TIMES_SLOWER = 10;

/** `parallel`: each request takes the same time. `queue`: one request after the other does. */
export const MODELS = ["parallel", "queue"] as const;
export type Model = (typeof MODELS)[number];

/**
 * What a request takes at a quick server, in milliseconds: long enough that neither the millisecond
 * of a timer nor the CPU matters.
 */
export const SERVICE_MS: Record<Model, number> = { parallel: 10, queue: 4 };

/** When requests are counted: on the clock of `now`, in milliseconds. */
export interface Window {
  from: number;
  to: number;
}

/** One server's work; how requests reach it does not matter. */
export class Station {
  /** Requests that arrived within the window. */
  count = 0;
  private window: Window = { from: 0, to: 0 };
  private model: Model = "parallel";
  /** When the queue is empty again. */
  private free = 0;

  constructor(private readonly timesSlower: number) {}

  begin(model: Model, window: Window): void {
    this.model = model;
    this.window = window;
    this.count = 0;
    this.free = 0;
  }

  /** Calls `done` when the request that arrives now has been worked on. */
  serve(done: () => void): void {
    const arrival = now();
    if (arrival >= this.window.from && arrival < this.window.to) this.count++;
    const service = SERVICE_MS[this.model] * this.timesSlower;
    // Reckoned, not measured: a timer that fires late delays an answer, but not those behind it.
    if (this.model === "queue") this.free = Math.max(this.free, arrival) + service;
    const end = this.model === "queue" ? this.free : arrival + service;
    setTimeout(done, end - arrival);
  }
}
