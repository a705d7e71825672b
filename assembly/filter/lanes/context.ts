/** Mode `lanes`: the connection's callbacks, and the buffers between Envoy and the session. */
import { BufferType, readAt, readBuffer, readLength, replaceBuffer } from "../../host/buffer";
import { Context, FilterStatus } from "../../host/context";
import { inject } from "../../host/stream";
import { Plugin } from "../plugin";
import { directAt, directLength, fromClient } from "./from-client";
import { fromHcm } from "./from-hcm";
import { Session, toHcm } from "./session";
import { outputAt, outputLength } from "./to-client";

export class LanesContext extends Context {
  private session: Session | null;

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
    if (session === null || size == 0) return FilterStatus.CONTINUE;
    if (session.closing || session.blocked) {
      session.unread = size; // left with Envoy, whose read buffer fills and pushes back
      return FilterStatus.PAUSE;
    }
    if (!readBuffer(BufferType.DOWNSTREAM, size)) return FilterStatus.PAUSE;
    session.beginOutput();
    fromClient(session, readAt, readLength);
    if (session.toClient.length > 0) session.poke();
    // Pausing keeps the read buffer reachable from timers; the HCM runs all the same.
    if (directLength > 0 && toHcm.length == 0) inject(directAt, directLength);
    else if (directLength > 0) {
      // A PING came behind the run.
      toHcm.append(directAt, directLength);
      inject(toHcm.at, toHcm.length);
    } else if (toHcm.length > 0) inject(toHcm.at, toHcm.length);
    else replaceBuffer(BufferType.DOWNSTREAM, 0, 0);
    return FilterStatus.PAUSE;
  }

  onUpstreamData(size: u32, end: bool): FilterStatus {
    const session = this.session;
    if (session === null || size == 0) return FilterStatus.CONTINUE;
    if (!readBuffer(BufferType.UPSTREAM, size)) return FilterStatus.CONTINUE;
    fromHcm(session, readAt, readLength);
    replaceBuffer(BufferType.UPSTREAM, outputAt, outputLength);
    return FilterStatus.CONTINUE;
  }

  onDelete(): void {
    const session = this.session;
    if (session === null) return;
    this.session = null;
    session.release();
    this.plugin.connectionClosed();
  }
}
