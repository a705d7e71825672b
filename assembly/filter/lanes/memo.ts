/**
 * The bytes that decided the metadata of the last request of a routing key. The next request of
 * the same caller mostly differs in its id and arguments only: comparing bytes is many times
 * cheaper than reading them again.
 */
import { Bytes } from "../../bytes/buffer";
import { sameBytes } from "../../bytes/same";
import { Codec } from "../../codecs/codec";
import { Metadata } from "../../codecs/metadata";

/** Longer metadata are read anew for every request. */
const LONGEST: usize = 1024;


@unmanaged
export class Memo {
  /** The head's bytes, then the tail's; empty: nothing is known. */
  private bytes: Bytes = new Bytes();
  private headAt: usize = 0;
  private headLength: usize = 0;
  private hasTail: bool = false;
  private replyContext: u32 = 0;
  private argumentCount: u32 = 0;

  /** Takes over what `m` says of the request from `p` to `end`. */
  remember(m: Metadata, p: usize, end: usize): void {
    const bytes = this.bytes;
    bytes.length = 0;
    this.headLength = m.headEnd - m.headAt;
    this.hasTail = m.tailAt != 0;
    const tail = this.hasTail ? end - m.tailAt : 0;
    if (m.headAt == 0 || this.headLength + tail > LONGEST) return;
    this.headAt = m.headAt - p;
    this.replyContext = m.replyContext;
    this.argumentCount = m.argumentCount;
    bytes.append(m.headAt, this.headLength);
    bytes.append(m.tailAt, tail);
  }

  /**
   * Whether the request from `p` to `end` (or its start, if it is not `whole`), whose head is in
   * `m`, surely has these metadata.
   */
  matches(codec: Codec, m: Metadata, p: usize, end: usize, whole: bool): bool {
    const bytes = this.bytes;
    const head = p + this.headAt;
    const headEnd = head + this.headLength;
    if (bytes.length == 0 || headEnd > end || m.replyContext != this.replyContext) return false;
    if (!sameBytes(bytes.at, head, this.headLength)) return false;
    if (!this.hasTail) return true;
    if (!whole) return false;
    const tail = codec.skipArguments(headEnd, end, this.argumentCount);
    const length = bytes.length - this.headLength;
    return tail != 0 && end - tail == length && sameBytes(bytes.at + this.headLength, tail, length);
  }

  release(): void {
    this.bytes.release();
    heap.free(changetype<usize>(this.bytes));
    heap.free(changetype<usize>(this));
  }
}
