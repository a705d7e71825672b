/**
 * A client's connection with the filter chain [wasm, next], as Envoy's ConnectionImpl and
 * FilterManagerImpl drive it (source/common/network).
 */
import { Action, CloseKind } from "./abi.js";
import { HostBuffer } from "./buffer.js";
import type { Stream, Vm } from "./vm.js";

/** The filter behind the module: the HTTP connection manager, or tcp_proxy. */
export interface NextFilter {
  onNewConnection(connection: Connection): Action;
  /** It takes from the buffer what it wants. */
  onData(buffer: HostBuffer, end: boolean): Action;
  onClose(): void;
}

export class Connection implements Stream {
  readonly properties = new Map<string, Buffer>();
  readonly filterState = new Map<string, string>();
  readonly context: number;
  open = true;
  closedBy: CloseKind | null = null;
  /** Takes what the client gets, as it gets it; without it `takeWritten` does. */
  onWritten: ((bytes: Buffer) => void) | null = null;

  private readonly read = new HostBuffer();
  private readEnd = false;
  private readonly written: Buffer[] = [];
  private writing: HostBuffer | null = null;
  private nextStarted = false;
  /** The module reaches the read buffer: during its callback, and later if it paused. */
  private held = false;

  constructor(
    private readonly vm: Vm,
    root: number,
    private readonly next: NextFilter,
  ) {
    this.context = vm.createContext(root, this);
    if (vm.action("proxy_on_new_connection", this.context) === Action.Continue) this.runNext();
  }

  /** Bytes that wait in the connection's read buffer, because the module keeps them there. */
  get unread(): number {
    return this.read.length;
  }

  /** All that the client has got since the last call. */
  takeWritten(): Buffer {
    return Buffer.concat(this.written.splice(0));
  }

  /**
   * The client sends bytes (`end`: and then shuts its sending half). They are not copied: let
   * them be afterwards.
   */
  receive(bytes: Buffer, end = false): void {
    if (!this.open) return;
    this.read.append(bytes);
    this.readEnd ||= end;
    if (this.read.length === 0 && !this.readEnd) return;
    this.held = true;
    const size = this.read.length;
    const action = this.vm.action(
      "proxy_on_downstream_data",
      this.context,
      size,
      this.readEnd ? 1 : 0,
    );
    this.held = action === Action.Pause;
    if (action === Action.Continue) this.runNext();
  }

  /** The next filter writes towards the client. */
  write(bytes: Buffer, end = false): void {
    if (!this.open) return;
    const buffer = new HostBuffer(bytes);
    const outer = this.writing;
    this.writing = buffer;
    const size = buffer.length;
    const action = this.vm.action("proxy_on_upstream_data", this.context, size, end ? 1 : 0);
    this.writing = outer;
    if (action === Action.Pause) {
      throw new Error("proxy_on_upstream_data paused: Envoy cannot resume a write");
    }
    // Only an open connection is written to: a module that replaces the buffer and closes in the
    // same call loses what it wrote.
    if (this.open && buffer.length > 0) {
      if (this.onWritten === null) this.written.push(buffer.bytes);
      else this.onWritten(buffer.bytes);
    }
    if (end && this.vm.hasContext(this.context)) {
      this.vm.invoke("proxy_on_upstream_connection_close", this.context, CloseKind.Unknown);
    }
  }

  /** The client is gone. */
  disconnect(): void {
    this.close(CloseKind.Remote);
  }

  // --- Stream

  downstreamBuffer(): HostBuffer | null {
    return this.held ? this.read : null;
  }
  upstreamBuffer(): HostBuffer | null {
    return this.writing;
  }
  continueReading(): void {
    this.runNext();
  }
  closeFlushingWrites(): void {
    this.close(CloseKind.Local);
  }

  private runNext(): void {
    if (!this.open) return;
    if (!this.nextStarted) {
      this.nextStarted = true;
      if (this.next.onNewConnection(this) === Action.Pause || !this.open) return;
    }
    if (this.read.length > 0 || this.readEnd) this.next.onData(this.read, this.readEnd);
  }

  private close(by: CloseKind): void {
    if (!this.open) return;
    this.open = false;
    this.closedBy = by;
    this.vm.invoke("proxy_on_downstream_connection_close", this.context, by);
    this.vm.destroyContext(this.context);
    this.next.onClose();
  }
}
