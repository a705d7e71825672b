/**
 * Streams of protocols that have them: all frames of one go to the lane on which it began, and
 * count like a request that has no answer yet.
 */
import { Table } from "../../bytes/table";
import { Kind, Metadata, Part } from "../../codecs/metadata";
import { add } from "../../host/metrics";
import { settled } from "./ending";
import { Lane } from "./lane";
import { Session } from "./session";

/** Bits above the lane's stream in an entry: which side says no more. */
const CLIENT_ENDED: u64 = 1 << 32;
const SERVER_ENDED: u64 = 1 << 33;
const BOTH: u64 = CLIENT_ENDED | SERVER_ENDED;


@unmanaged
export class Streams {
  /** Stream → its lane's stream towards the HCM, and which sides have ended. */
  readonly open: Table = new Table();
  /** Request that began a stream and has no answer yet → that stream + 1. */
  readonly asked: Table = new Table();

  release(): void {
    this.open.release();
    this.asked.release();
    heap.free(changetype<usize>(this.open));
    heap.free(changetype<usize>(this.asked));
    heap.free(changetype<usize>(this));
  }
}

/** The request in `m` has begun a stream on the lane. */
export function beginStream(session: Session, lane: Lane, m: Metadata): void {
  let streams = session.streams;
  if (streams === null) {
    streams = new Streams();
    session.streams = streams;
  }
  forget(session, m.streamId); // a client that uses a name again has given up what had it
  if (m.kind == Kind.REQUEST) streams.asked.add(m.requestId, m.streamId + 1);
  const ended = m.part & Part.ENDS ? CLIENT_ENDED : 0;
  streams.open.add(m.streamId, (<u64>lane.stream) | ended);
  lane.streams++;
  session.inFlight++;
  add(session.plugin.stats.streams, 1);
}

/** The lane of the stream `id`; null: it is not open. */
export function laneOfStream(session: Session, id: u64): Lane | null {
  const streams = session.streams;
  const entry = streams === null ? 0 : streams.open.get(id);
  if (entry == 0) return null;
  const lane = session.lanes.ofStream(<u32>entry);
  return lane === null || lane.over || lane.ended ? null : lane;
}

/** A frame of the stream in `m` has gone on; its sender's end may be that of the stream. */
export function passedPart(session: Session, m: Metadata, fromServer: bool): void {
  if ((m.part & (Part.ENDS | Part.ABORTS)) == 0) return;
  const open = session.streams!.open;
  const ended = open.get(m.streamId) | (fromServer ? SERVER_ENDED : CLIENT_ENDED);
  if (m.part & Part.ABORTS || (ended & BOTH) == BOTH) forget(session, m.streamId);
  else {
    open.take(m.streamId);
    open.add(m.streamId, ended);
  }
}

/** Request `id` has its answer; a stream that it began goes on only if that says so. */
export function answeredRequest(session: Session, id: u64, accepted: bool): void {
  const streams = session.streams;
  if (streams === null || streams.asked.count == 0) return;
  const stream = streams.asked.take(id);
  if (stream != 0 && !accepted) forget(session, stream - 1);
}

/** The lane is gone: the client is told of each stream that was on it. */
export function failStreams(
  session: Session,
  lane: Lane,
  status: u32,
  message: usize,
  n: u32,
): void {
  const streams = session.streams;
  if (streams === null || lane.streams == 0) return;
  const open = streams.open;
  for (let i: u32 = 0; i < open.size && lane.streams > 0;) {
    const entry = open.valueAt(i);
    if (entry == 0 || <u32>entry != lane.stream) {
      i++;
      continue;
    }
    const id = open.keyAt(i);
    session.resetStream(id, status, message, n);
    forget(session, id); // another entry may have moved to this place
  }
}

function forget(session: Session, id: u64): void {
  const entry = session.streams!.open.take(id);
  if (entry == 0) return;
  session.inFlight--;
  const lane = session.lanes.ofStream(<u32>entry);
  if (lane === null) return;
  lane.streams--;
  if (lane.retired && lane.isIdle) settled(session);
}
