/** A connection beyond `maxConnections`: closed at once, and nothing of it is read. */
import { Context, FilterStatus } from "../host/context";
import { closeDownstream } from "../host/stream";
import { Plugin } from "./plugin";
import { CloseReason } from "./stats";

export class RefusedContext extends Context {
  constructor(
    id: u32,
    readonly plugin: Plugin,
  ) {
    super(id);
    plugin.stats.countClose(CloseReason.LIMIT);
  }

  onNewConnection(): FilterStatus {
    closeDownstream();
    return FilterStatus.PAUSE;
  }

  onDownstreamData(size: u32, end: bool): FilterStatus {
    return FilterStatus.PAUSE;
  }
}
