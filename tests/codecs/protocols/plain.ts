import { plainFrame } from "../../support/plain.js";
import { ARGUMENT, type Protocol } from "../protocol.js";

/** No server's words say whether they are an error. */
export const plainProtocol: Protocol = {
  name: "plain",
  samples: ["hello world", "a", "", "long ".repeat(100)].flatMap((text) => [
    { name: `request ${text}`, frame: plainFrame(text), fromServer: false, kind: "request" },
    { name: `response ${text}`, frame: plainFrame(text), fromServer: true, kind: "response" },
  ]),
  magic: [],
  lengths: [{ at: 0, size: 2, declares: (value) => 2n + value }],
  ordered: "always",
  ids: [0n],
  request: () => plainFrame("hello world"),
  errors: "nothing",
  recognises: false,
  inspected: false,
  typical: plainFrame(`hello ${ARGUMENT}`),
  fix(frame) {
    if (frame.length >= 2) frame.writeUInt16BE(Math.min(frame.length - 2, 0xffff), 0);
  },
};
