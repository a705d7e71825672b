import * as bolt from "../../support/bolt.js";
import { ARGUMENT, idsOf, type Protocol, recordedSamples, type Sample } from "../protocol.js";

const crc = { code: 2, crc: true } as const;
const built: Sample[] = [
  ...(["oneway", "request"] as const).flatMap((kind) =>
    [{}, crc].map((options, i) => ({
      name: `${kind} ${i}`,
      frame: bolt.frame({
        ...options,
        type: kind === "oneway" ? bolt.TYPE.ONEWAY : bolt.TYPE.REQUEST,
      }),
      fromServer: false,
      kind,
    })),
  ),
  {
    name: "SOFARPC with properties",
    frame: bolt.sofaRequest("demo.Greeter:1.0", "hello", [["user", "alice"]], {
      props: { user: "eve", rpc_req_baggage: { a: "b" } },
    }),
    fromServer: false,
    kind: "request",
  },
  {
    name: "MOSN's goodbye",
    frame: bolt.frame({ command: bolt.COMMAND.GO_AWAY, className: "" }),
    fromServer: true,
    kind: "event",
  },
];

export const boltProtocol: Protocol = {
  name: "bolt",
  samples: [...recordedSamples("bolt"), ...recordedSamples("sofarpc"), ...built],
  magic: [[1, 2]],
  lengths: [
    { at: 14, size: 2 },
    { at: 16, size: 2 },
    { at: 18, size: 4 },
  ],
  ids: idsOf(32),
  request: (id) => bolt.frame({ id, content: "payload" }),
  unknownKinds: [bolt.frame({ command: 3 }), bolt.frame({ command: bolt.COMMAND.RESPONSE })],
  heartbeat: (id) => bolt.heartbeat(id),
  oneway: true,
  attachments: {
    request: (pairs) => bolt.frame({ ...crc, pairs, content: ARGUMENT }),
    mutable: true,
  },
  typical: bolt.sofaRequest(
    "demo.Greeter:1.0",
    "hello",
    [
      ["user", "alice"],
      ["app", "shop"],
      ["rpc_trace_context.sofaTraceId", "c00002021795200525293100130411"],
      ["rpc_trace_context.sofaRpcId", "0"],
    ],
    {
      content: Buffer.concat([
        bolt.sofaContent("demo.Greeter:1.0", "hello"),
        Buffer.from(ARGUMENT),
      ]),
    },
  ),
  fix: fixLengths,
};

/** Makes the content's length what there is. */
function fixLengths(frame: Buffer): void {
  const { headerLength, measure } = bolt.boltWire;
  if (frame.length < headerLength + 4 || (frame[0] !== 1 && frame[0] !== 2)) return;
  const lengths = (frame[0] === 2 ? 14 : 12) + (frame[frame[0]] === bolt.TYPE.RESPONSE ? 0 : 2);
  frame.writeUInt32BE(0, lengths + 4);
  const rest = frame.length - measure(frame);
  if (rest >= 0) frame.writeUInt32BE(rest, lengths + 4);
}
