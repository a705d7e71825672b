/**
 * Mode `connection`: the metadata of a connection's first frame pick its cluster, by the
 * filter state that tcp_proxy behind this filter asks for.
 */
import { INCOMPLETE, Read } from "../../codecs/codec";
import { BufferType, readAt, readBuffer, readLength } from "../../host/buffer";
import { Context, FilterStatus } from "../../host/context";
import { LogLevel, log } from "../../host/log";
import { add } from "../../host/metrics";
import { closeDownstream, setFilterState, setProperty } from "../../host/stream";
import { Plugin } from "../plugin";
import { CloseReason } from "../stats";
import { ConnectionMode } from "./mode";

const CLUSTER_NAME = "envoy.tcp_proxy.cluster";
const CLUSTER = String.UTF8.encode(CLUSTER_NAME);
const RULE = String.UTF8.encode("argot.rule");

export class ConnectionContext extends Context {
  private routed: bool = false;
  private closed: bool = false;
  /** The start of the first frame has come, its end has not. */
  private waiting: bool = false;

  constructor(
    id: u32,
    readonly plugin: Plugin,
    readonly mode: ConnectionMode,
  ) {
    super(id);
    plugin.connectionOpened();
  }

  /** tcp_proxy starts when the first frame has been read. */
  onNewConnection(): FilterStatus {
    return FilterStatus.PAUSE;
  }

  onDownstreamData(size: u32, end: bool): FilterStatus {
    if (this.routed) return FilterStatus.CONTINUE;
    if (this.closed) return FilterStatus.PAUSE;
    if (size == 0) {
      if (end) closeDownstream(); // a client that said nothing
      return FilterStatus.PAUSE;
    }
    const config = this.plugin.config;
    const most = this.mode.maxFirstFrameBytes;
    if (!readBuffer(BufferType.DOWNSTREAM, min(size, most))) return FilterStatus.PAUSE;
    const codec = this.plugin.codec;
    const length = codec.measure(readAt, readLength);
    if (length < 0) return this.close(CloseReason.MALFORMED);
    if (length > <i64>config.maxFrameBytes) return this.close(CloseReason.OVERSIZE);
    const found = this.readFirst(length == INCOMPLETE ? i32.MAX_VALUE : <u32>length);
    if (found == Read.MALFORMED) return this.close(CloseReason.MALFORMED);
    this.waiting = found == Read.INCOMPLETE;
    if (this.waiting && size >= most) return this.close(CloseReason.OVERSIZE);
    if (this.waiting) return end ? this.close(CloseReason.TRUNCATED) : FilterStatus.PAUSE;
    this.publish();
    if (!this.route()) return this.close(CloseReason.UNROUTED);
    this.routed = true;
    return FilterStatus.CONTINUE;
  }

  onDelete(): void {
    if (this.waiting && !this.closed) this.plugin.stats.countClose(CloseReason.TRUNCATED);
    this.plugin.connectionClosed();
  }

  /** Reads the metadata of the first frame, of `length` bytes, as far as it is there. */
  private readFirst(length: u32): Read {
    const codec = this.plugin.codec;
    const m = this.plugin.metadata;
    m.fromServer = false;
    m.clear();
    const n = min(readLength, length);
    const head = codec.readHead(readAt, n, m);
    return head == Read.DONE ? codec.readMetadata(readAt, n, length, m) : head;
  }

  /** The metadata as properties `argot.<key>`: filter state `wasm.argot.<key>`. */
  private publish(): void {
    const keys = this.plugin.config.keys;
    const m = this.plugin.metadata;
    for (let i = 0; i < keys.names.length; i++) {
      const slot = keys.slots[i];
      if (m.at(slot) != 0) setProperty(keys.properties[i], m.at(slot), m.length(slot));
    }
  }

  private route(): bool {
    const rules = this.mode.rules;
    for (let i = 0; i < rules.length; i++) {
      const rule = rules[i];
      if (!rule.holds(this.plugin.metadata)) continue;
      setProperty(RULE, changetype<usize>(rule.name), rule.name.byteLength);
      const cluster = rule.draw();
      if (setFilterState(CLUSTER, changetype<usize>(cluster), cluster.byteLength)) {
        add(this.plugin.stats.requests, 1);
        return true;
      }
      log(LogLevel.ERROR, "argot: Envoy refused the filter state " + CLUSTER_NAME);
      return false;
    }
    return false;
  }

  private close(reason: CloseReason): FilterStatus {
    this.closed = true;
    this.plugin.stats.countClose(reason);
    closeDownstream();
    return FilterStatus.PAUSE;
  }
}
