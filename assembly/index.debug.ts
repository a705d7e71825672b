/**
 * The module of debug builds: the filter, and what tests need of it. A connection whose bytes start
 * with `argot:trap` breaks the module off, as a bug would; and it speaks the protocol `plain`.
 */
import "./host/unpack"; // first, as in index.ts: what it looks at is the heap's later
import { BufferType, readAt, readBuffer, readLength } from "./host/buffer";
import { proxy_on_downstream_data as onDownstreamData } from "./host/exports";
import { resetArena } from "./host/arena";
import { sameBytes } from "./bytes/same";
import { addCodec } from "./codecs/registry";
import { PlainCodec } from "./codecs/plain/codec";

export {
  proxy_abi_version_0_2_1,
  proxy_on_memory_allocate,
  proxy_on_vm_start,
  proxy_on_configure,
  proxy_on_tick,
  proxy_on_context_create,
  proxy_on_new_connection,
  proxy_on_upstream_data,
  proxy_on_downstream_connection_close,
  proxy_on_upstream_connection_close,
  proxy_on_done,
  proxy_on_log,
  proxy_on_delete,
} from "./index";

addCodec(new PlainCodec());

const TRAP = String.UTF8.encode("argot:trap");

export function proxy_on_downstream_data(id: u32, size: u32, end: u32): u32 {
  resetArena();
  const there = size > 0 && readBuffer(BufferType.DOWNSTREAM, TRAP.byteLength);
  const isTrap = there && <i32>readLength == TRAP.byteLength;
  if (isTrap && sameBytes(readAt, changetype<usize>(TRAP), readLength)) unreachable();
  return onDownstreamData(id, size, end);
}
