/**
 * The server half of the HTTP/2 connection, in the place of Envoy's HTTP connection manager. It
 * holds the module to the letter of RFC 9113: whatever a server could object to is thrown as a
 * `Violation`.
 */
import { Action } from "./abi.js";
import type { HostBuffer } from "./buffer.js";
import type { Connection, NextFilter } from "./connection.js";
import { readHeaders } from "./headers.js";
import * as h2 from "./http2.js";
import { FrameType, Setting } from "./http2.js";
import { Lane } from "./lane.js";
import { must, Violation, violation } from "./violation.js";

export interface HcmOptions {
  /** Sent as SETTINGS; what is absent keeps HTTP/2's default. */
  settings?: { initialWindow?: number; maxConcurrentStreams?: number; maxFrameSize?: number };
  /** Given to the connection's window at the start, beyond the default of 65,535. */
  connectionWindow?: number;
  /** When windows are given back: with the data, or only by `grant`. */
  windows?: "at once" | "late";
  /** How output reaches the module: one write a frame, all at once, or by `flush` alone. */
  writes?: "frames" | "all" | "manual";
  /**
   * Leave the client's half open when a response ends, as Envoy does with
   * `allow_multiplexed_upstream_half_close`; otherwise RST_STREAM(NO_ERROR) follows the end.
   */
  halfClose?: boolean;
  /** A lane opens; it may be answered in here. */
  onLane?(lane: Lane): void;
}

export class Hcm implements NextFilter {
  readonly lanes = new Map<number, Lane>();
  sendWindow = h2.DEFAULT_WINDOW;
  clientMaxFrame = 16384;
  clientGoaway = false;
  /** Counts frames and writes, in both directions: as long as it grows, something moves. */
  moved = 0;
  private connection: Connection | null = null;
  private input: Buffer = Buffer.alloc(0);
  private prefaced = false;
  private gotSettings = false;
  private receiveWindow = h2.DEFAULT_WINDOW;
  private owed = 0;
  private clientInitialWindow = h2.DEFAULT_WINDOW;
  /** Settings that the client has not acknowledged, oldest first, and those in force. */
  private readonly unacknowledged: Map<Setting, number>[] = [];
  private readonly inForce = new Map<Setting, number>();
  private pingsOut = 0;
  private talkedNonsense = false;
  private lastLane = 0;
  private headers: { stream: number; flags: number; parts: Buffer[] } | null = null;
  private readonly output: { bytes: Buffer; ends: Lane | "connection" | null }[] = [];
  private draining = false;
  /** Lanes beyond this one are ignored: the client opened them before it knew of the end. */
  private lastTaken = Infinity;

  constructor(readonly options: HcmOptions = {}) {}

  // --- NextFilter

  onNewConnection(connection: Connection): Action {
    this.connection = connection;
    return Action.Continue;
  }

  onData(buffer: HostBuffer): Action {
    const fresh = this.input.length === 0 && !this.prefaced;
    const bytes = buffer.drain();
    this.input = this.input.length === 0 ? bytes : Buffer.concat([this.input, bytes]);
    if (fresh) this.start();
    if (!this.prefaced) {
      const n = Math.min(h2.PREFACE.length, this.input.length);
      if (!this.input.subarray(0, n).equals(h2.PREFACE.subarray(0, n))) {
        throw new Violation(`no HTTP/2 preface but ${this.input.toString("hex", 0, 32)}`);
      }
      if (n < h2.PREFACE.length) return Action.Pause;
      this.prefaced = true;
      this.input = this.input.subarray(n);
    }
    for (let cut = h2.cutFrame(this.input); cut !== null; cut = h2.cutFrame(this.input)) {
      this.input = this.input.subarray(cut.size);
      this.moved++;
      this.onFrame(cut.frame);
    }
    if (this.input.length >= 9 && this.input.readUIntBE(0, 3) > this.maxFrame) {
      throw new Violation(`a frame of ${this.input.readUIntBE(0, 3)} bytes`);
    }
    this.flushByItself();
    return Action.Pause;
  }

