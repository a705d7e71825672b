/**
 * One list of cases that every codec has to pass, run on the code that runs in Envoy. The names of
 * its tests, `<protocol>: <case>`, are what docs/protocols.md refers to.
 */
import { it } from "node:test";
import { attachments } from "./cases/attachments.js";
import { equal } from "./cases/equal.js";
import { framing } from "./cases/framing.js";
import { heads } from "./cases/heads.js";
import { replies } from "./cases/replies.js";
import { protocols } from "./protocols.js";
import { Probe } from "./support/probe.js";

for (const protocol of protocols) {
  const probe = new Probe(protocol.name, protocol.opener, protocol.module);
  for (const { name, when, run } of [...framing, ...heads, ...replies, ...attachments, ...equal]) {
    if (when?.(protocol) === false) continue;
    it(`${protocol.name}: ${name}`, () => {
      probe.want([]);
      run(probe, protocol);
    });
  }
}
