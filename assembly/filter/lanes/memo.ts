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
  /** Bytes in it that may differ, as offsets into the frame; 0: none. */
  private holeAt: usize = 0;
  private holeEnd: usize = 0;
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
    const hasHole = m.holeAt > m.headAt && m.headEnd >= m.holeEnd;
    this.holeAt = hasHole ? m.holeAt - p : 0;
    this.holeEnd = hasHole ? m.holeEnd - p : 0;
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
    if (!this.sameHead(m, p, head)) return false;
    if (!this.hasTail) return true;
    if (!whole) return false;
    const tail = codec.skipArguments(headEnd, end, this.argumentCount);
    const length = bytes.length - this.headLength;
    return tail != 0 && end - tail == length && sameBytes(bytes.at + this.headLength, tail, length);
  }

  private sameHead(m: Metadata, p: usize, head: usize): bool {
    const known = this.bytes.at;
    if (this.holeAt == 0) return sameBytes(known, head, this.headLength);
    if (m.holeAt != p + this.holeAt || m.holeEnd != p + this.holeEnd) return false;
    const before = this.holeAt - this.headAt;
    const behind = this.holeEnd - this.headAt;
    if (!sameBytes(known, head, before)) return false;
    return sameBytes(known + behind, head + behind, this.headLength - behind);
  }

  release(): void {
    this.bytes.release();
    heap.free(changetype<usize>(this.bytes));
    heap.free(changetype<usize>(this));
  }
}