  onClose(): void {
    this.output.length = 0;
  }

  // --- what tests do

  /** Lanes in the order in which they were opened. */
  get opened(): Lane[] {
    return [...this.lanes.values()];
  }

  /** The client has begun to talk, and got SETTINGS. */
  get started(): boolean {
    return this.prefaced;
  }

  /** Changes settings in mid-connection. */
  sendSettings(settings: ReadonlyMap<Setting, number>): void {
    this.unacknowledged.push(new Map(settings));
    this.queue(h2.frame(FrameType.Settings, 0, 0, h2.settingsPayload(settings)));
  }

  ping(): void {
    this.pingsOut++;
    this.queue(h2.frame(FrameType.Ping, 0, 0, Buffer.from("argottst")));
  }

  /** What Envoy says first when it drains: the end is near, lanes are still taken. */
  shutdownNotice(): void {
    this.queue(h2.frame(FrameType.Goaway, 0, 0, h2.word(h2.LARGEST_WINDOW, 0)));
  }

  /** Takes no more lanes; from the delivery of these words on the client may open none. */
  goaway(code = 0): void {
    this.lastTaken = this.lastLane;
    this.queue(h2.frame(FrameType.Goaway, 0, 0, h2.word(this.lastLane, code)), "connection");
  }

  /** Any bytes in the place of frames. From here on the module owes only well-formed frames. */
  raw(bytes: Uint8Array): void {
    this.talkedNonsense = true;
    this.queue(Buffer.from(bytes));
  }

  /** Gives back up to `n` bytes of a lane's window (all that it owes by default). */
  grant(lane: Lane, n: number = lane.owed): void {
    n = Math.min(n, lane.owed);
    if (n <= 0 || lane.over || lane.clientOver) return;
    lane.owed -= n;
    lane.receiveWindow += n;
    this.queue(h2.frame(FrameType.WindowUpdate, 0, lane.id, h2.word(n)));
  }

  /** Gives back up to `n` bytes of the connection's window. */
  grantConnection(n: number = this.owed): void {
    n = Math.min(n, this.owed);
    if (n <= 0) return;
    this.owed -= n;
    this.receiveWindow += n;
    this.queue(h2.frame(FrameType.WindowUpdate, 0, 0, h2.word(n)));
  }

  /** Bytes that wait to be written towards the client. */
  get queued(): number {
    return this.output.reduce((sum, o) => sum + o.bytes.length, 0);
  }

  /** Writes the next `n` bytes of the output, whatever frames they belong to, as one write. */
  flush(n = Infinity): void {
    const parts: Buffer[] = [];
    for (let o = this.output[0]; o !== undefined && n > 0; o = this.output[0]) {
      const part = o.bytes.subarray(0, n);
      n -= part.length;
      parts.push(part);
      o.bytes = o.bytes.subarray(part.length);
      if (o.bytes.length > 0) break;
      if (o.ends === "connection") this.endOfLanes();
      else if (o.ends !== null) o.ends.known = true;
      this.output.shift();
    }
    if (parts.length === 0) return;
    this.moved++;
    this.connection?.write(parts.length === 1 ? parts[0]! : Buffer.concat(parts));
  }

  /** What the module still owes when all is quiet; empty: nothing. */
  debts(): string[] {
    const debts: string[] = [];
    if (this.unacknowledged.length > 0) debts.push("SETTINGS without an ACK");
    if (this.pingsOut > 0) debts.push("PING without an ACK");
    if (this.input.length > 0) debts.push(`${this.input.length} bytes of an unfinished frame`);
    for (const lane of this.lanes.values()) {
      if (lane.known && lane.open) debts.push(`lane ${lane.id} half open`);
    }
    return debts;
  }

  // --- for lanes

  /** Takes a frame for the client; with it a lane is over, or no more lanes are taken. */
  queue(bytes: Buffer, ends: Lane | "connection" | null = null): void {
    this.output.push({ bytes, ends });
  }

