/** What all connections of one plugin configuration share on one worker. */
import { Codec } from "../codecs/codec";
import { Metadata } from "../codecs/metadata";
import { currentNanoseconds, setTickPeriod } from "../host/clock";
import { actOn } from "../host/stream";
import { Config } from "./config/config";
import { Session } from "./lanes/session";
import { Stats } from "./stats";

/** How often counters are carried to Envoy and sessions are looked after, in milliseconds. */
const TICK: u32 = 500;
/** The shortest time after which Envoy calls back: what can't be done in this callback. */
const SOON: u32 = 1;

export class Plugin {
  readonly codec: Codec;
  /** Of the frame that is being looked at. */
  readonly metadata: Metadata;
  readonly stats: Stats;
  /** UTF-8. */
  readonly authority: ArrayBuffer;
  /** Milliseconds since the epoch, as of the last tick: time without a host call. */
  now: u64 = 0;
  /** All sessions, and those that `wake` asked to be looked after. */
  sessions: Session | null = null;
  private awake: Session | null = null;
  private urgent: bool = false;

  constructor(
    readonly rootId: u32,
    readonly config: Config,
  ) {
    this.codec = config.codec;
    this.metadata = config.metadata;
    this.stats = new Stats(config.name);
    this.authority = String.UTF8.encode(config.authority);
    this.now = currentNanoseconds() / 1_000_000;
    setTickPeriod(TICK);
  }

  /** Has `session.onWake` called when the current callback is over and Envoy is idle. */
  wake(session: Session): void {
    if (session.awake) return;
    session.awake = true;
    session.nextAwake = this.awake;
    this.awake = session;
    if (this.urgent) return;
    this.urgent = true;
    actOn(this.rootId);
    setTickPeriod(SOON);
    actOn(session.id);
  }

  onTick(): void {
    this.now = currentNanoseconds() / 1_000_000;
    if (this.urgent) {
      this.urgent = false;
      setTickPeriod(TICK);
    }
    let session: Session | null = this.awake;
    this.awake = null;
    while (session !== null) {
      const next = session.nextAwake;
      session.awake = false;
      if (session.gone) session.free();
      else session.onWake();
      session = next;
    }
    session = this.sessions;
    while (session !== null) {
      session.onTick();
      session = session.next;
    }
  }

  add(session: Session): void {
    session.next = this.sessions;
    if (session.next !== null) session.next!.previous = session;
    this.sessions = session;
  }

  remove(session: Session): void {
    if (session.previous !== null) session.previous!.next = session.next;
    else this.sessions = session.next;
    if (session.next !== null) session.next!.previous = session.previous;
  }
}
