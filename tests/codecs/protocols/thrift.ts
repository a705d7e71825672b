import {
  ARGUMENT,
  type Attachments,
  idsOf,
  type Protocol,
  recordedSamples,
  type Sample,
  typicalPairs,
} from "../protocol.js";
import { half, varint, word } from "./pieces.js";

const CALL = 1;
const ONEWAY = 4;
/** A call in the strict binary protocol with one argument, field 1, a string. */
function message(id: bigint, type: number, argument: string): Buffer {
  const name = Buffer.from("Greeter:hello");
  const text = Buffer.from(argument);
  return Buffer.concat([
    ...[word(0x80010000 | type), word(name.length), name, word(Number(id))],
    ...[Buffer.of(11, 0, 1), word(text.length), text, Buffer.of(0)],
  ]);
}

const framed = (bytes: Buffer): Buffer => Buffer.concat([word(bytes.length), bytes]);

/** The same in a THeader, with one block of attachments. */
const withAttachments: Attachments["request"] = (pairs) => {
  const texts = pairs.flat().map((text) => Buffer.from(text as string));
  const infos = Buffer.concat([
    Buffer.of(0, 0), // binary, no transforms
    ...(pairs.length > 0 ? [Buffer.of(1), varint(BigInt(pairs.length))] : []),
    ...texts.flatMap((text) => [varint(BigInt(text.length)), text]),
  ]);
  const padding = Buffer.alloc((4 - (infos.length % 4)) % 4);
  const size = half((infos.length + padding.length) / 4);
  const header = [Buffer.of(0x0f, 0xff, 0, 0), word(5), size, infos, padding];
  return framed(Buffer.concat([...header, message(5n, CALL, ARGUMENT)]));
};

/** The method of a compressed request can't be read: it is refused (see the codec's spec). */
const isReadable = ({ name, fromServer }: Sample): boolean => fromServer || !name.includes("zlib");

export const thriftProtocol: Protocol = {
  name: "thrift",
  samples: [
    ...recordedSamples("thrift").filter(isReadable),
    ...[framed(message(7n, ONEWAY, "x")), message(8n, ONEWAY, "x")].map((frame, i) => ({
      name: `oneway ${i}`,
      frame,
      fromServer: false,
      kind: "oneway" as const,
    })),
  ],
  magic: [],
  lengths: [
    { at: 0, size: 4 },
    { at: 8, size: 4 },
    { at: 12, size: 2 },
  ],
  scans: true,
  ordered: "without id",
  ids: idsOf(32).filter((id) => id > 0n),
  request: (id) => framed(message(id, CALL, "x")),
  oneway: true,
  typical: withAttachments(typicalPairs),
  // Unframed in the old form, without a name: who does not know the form can't tell it.
  isOnlyForClients: (reply) => reply.readUInt32BE() === 0,
  attachments: { request: withAttachments, mutable: true },
  fix(frame) {
    if (frame.length > 4 && [0x80, 0x82, 0, 0x0f].includes(frame[4]!)) {
      if (frame[0] !== 0x80 && frame[0] !== 0x82) frame.writeUInt32BE(frame.length - 4);
    }
  },
};