  /** Writes as `writes` says; tests call it after they did something outside of `onLane`. */
  flushByItself(): void {
    const { writes = "frames" } = this.options;
    if (writes === "all") this.flush();
    while (writes === "frames" && this.output[0] !== undefined) {
      this.flush(this.output[0].bytes.length);
    }
  }

  // --- inside

  private get maxFrame(): number {
    return this.inForce.get(Setting.MaxFrameSize) ?? 16384;
  }

  private start(): void {
    const { settings = {}, connectionWindow = 0 } = this.options;
    const map = new Map<Setting, number>();
    if (settings.maxConcurrentStreams !== undefined) {
      map.set(Setting.MaxConcurrentStreams, settings.maxConcurrentStreams);
    }
    if (settings.initialWindow !== undefined) {
      map.set(Setting.InitialWindowSize, settings.initialWindow);
    }
    if (settings.maxFrameSize !== undefined) map.set(Setting.MaxFrameSize, settings.maxFrameSize);
    this.sendSettings(map);
    this.owed += connectionWindow;
    this.grantConnection(connectionWindow);
  }

  private endOfLanes(): void {
    this.draining = true;
    for (const lane of this.lanes.values()) if (lane.id > this.lastTaken) lane.known = true;
  }

  private onFrame(frame: h2.Frame): void {
    const { type, flags, stream, payload } = frame;
    if (payload.length > this.maxFrame) {
      throw violation(frame, `${payload.length} bytes, more than a frame may have`);
    }
    must(this.gotSettings || type === FrameType.Settings, frame, "before SETTINGS");
    must(this.headers === null || type === FrameType.Continuation, frame, "inside a header block");
    const lane = this.lanes.get(stream);

    switch (type) {
      case FrameType.Headers: {
        must(!this.draining, frame, "a lane after GOAWAY");
        must(stream % 2 === 1, frame, "an even stream");
        must(stream > this.lastLane, frame, "streams must grow");
        must((flags & (h2.PADDED | h2.PRIORITY)) === 0, frame, "padding or priority not expected");
        this.headers = { stream, flags, parts: [payload] };
        if (flags & h2.END_HEADERS) this.open();
        break;
      }
      case FrameType.Continuation:
        must(this.headers?.stream === stream, frame, "without HEADERS");
        this.headers?.parts.push(payload);
        if (flags & h2.END_HEADERS) this.open();
        break;
      case FrameType.Data:
        if (lane === undefined)
          throw new Violation(`DATA on stream ${stream}, which was never open`);
        must((flags & h2.PADDED) === 0, frame, "padding not expected");
        this.onLaneData(lane, frame);
        if (flags & h2.END_STREAM) this.onClientOver(lane);
        break;
      case FrameType.RstStream:
        must(payload.length === 4, frame, "length");
        if (lane === undefined) throw new Violation(`RST_STREAM on idle stream ${stream}`);
        lane.wasReset = true;
        this.onClientOver(lane);
        break;
      case FrameType.Settings:
        must(stream === 0 && payload.length % 6 === 0, frame, "shape");
        this.gotSettings = true;
        if (flags & h2.ACK) this.onSettingsAck(frame);
        else this.onSettings(payload);
        break;
      case FrameType.Ping:
        must(stream === 0 && payload.length === 8, frame, "shape");
        if (flags & h2.ACK) this.owes(this.pingsOut-- > 0, frame, "an ACK that nobody asked for");
        else this.queue(h2.frame(FrameType.Ping, h2.ACK, 0, payload));
        break;
      case FrameType.Goaway:
        must(stream === 0 && payload.length >= 8, frame, "shape");
        this.clientGoaway = true;
        break;
      case FrameType.WindowUpdate: {
        const n = payload.length === 4 ? payload.readUInt32BE(0) : 0;
        must(n > 0 && n <= h2.LARGEST_WINDOW, frame, "the increment");
        must(stream === 0 || lane !== undefined, frame, "an idle stream");
        if (stream === 0) this.sendWindow += n;
        else if (lane !== undefined) lane.sendWindow += n;
        const window = stream === 0 ? this.sendWindow : (lane?.sendWindow ?? 0);
        this.owes(window <= h2.LARGEST_WINDOW, frame, "too large a window");
        for (const l of stream === 0 ? this.lanes.values() : lane ? [lane] : []) l.sendWaiting();
        break;
      }
      case FrameType.Priority:
        break;
      default:
        must(false, frame, "not for clients");
    }
  }

