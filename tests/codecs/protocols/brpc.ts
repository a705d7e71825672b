import {
  ARGUMENT,
  type Attachments,
  idsOf,
  type Protocol,
  recordedSamples,
  typicalPairs,
} from "../protocol.js";
import { field, word } from "./pieces.js";

const HEADER = 12;
const call = field(1, Buffer.concat([field(1, "demo.Greeter"), field(2, "Hello")]));

function frame(meta: readonly Buffer[], body: string): Buffer {
  const bytes = Buffer.concat(meta);
  const length = bytes.length + Buffer.byteLength(body);
  return Buffer.concat([
    Buffer.from("PRPC"),
    word(length),
    word(bytes.length),
    bytes,
    Buffer.from(body),
  ]);
}

const withAttachments: Attachments["request"] = (pairs) => {
  const entries = pairs.map(([name, value]) =>
    field(9, Buffer.concat([field(1, name), field(2, value)])),
  );
  return frame([call, field(4, 5n), ...entries], ARGUMENT);
};

export const brpcProtocol: Protocol = {
  name: "brpc",
  samples: recordedSamples("brpc"),
  magic: [
    [0x50, 0x53],
    [0x52, 0x54],
    [0x50, 0x52],
    [0x43, 0x4d],
  ],
  lengths: [
    { at: 4, size: 4 },
    { at: 8, size: 4 },
  ],
  ids: idsOf(64),
  request: (id) => frame([call, field(4, id)], "x"),
  typical: withAttachments(typicalPairs),
  streams: true,
  attachments: { request: withAttachments, mutable: true },
  fix(bytes) {
    if (bytes.length >= HEADER) bytes.writeUInt32BE(bytes.length - HEADER, 4);
  },
};
