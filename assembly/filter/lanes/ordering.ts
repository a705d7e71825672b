/**
 * Answers of a protocol without request ids: the client tells them apart by their order only.
 * Requests are numbered as they come; an answer that comes before its turn, from another lane,
 * waits for it.
 */
import { Bytes } from "../../bytes/buffer";
import { Table } from "../../bytes/table";


@unmanaged
export class Ordering {
  /** The number of the next request. */
  next: u64 = 0;
  /** Bytes of answers that wait for their turn. */
  held: usize = 0;
  /** The number of the request whose answer the client gets next. */
  private due: u64 = 0;
  /** Number → answer. */
  private readonly early: Table = new Table();


  @inline
  isDue(number: u64): bool {
    return number == this.due;
  }

  /** Appends the answer to request `number`, and what it kept waiting, to `to`; or keeps it. */
  deliver(number: u64, p: usize, n: usize, to: Bytes): void {
    if (number == this.due) {
      to.append(p, n);
      this.pass(to);
      return;
    }
    const answer = new Bytes();
    answer.append(p, n);
    this.held += n;
    this.early.add(number, changetype<usize>(answer));
  }

  /** The answer that was due has been given: appends those that follow it. */
  pass(to: Bytes): void {
    this.due++;
    for (let p = this.early.take(this.due); p != 0; p = this.early.take(++this.due)) {
      const answer = changetype<Bytes>(<usize>p);
      to.append(answer.at, answer.length);
      this.free(answer);
    }
  }

  release(): void {
    for (let i: u32 = 0; i < this.early.size; i++) {
      const p = this.early.valueAt(i);
      if (p != 0) this.free(changetype<Bytes>(<usize>p));
    }
    this.early.release();
    heap.free(changetype<usize>(this.early));
    heap.free(changetype<usize>(this));
  }

  private free(answer: Bytes): void {
    this.held -= answer.length;
    answer.release();
    heap.free(changetype<usize>(answer));
  }
}