  /** As `must`, as long as this side has kept to the rules itself. */
  private owes(holds: boolean, frame: h2.Frame, what: string): void {
    must(holds || this.talkedNonsense, frame, what);
  }

  private open(): void {
    const { stream, flags, parts } = this.headers ?? { stream: 0, flags: 0, parts: [] };
    this.headers = null;
    this.lastLane = stream;
    const headers = readHeaders(Buffer.concat(parts));
    const lane = new Lane(this, stream, headers, {
      receive: this.inForce.get(Setting.InitialWindowSize) ?? h2.DEFAULT_WINDOW,
      send: this.clientInitialWindow,
    });
    const most = this.options.settings?.maxConcurrentStreams ?? Infinity;
    const open = most === Infinity ? 0 : this.opened.filter((l) => l.open).length;
    this.lanes.set(stream, lane);
    if (open >= most) {
      // Before its ACK the client can't know better: it is refused, and may try again.
      if (this.inForce.has(Setting.MaxConcurrentStreams)) {
        throw new Violation(`lane ${stream} is one more than the ${most} that may be open`);
      }
      lane.reset(h2.ErrorCode.RefusedStream);
      return;
    }
    if (flags & h2.END_STREAM) this.onClientOver(lane);
    if (stream > this.lastTaken) lane.ignore();
    else this.options.onLane?.(lane);
  }

  private onLaneData(lane: Lane, frame: h2.Frame): void {
    const { payload } = frame;
    this.owes(!lane.clientOver, frame, "after the client closed it");
    this.owes(!lane.known, frame, "after the client was told that it is over");
    this.receiveWindow -= payload.length;
    lane.receiveWindow -= payload.length;
    // Also a negative window lets an empty frame pass (RFC 9113, 6.9.1).
    const empty = payload.length === 0;
    this.owes(empty || this.receiveWindow >= 0, frame, "beyond the connection's window");
    this.owes(empty || lane.receiveWindow >= 0, frame, "beyond the lane's window");
    this.owed += payload.length;
    lane.owed += payload.length;
    if (!lane.over) {
      lane.received.push(payload);
      lane.script.onData?.(payload);
    }
    if (this.options.windows !== "late") {
      this.grantConnection();
      this.grant(lane);
    }
  }

  private onClientOver(lane: Lane): void {
    lane.clientOver = true;
    lane.script.onClientClose?.();
  }

  private onSettings(payload: Buffer): void {
    for (const [id, value] of h2.parseSettings(payload)) {
      if (id === Setting.InitialWindowSize) {
        for (const lane of this.lanes.values()) lane.sendWindow += value - this.clientInitialWindow;
        this.clientInitialWindow = value;
      } else if (id === Setting.MaxFrameSize) {
        this.clientMaxFrame = value;
      }
    }
    this.queue(h2.frame(FrameType.Settings, h2.ACK, 0, Buffer.alloc(0)));
  }

  private onSettingsAck(frame: h2.Frame): void {
    const settings = this.unacknowledged.shift();
    this.owes(settings !== undefined, frame, "an ACK that nobody asked for");
    for (const [id, value] of settings ?? []) {
      if (id === Setting.InitialWindowSize) {
        const change = value - (this.inForce.get(id) ?? h2.DEFAULT_WINDOW);
        for (const lane of this.lanes.values()) lane.receiveWindow += change;
      }
      this.inForce.set(id, value);
    }
  }
}
