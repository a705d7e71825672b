import {
  ARGUMENT,
  type Attachments,
  idsOf,
  type Protocol,
  recordedSamples,
  typicalPairs,
} from "../protocol.js";
import { field, half, varint, word } from "./pieces.js";

const HEADER = 16;
const CALL_TYPE_ONEWAY = 1n;

/** A unary frame with a head of these fields behind the request id. */
function frame(id: bigint, fields: readonly Buffer[], callType = 0n): Buffer {
  const type = callType === 0n ? [] : [field(2, callType)];
  const leading = [...type, field(3, id), field(4, 1000n)];
  const names = [field(6, "trpc.demo.Greeter"), field(7, "/trpc.demo.Greeter/Hello")];
  const head = Buffer.concat([...leading, ...names, ...fields]);
  const body = Buffer.from(ARGUMENT);
  const length = HEADER + head.length + body.length;
  const fixed = [Buffer.of(0x09, 0x30, 0, 0), word(length), half(head.length), word(Number(id))];
  return Buffer.concat([...fixed, Buffer.of(1, 0), head, body]);
}

const withAttachments: Attachments["request"] = (pairs) =>
  frame(
    5n,
    pairs.map(([name, value]) => field(9, Buffer.concat([field(1, name), field(2, value)]))),
  );

/** Kinds of frames, and of frames of streams, that there are not. */
const unknown = [Buffer.of(2, 0), Buffer.of(0xff, 0), Buffer.of(1, 0), Buffer.of(1, 5)].map(
  (kind) => {
    const bytes = frame(5n, []);
    kind.copy(bytes, 2);
    return bytes;
  },
);

export const trpcProtocol: Protocol = {
  name: "trpc",
  samples: [
    ...recordedSamples("trpc"),
    {
      name: "an id of five bytes",
      frame: frame(0xffffffffn, [field(10, varint(0n))]),
      fromServer: false,
      kind: "request",
    },
    {
      name: "oneway",
      frame: frame(6n, [], CALL_TYPE_ONEWAY),
      fromServer: false,
      kind: "oneway",
    },
  ],
  magic: [[0x09], [0x30], [0, 1]],
  lengths: [
    { at: 4, size: 4 },
    { at: 8, size: 2 },
  ],
  ids: idsOf(32),
  request: (id) => frame(id, []),
  typical: withAttachments(typicalPairs),
  unknownKinds: unknown,
  oneway: true,
  streams: true,
  attachments: { request: withAttachments, mutable: true },
  fix(bytes) {
    if (bytes.length >= HEADER) bytes.writeUInt32BE(bytes.length, 4);
  },
};
