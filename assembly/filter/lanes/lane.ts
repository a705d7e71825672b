/**
 * A lane: one HTTP/2 stream towards the HCM, and so one route decision and one upstream
 * connection, for all requests of one routing key.
 */
import { Bytes } from "../../bytes/buffer";
import { Table } from "../../bytes/table";
import { DEFAULT_WINDOW } from "../../http2/frame";
import { Memo } from "./memo";


@unmanaged
export class Lane {
  stream: u32 = 0;
  /** The routing key: values in the order of `routeOn`, and its hash. */
  key: Bytes = new Bytes();
  hash: u64 = 0;
  memo: Memo = new Memo();

  /** How many bytes the HCM still takes. */
  window: i64 = DEFAULT_WINDOW;
  /** Bytes received since the HCM was told so. */
  received: u32 = 0;
  /** `:status` of the lane's response; 0: none yet. Not 200: a local reply of the HCM. */
  status: u32 = 0;

  /** Requests that have no answer yet: request id → reply context + 1. */
  waiting: Table = new Table();
  /** Start of a response (or of a local reply's text) whose rest has not arrived. */
  partial: Bytes = new Bytes();

  /** Requests taken so far. */
  requests: u32 = 0;
  /** When it was opened and used last, in milliseconds of the plugin's clock. */
  opened: u64 = 0;
  used: u64 = 0;
  /** Takes no more requests; closed when nothing is in flight. */
  retired: bool = false;
  /** Answers to the server's heartbeats that wait for the next injection. */
  replies: Bytes = new Bytes();
  /** END_STREAM has been sent. */
  ended: bool = false;
  /** END_STREAM has been received: there are no more answers. */
  over: bool = false;

  /** Neighbours in the session's list. */
  next: Lane | null = null;
  previous: Lane | null = null;

  release(): void {
    this.key.release();
    this.memo.release();
    this.waiting.release();
    this.partial.release();
    this.replies.release();
    heap.free(changetype<usize>(this.key));
    heap.free(changetype<usize>(this.waiting));
    heap.free(changetype<usize>(this.partial));
    heap.free(changetype<usize>(this.replies));
    heap.free(changetype<usize>(this));
  }
}
