import {
  ARGUMENT,
  type Attachments,
  idsOf,
  type Protocol,
  recordedSamples,
  typicalPairs,
} from "../protocol.js";
import { long, word } from "./pieces.js";

const FIXED = 17;
const REQUEST = 0;
const ONEWAY = 4;
const HEARTBEAT = 0x10;

function frame(type: number, id: bigint, lines: readonly (string | Buffer)[]): Buffer {
  const meta = Buffer.from(lines.join("\n"));
  const body = Buffer.from(ARGUMENT);
  const head = Buffer.of(0xf1, 0xf1, type, 8, 0);
  return Buffer.concat([head, long(id), word(meta.length), meta, word(body.length), body]);
}

const call = ["M_p", "demo.Greeter", "M_m", "hello", "M_g", "blue"];
const withAttachments: Attachments["request"] = (pairs) =>
  frame(REQUEST, 5n, [...call, ...pairs.flat()]);

export const motan2Protocol: Protocol = {
  name: "motan2",
  samples: [
    ...recordedSamples("motan2"),
    { name: "oneway", frame: frame(ONEWAY, 6n, call), fromServer: false, kind: "oneway" },
    { name: "heartbeat", frame: frame(HEARTBEAT, 7n, []), fromServer: false, kind: "heartbeat" },
  ],
  magic: [[0xf1], [0xf1]],
  lengths: [{ at: 13, size: 4 }],
  scans: true,
  ids: idsOf(64),
  request: (id) => frame(REQUEST, id, call),
  typical: withAttachments(typicalPairs),
  heartbeat: (id) => frame(HEARTBEAT, id, []),
  oneway: true,
  messageOf: (text) => (JSON.parse(text) as { errmsg: string }).errmsg,
  // Values are lines, and an empty name is refused.
  attachments: {
    request: withAttachments,
    mutable: true,
    lacks: (text, what) => text.includes("\n") || (text === "" && what === "name"),
  },
  fix(bytes) {
    if (bytes.length < FIXED) return;
    const body = FIXED + bytes.readUInt32BE(13);
    if (body + 4 <= bytes.length) bytes.writeUInt32BE(bytes.length - body - 4, body);
    else if (bytes.length >= FIXED + 4) {
      bytes.writeUInt32BE(bytes.length - FIXED - 4, 13);
      bytes.writeUInt32BE(0, bytes.length - 4);
    }
  },
};
