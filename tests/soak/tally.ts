/** What the connections have seen, over all of them. */
import { Histogram } from "../bench/node/histogram.js";

export class Tally {
  /** Calls with the answer that they wanted, of a server or of a route that refuses. */
  answered = 0;
  /** Of those: refused by a route. */
  refused = 0;
  heartbeats = 0;
  /** Oneway calls sent. */
  oneways = 0;
  /** Bytes of frames, both ways. */
  bytes = 0;
  /** Error replies that no route asks for. */
  errors = 0;
  /** Answers that are not those of their calls. */
  crossed = 0;
  /** Frames that answer no call in flight: a second answer, e.g. */
  strays = 0;
  /** Calls without an answer. */
  lost = 0;
  /** Connections that were closed before their time. */
  closed = 0;
  /** Answers of who was not to answer any more. */
  late = 0;
  /** Longest time between a change and the last call that did not follow it, in milliseconds. */
  lag = 0;
  /** Nanoseconds from call to answer. */
  readonly times = new Histogram();
  /** The first few things that went wrong. */
  readonly complaints: string[] = [];

  complain(what: string): void {
    if (this.complaints.length < MOST_COMPLAINTS) this.complaints.push(what);
  }
}

const MOST_COMPLAINTS = 10;
