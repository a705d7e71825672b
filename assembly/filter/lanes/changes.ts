/** Requests whose attachments the configuration changes: written anew, behind all else that goes out. */
import { Bytes } from "../../bytes/buffer";
import { Lane } from "./lane";
import { endRunAt, flushRun, startRun } from "./runs";
import { Session } from "./session";

const changed = new Bytes();

/**
 * Puts the request of `length` bytes at `at`, whose head is in the plugin's metadata, on the lane
 * with its attachments changed.
 * @returns false: they can't be changed
 */
export function putChanged(session: Session, lane: Lane, at: usize, length: u32): bool {
  const plugin = session.plugin;
  const edits = plugin.config.edits!;
  const codec = plugin.codec;
  changed.clear();
  const out = changed.reserve(length + codec.changeLimit(edits));
  const n = codec.change(at, length, plugin.metadata, edits, out);
  if (n == 0) return false;
  startRun(lane, out);
  endRunAt(out + n);
  flushRun(session, false);
  return true;
}
