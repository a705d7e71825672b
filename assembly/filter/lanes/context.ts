/** Mode `lanes`: the connection's callbacks, and the buffers between Envoy and the session. */
import { BufferType, readAt, readBuffer, readLength, replaceBuffer } from "../../host/buffer";
import { Context, FilterStatus } from "../../host/context";
import { inject, injectBefore, readProperty } from "../../host/stream";
import { add } from "../../host/metrics";
import { FRAME_HEADER, Flag, FrameType, storeFrameHeader } from "../../http2/frame";
import { Plugin } from "../plugin";
import { fromClient, passOn } from "./from-client";
import { fromHcm } from "./from-hcm";
import { directAt, directLength, keepDirect, wholeStream } from "./runs";
import { Session, toHcm } from "./session";
import { outputAt, outputLength } from "./to-client";
import { takeUnread } from "./waking";

/**
 * Envoy's attribute `xds.cluster_name`, which a connection has as soon as tcp_proxy has picked its
 * cluster, before it reads the first byte. The HCM never sets it: it routes streams.
 */
const CLUSTER_NAME = String.UTF8.encode("xds\0cluster_name");

export class LanesContext extends Context {
  /** null: all bytes go through as they are. */
  private session: Session | null;
  /** It is known what stands behind the filter. */
  private knowsNext: bool = false;

  constructor(
    id: u32,
    readonly plugin: Plugin,
  ) {
    super(id);
    this.session = new Session(id, plugin);
    plugin.connectionOpened();
  }

  onDownstreamData(size: u32, end: bool): FilterStatus {
    const session = this.session;
    if (session === null || size == 0 || this.standsAside()) return FilterStatus.CONTINUE;
    const ignored = session.closing && session.restLength == 0;
    if (ignored || session.blocked || session.muted) {
      session.unread = size; // left with Envoy, whose read buffer fills and pushes back
      if (ignored) takeUnread(session);
      return FilterStatus.PAUSE;
    }
    this.plugin.readClock();
    session.beginOutput();
    if (!passOn(session, size)) {
      if (!readBuffer(BufferType.DOWNSTREAM, size)) return FilterStatus.PAUSE;
      fromClient(session, readAt, readLength);
      session.boundMemory();
    }
    if (session.toClient.length > 0 && session.answering == 0) session.poke();
    sendOutput(size);
    return FilterStatus.PAUSE;
  }

  onUpstreamData(size: u32, end: bool): FilterStatus {
    const session = this.session;
    if (session === null || size == 0 || this.standsAside()) return FilterStatus.CONTINUE;
    if (!readBuffer(BufferType.UPSTREAM, size)) return FilterStatus.CONTINUE;
    this.plugin.readClock();
    fromHcm(session, readAt, readLength);
    replaceBuffer(BufferType.UPSTREAM, outputAt, outputLength);
    return FilterStatus.CONTINUE;
  }

  onDelete(): void {
    const session = this.session;
    this.plugin.connectionClosed();
    if (session !== null) session.release();
    this.session = null;
  }

  /**
   * Whether a tcp_proxy stands behind the filter, where lanes can't be: its port is (still, or
   * again) a TCP one. Then the bytes go through untouched, so that filter and port's protocol may
   * come and go in any order. Asked once, with the first bytes.
   */
  private standsAside(): bool {
    if (this.knowsNext) return false;
    this.knowsNext = true;
    if (!readProperty(CLUSTER_NAME)) return false;
    const session = this.session!;
    this.session = null;
    session.release();
    add(this.plugin.stats.connectionsPassed, 1);
    return true;
  }
}

/**
 * Hands on what `fromClient` made of the client's `size` bytes. The callback then pauses, which
 * keeps the read buffer reachable from timers; the HCM runs all the same.
 */
function sendOutput(size: u32): void {
  if (wholeStream != 0) {
    storeFrameHeader(toHcm.reserve(FRAME_HEADER), size, FrameType.DATA, Flag.NONE, wholeStream);
    injectBefore(toHcm.at, toHcm.length + FRAME_HEADER);
    return;
  }
  if (directLength > 0 && toHcm.length > 0) keepDirect(); // behind a PING
  if (directLength > 0) inject(directAt, directLength);
  else if (toHcm.length > 0) inject(toHcm.at, toHcm.length);
  else replaceBuffer(BufferType.DOWNSTREAM, 0, 0);
}
