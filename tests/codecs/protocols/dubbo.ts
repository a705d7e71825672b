import * as dubbo from "../../support/dubbo.js";
import { encode, encodeString } from "../../support/hessian.js";
import { ARGUMENT, idsOf, type Protocol, recordedSamples } from "../protocol.js";

const HEADER = 16;
const built = [
  { name: "oneway", frame: dubbo.request({ id: 7n, oneway: true, args: ["x"] }), kind: "oneway" },
  { name: "no arguments", frame: dubbo.request({ id: 8n }), kind: "request" },
  { name: "READONLY", frame: dubbo.readonlyEvent(), kind: "event" },
] as const;

/** A request in Hessian 2; unlike support/dubbo.ts it has nothing but these attachments. */
function withAttachments(pairs: readonly (readonly [string | Buffer, string | Buffer])[]): Buffer {
  const text = (value: string | Buffer): Buffer =>
    typeof value === "string"
      ? encodeString(value)
      : Buffer.concat([Buffer.of(value.length), value]);
  const body = Buffer.concat([
    ...["2.0.2", "demo.Greeter", "1.0.0", "hello", "Ljava/lang/String;I"].map(encodeString),
    ...["an argument", 42].map(encode),
    Buffer.from("H"),
    ...pairs.flat().map(text),
    Buffer.from("Z"),
  ]);
  return dubbo.frame(dubbo.FLAG.REQUEST | dubbo.FLAG.TWO_WAY | dubbo.HESSIAN2, 0, 5n, body);
}

export const dubboProtocol: Protocol = {
  name: "dubbo",
  samples: [
    ...recordedSamples("dubbo"),
    ...built.map((sample) => ({ ...sample, fromServer: sample.kind === "event" })),
  ],
  magic: [[0xda], [0xbb]],
  lengths: [{ at: 12, size: 4, declares: (value) => 16n + value }],
  ids: idsOf(64),
  request: (id) => dubbo.request({ id, args: ["x"] }),
  heartbeat: (id) => dubbo.heartbeat(id),
  oneway: true,
  goodbye: true,
  attachments: { request: withAttachments, mutable: true, alters: (text) => text.includes("\0") },
  typical: dubbo.request({ version: "1.0.0", args: [ARGUMENT], attachments: { user: "alice" } }),
  fix(frame) {
    if (frame.length >= HEADER) frame.writeUInt32BE(frame.length - HEADER, 12);
  },
};
