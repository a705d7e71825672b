/** One HTTP/2 stream as the HTTP connection manager sees it: what came, what may be sent. */
import { encodeHeaders } from "./hpack.js";
import type { Hcm } from "./hcm.js";
import { END_HEADERS, END_STREAM, ErrorCode, FrameType, frame, word } from "./http2.js";

/** Of a response that has no headers of its own. */
const HEADERS = encodeHeaders([
  [":status", "200"],
  ["server", "envoy"],
  ["date", "Thu, 21 Nov 2024"],
]);

/** What stands behind a lane: an upstream, or whoever answers in its place. */
export interface LaneScript {
  onData?(bytes: Buffer): void;
  /** The client ended its half (END_STREAM) or reset the lane. */
  onClientClose?(): void;
}

export class Lane {
  readonly received: Buffer[] = [];
  script: LaneScript = {};
  /** HEADERS have been sent. */
  answered = false;
  /** END_STREAM or RST_STREAM has been sent; `known`: and has reached the client. */
  over = false;
  known = false;
  /** The client's half is closed. */
  clientOver = false;
  /** One side has sent RST_STREAM. */
  wasReset = false;
  receiveWindow: number;
  sendWindow: number;
  /** Bytes that have gone out as DATA. */
  sent = 0;
  /** Bytes received whose windows have not been given back. */
  owed = 0;
  private readonly waiting: { bytes: Buffer; end: boolean }[] = [];

  constructor(
    private readonly hcm: Hcm,
    readonly id: number,
    readonly headers: readonly (readonly [string, string])[],
    windows: { receive: number; send: number },
  ) {
    this.receiveWindow = windows.receive;
    this.sendWindow = windows.send;
  }

  /** Value of a header, or undefined. */
  header(name: string): string | undefined {
    return this.headers.find(([n]) => n === name)?.[1];
  }

  /** All bytes that came on this lane. */
  bytes(): Buffer {
    return Buffer.concat(this.received);
  }

  /** Response HEADERS; the lane is over if `end`. */
  respond(status: number, headers: Record<string, string> = {}, end = false): void {
    if (this.over || this.clientOver) return;
    this.begin(encodeHeaders([[":status", String(status)], ...Object.entries(headers)]), end);
  }

  private begin(block: Buffer, end: boolean): void {
    this.answered = true;
    this.over ||= end;
    const flags = END_HEADERS | (end ? END_STREAM : 0);
    this.hcm.queue(frame(FrameType.Headers, flags, this.id, block), end ? this : null);
    if (end) this.resetBehindEnd();
  }

  /** Response bytes: `:status 200` goes before the first; windows hold back what has no room. */
  send(bytes: Uint8Array, end = false): void {
    if (this.over || this.clientOver) return;
    if (!this.answered) this.begin(HEADERS, false);
    this.waiting.push({ bytes: Buffer.from(bytes), end });
    this.sendWaiting();
  }

  /** The upstream closed its connection. */
  end(): void {
    this.send(Buffer.alloc(0), true);
  }

  reset(code: number): void {
    if (this.known && this.clientOver) return;
    this.over = true;
    this.wasReset = true;
    this.waiting.length = 0;
    this.hcm.queue(frame(FrameType.RstStream, 0, this.id, word(code)), this);
  }

  /** Nothing is done with what comes on this lane, and nothing said. */
  ignore(): void {
    this.over = true;
    this.wasReset = true;
  }

  /** A response that the connection manager makes itself, with or without a body. */
  localReply(status: number, body = ""): void {
    if (this.answered) {
      this.reset(2);
      return;
    }
    const length = String(Buffer.byteLength(body));
    this.respond(status, { "content-length": length, "content-type": "text/plain" }, body === "");
    if (body !== "") this.send(Buffer.from(body), true);
  }

  /** Sends what the windows allow. */
  sendWaiting(): void {
    for (let w = this.waiting[0]; w !== undefined; w = this.waiting[0]) {
      const room = Math.min(this.sendWindow, this.hcm.sendWindow, this.hcm.clientMaxFrame);
      if (room <= 0 && w.bytes.length > 0) return;
      const part = w.bytes.subarray(0, room);
      w.bytes = w.bytes.subarray(part.length);
      const last = w.bytes.length === 0;
      this.sent += part.length;
      this.sendWindow -= part.length;
      this.hcm.sendWindow -= part.length;
      if (last) this.waiting.shift();
      if (part.length === 0 && !w.end) continue;
      const end = last && w.end;
      if (end) this.over = true;
      this.hcm.queue(frame(FrameType.Data, end ? END_STREAM : 0, this.id, part), end ? this : null);
      if (end) this.resetBehindEnd();
    }
  }

  /** What Envoy sends to a client that has not ended its half when the response ends. */
  private resetBehindEnd(): void {
    if (this.hcm.options.halfClose !== true && !this.clientOver) this.reset(ErrorCode.NoError);
  }

  /** Counts against MAX_CONCURRENT_STREAMS: also while only one half is closed. */
  get open(): boolean {
    return !this.wasReset && !(this.over && this.clientOver);
  }

  /** Bytes that wait for a window. */
  get blocked(): number {
    return this.waiting.reduce((sum, w) => sum + w.bytes.length, 0);
  }
}
