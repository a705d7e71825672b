/**
 * Mode `connection`: the metadata of a connection's first frame pick its cluster, by the
 * filter state that tcp_proxy behind this filter asks for.
 */
import { Codec, INCOMPLETE, Read } from "../../codecs/codec";
import { Metadata } from "../../codecs/metadata";
import { BufferType, readAt, readBuffer, readLength } from "../../host/buffer";
import { Context, FilterStatus } from "../../host/context";
import { LogLevel, log } from "../../host/log";
import { add } from "../../host/metrics";
import { closeDownstream, setFilterState, setProperty } from "../../host/stream";
import { Plugin } from "../plugin";
import { CloseReason } from "../stats";

const CLUSTER_NAME = "envoy.tcp_proxy.cluster";
const CLUSTER = String.UTF8.encode(CLUSTER_NAME);
const RULE = String.UTF8.encode("argot.rule");

export class ConnectionContext extends Context {
  private routed: bool = false;
  private closed: bool = false;

  constructor(
    id: u32,
    readonly plugin: Plugin,
  ) {
    super(id);
    add(plugin.stats.connections, 1);
    add(plugin.stats.connectionsActive, 1);
  }

  /** tcp_proxy starts when the first frame has been read. */
  onNewConnection(): FilterStatus {
    return FilterStatus.PAUSE;
  }

  onDownstreamData(size: u32, end: bool): FilterStatus {
    if (this.routed) return FilterStatus.CONTINUE;
    if (this.closed || size == 0) return FilterStatus.PAUSE;
    const config = this.plugin.config;
    const most = config.maxFirstFrameBytes;
    if (!readBuffer(BufferType.DOWNSTREAM, min(size, most))) return FilterStatus.PAUSE;
    const found = this.readFirst(readAt, readLength);
    if (found == Read.INCOMPLETE && size < most && !end) return FilterStatus.PAUSE;
    if (found == Read.INCOMPLETE) return this.close(CloseReason.OVERSIZE);
    if (found == Read.MALFORMED) return this.close(CloseReason.MALFORMED);
    this.publish();
    if (!this.route()) return this.close(CloseReason.UNROUTED);
    this.routed = true;
    return FilterStatus.CONTINUE;
  }

  onDelete(): void {
    add(this.plugin.stats.connectionsActive, -1);
  }

  /** Reads the first frame's metadata, as far as they are needed. */
  private readFirst(p: usize, n: u32): Read {
    const codec: Codec = this.plugin.codec;
    const m: Metadata = this.plugin.metadata;
    const length = codec.measure(p, n);
    if (length == INCOMPLETE) return Read.INCOMPLETE;
    if (length < 0) return Read.MALFORMED;
    if (length > <i64>this.plugin.config.maxFrameBytes) return Read.INCOMPLETE;
    if (n < codec.headerLength) return Read.INCOMPLETE;
    m.fromServer = false;
    m.clear();
    codec.readHead(p, m);
    return codec.readMetadata(p, min(n, <u32>length), <u32>length, m);
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
    const rules = this.plugin.config.rules;
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
