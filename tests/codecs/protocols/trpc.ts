import * as trpc from "../../support/trpc.js";
import { ARGUMENT, idsOf, type Protocol, recordedSamples } from "../protocol.js";

const HEADER = 16;
const built = [
  { name: "oneway", frame: trpc.request({ oneway: true }), fromServer: false, kind: "oneway" },
  { name: "accept", frame: trpc.accept(100n), fromServer: true, kind: "stream" },
  { name: "reset", frame: trpc.close(100n, 22, "no"), fromServer: false, kind: "stream" },
] as const;

export const trpcProtocol: Protocol = {
  name: "trpc",
  samples: [
    ...recordedSamples("trpc"),
    ...built,
    {
      name: "INIT",
      frame: trpc.init({ attachments: [["user", "alice"]] }),
      fromServer: false,
      kind: "stream",
    },
  ],
  magic: [[0x09], [0x30], [0, 1]],
  lengths: [
    { at: 4, size: 4 },
    { at: 8, size: 2 },
  ],
  ids: idsOf(32),
  request: (id) => trpc.request({ id, body: "payload" }),
  oneway: true,
  streams: true,
  attachments: {
    request: (attachments) => trpc.request({ attachments, body: ARGUMENT }),
    mutable: true,
  },
  typical: trpc.request({
    attachments: [
      ["user", "alice"],
      ["trpc-dyeing-key", "gray"],
      ["trace-id", "0af7651916cd43dd8448eb211c80319c"],
      ["zone", "z1"],
    ],
    body: ARGUMENT,
  }),
  fix(frame) {
    if (frame.length >= HEADER) frame.writeUInt32BE(frame.length, 4);
  },
};
