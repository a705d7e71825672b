import {
  ARGUMENT,
  type Attachments,
  idsOf,
  type Protocol,
  recordedSamples,
  typicalPairs,
} from "../protocol.js";
import { half, word } from "./pieces.js";

const REQUEST = 1;
/** Commands. */
const HEARTBEAT = 0;
const CALL = 1;
const CLASS = "demo.Request";

interface Parts {
  type?: number;
  command?: number;
  header?: Buffer;
}

/** A request of version 1, with its content in Hessian or what the class makes of it. */
function frame(
  id: bigint,
  { type = REQUEST, command = CALL, header = Buffer.alloc(0) }: Parts,
): Buffer {
  const isCall = command === CALL;
  const name = Buffer.from(isCall ? CLASS : "");
  const content = Buffer.from(isCall ? ARGUMENT : "");
  return Buffer.concat([
    ...[
      Buffer.of(1, type),
      half(command),
      Buffer.of(1),
      word(Number(id)),
      Buffer.of(1),
      word(3000),
    ],
    ...[half(name.length), half(header.length), word(content.length), name, header, content],
  ]);
}

const withAttachments: Attachments["request"] = (pairs) => {
  const texts = pairs.flat().map((text) => Buffer.from(text as string));
  const header = Buffer.concat(texts.flatMap((text) => [word(text.length), text]));
  return frame(5n, { header });
};

/** Makes the content's length tell what is there. */
function fix(bytes: Buffer): void {
  if (bytes.length < 24) return;
  const second = bytes[0] === 2 ? 2 : 0;
  const lengths = 12 + second + (bytes[1 + second / 2] === 0 ? 0 : 2);
  const crc = second > 0 && bytes[1] === 2 && (bytes[11]! & 1) === 1 ? 4 : 0;
  const before = lengths + 8 + bytes.readUInt16BE(lengths) + bytes.readUInt16BE(lengths + 2) + crc;
  if (before <= bytes.length) bytes.writeUInt32BE(bytes.length - before, lengths + 4);
}

export const boltProtocol: Protocol = {
  name: "bolt",
  samples: [...recordedSamples("bolt"), ...recordedSamples("sofarpc")],
  magic: [[1, 2]],
  lengths: [14, 16, 18, 20].map((at) => ({ at, size: at === 18 || at === 20 ? 4 : 2 })),
  ids: idsOf(32),
  request: (id) => frame(id, {}),
  typical: withAttachments(typicalPairs),
  unknownKinds: [2, 3, 99, 0xffff].map((command) => frame(5n, { command })),
  heartbeat: (id) => frame(id, { command: HEARTBEAT }),
  oneway: true,
  attachments: { request: withAttachments, mutable: true },
  fix,
};
