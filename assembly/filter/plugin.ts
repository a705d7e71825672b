/** What all connections of one plugin configuration share on one worker. */
import { Codec } from "../codecs/codec";
import { Metadata } from "../codecs/metadata";
import { currentNanoseconds, setTickPeriod } from "../host/clock";
import { add } from "../host/metrics";
import { actOn } from "../host/stream";
import { Config } from "./config/config";
import { Draws } from "./draws";
import { Stats } from "./stats";

/** The `authority` that stands for the address to which the client connected, as in access logs. */
const LOCAL_ADDRESS = "%DOWNSTREAM_LOCAL_ADDRESS%";
/** How often counters are carried to Envoy and sessions are looked after, in milliseconds. */
const TICK: u32 = 500;
/** The shortest time after which Envoy calls back: what can't be done in this callback. */
const SOON: u32 = 1;

/** Something of a connection that wants to be looked after by the timer: a place in lists. */
@unmanaged
export class Sleeper {
  awake: bool = false;
  nextAwake: Sleeper | null = null;
  next: Sleeper | null = null;
  previous: Sleeper | null = null;
  /** The connection is closed; freed when no list refers to it. */
  gone: bool = false;

  constructor(readonly id: u32) {}
}

export class Plugin {
  readonly codec: Codec;
  /** Of the frame that is being looked at. */
  readonly metadata: Metadata;
  readonly stats: Stats;
  /** UTF-8; null: the address that the client connected to. */
  readonly authority: ArrayBuffer | null;
  /** Milliseconds since the epoch, as of the last tick: time without a host call. */
  now: u64 = 0;
  /** Connections that are open. */
  private connections: u32 = 0;
  /** Microseconds, modulo 2^32, as of the current callback; stands still where nobody needs it. */
  microseconds: u32 = 0;
  /** All sleepers, and those that `wake` asked to be looked after. */
  sleepers: Sleeper | null = null;
  private awake: Sleeper | null = null;
  private urgent: bool = false;
  readonly draws: Draws;

  constructor(
    readonly rootId: u32,
    readonly config: Config,
  ) {
    this.codec = config.codec;
    this.metadata = config.metadata;
    this.stats = new Stats(config.name, config.revision);
    const authority = config.authority;
    this.authority = authority == LOCAL_ADDRESS ? null : String.UTF8.encode(authority);
    const nanoseconds = currentNanoseconds();
    this.now = nanoseconds / 1_000_000;
    this.draws = new Draws(nanoseconds);
    setTickPeriod(TICK);
    add(this.stats.loaded, 1);
  }

  /** The configuration is gone, and the last connection that had it. */
  unload(): void {
    add(this.stats.loaded, -1);
  }

  /** To be called by a callback that takes requests or responses. */
  readClock(): void {
    if (this.config.spread > 1 || this.codec.mayStaySilent)
      this.microseconds = <u32>(currentNanoseconds() / 1000);
  }

  /** Whether one connection more may be open on this worker. */
  get hasRoom(): bool {
    const most = this.config.maxConnections;
    return most == 0 || this.connections < most;
  }
  connectionOpened(): void {
    this.connections++;
    add(this.stats.connections, 1);
    add(this.stats.connectionsActive, 1);
  }
  connectionClosed(): void {
    this.connections--;
    add(this.stats.connectionsActive, -1);
  }

  /** Has it looked after when the current callback, its connection's, is over and Envoy idle. */
  wake(sleeper: Sleeper): void {
    if (sleeper.awake) return;
    sleeper.awake = true;
    sleeper.nextAwake = this.awake;
    this.awake = sleeper;
    if (this.urgent) return;
    this.urgent = true;
    actOn(this.rootId);
    setTickPeriod(SOON);
    actOn(sleeper.id);
  }

  /** To be called by the timer, first of all. */
  tick(): void {
    this.now = currentNanoseconds() / 1_000_000;
    if (!this.urgent) return;
    this.urgent = false;
    setTickPeriod(TICK);
  }

  /** The list of those that asked to be woken (by `nextAwake`), which is empty afterwards. */
  takeAwake(): Sleeper | null {
    const first = this.awake;
    this.awake = null;
    return first;
  }

  add(sleeper: Sleeper): void {
    sleeper.next = this.sleepers;
    if (sleeper.next !== null) sleeper.next!.previous = sleeper;
    this.sleepers = sleeper;
  }

  remove(sleeper: Sleeper): void {
    if (sleeper.previous !== null) sleeper.previous!.next = sleeper.next;
    else this.sleepers = sleeper.next;
    if (sleeper.next !== null) sleeper.next!.previous = sleeper.previous;
  }
}
