import * as awesome from "../../support/awesome.js";
import { ARGUMENT, idsOf, type Protocol, recordedSamples } from "../protocol.js";

const HEADER = 13;

export const awesomerpcProtocol: Protocol = {
  name: "awesomerpc",
  samples: recordedSamples("awesomerpc"),
  magic: [[1]],
  lengths: [{ at: 5, size: 4, declares: (value) => (value < HEADER ? null : value) }],
  ids: idsOf(32),
  request: (id) => awesome.frame(Number(id), 3, "payload"),
  errors: "flag",
  recognises: false,
  typical: awesome.frame(7, 3, ARGUMENT),
  fix(frame) {
    if (frame.length >= HEADER) frame.writeUInt32BE(frame.length, 5);
  },
};
