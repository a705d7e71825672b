/**
 * A description that is compiled says of every frame what it says when it is interpreted: of
 * recorded ones, of their beginnings, and of mutated ones. tests/unit/declared.test.ts compares the
 * interpreter with the codecs in code.
 */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { packageRoot } from "../../scripts/cli/paths.js";
import { programOf } from "../codecs/protocols/declared.js";
import { byName, Probe, Read } from "../codecs/support/probe.js";
import { numbers } from "../support/random.js";
import { recordings, type Recorded } from "../support/recordings.js";

const WANTED = ["user", "traceId", "path", "group", "version", "M_p", "trpc-caller", "interface"];
const MUTATIONS = 40;

/** All that a codec says of some bytes. */
function saysOf(probe: Probe, bytes: Buffer, { fromServer }: Recorded): unknown {
  const length = probe.measure(bytes);
  if (length <= 0) return { length };
  const n = Math.min(bytes.length, length);
  const read = probe.readHead(bytes.subarray(0, n), fromServer);
  if (read !== Read.DONE) return { length, read };
  const { head } = probe;
  if (head.reply) {
    if (n < length) return { length, head };
    probe.module.clear();
    const reply = probe.module.readReply(probe.at, n);
    return { length, head, reply, error: probe.error, values: probe.values };
  }
  const metadata = probe.readMetadata(n, length);
  const { values, decisive } = probe;
  return { length, head, metadata, ...(metadata === Read.DONE && { values, decisive }) };
}

/** A compiled codec may know a frame's length before the bytes are there that it does not read. */
function isEarlier(interpreted: number, compiled: number, bytes: Buffer): boolean {
  return interpreted === 0 && compiled > bytes.length;
}

/** The frames that a protocol writes by itself. */
function writes(probe: Probe, id: bigint, context: number): string[] {
  const { module } = probe;
  const message = 'no such thing: Zoë 💥 "quoted"\n';
  const errors = [400, 403, 404, 429, 503].map((status) => {
    const [p, n] = probe.give(message);
    const limit = module.replyLimit(n);
    return probe
      .written(limit, (out) => module.writeErrorReply(out, id, context, status, p, n))
      .toString("hex");
  });
  const limit = module.replyLimit(0);
  const others = [
    probe.written(limit, (out) => module.writeHeartbeatReply(out)),
    probe.written(limit, (out) => module.writeGoodbye(out)),
  ];
  return [...errors, ...others.map((frame) => frame.toString("hex"))];
}

const folders: Record<string, string[]> = {
  ...{ awesomerpc: ["awesomerpc"], dubbo: ["dubbo"], bolt: ["bolt", "sofarpc"], brpc: ["brpc"] },
  ...{ motan2: ["motan2"], trpc: ["trpc"] },
};

describe("compiled descriptions", () => {
  it("are all that there are", () => {
    const names = readdirSync(join(packageRoot, "protocols")).map((file) => file.split(".")[0]);
    assert.deepEqual(names.sort(), [...Object.keys(folders), "tally"].sort());
  });

  for (const [protocol, places] of Object.entries(folders)) {
    it(`${protocol}: the interpreter and the compiled codec agree`, () => {
      const interpreted = new Probe(protocol, (module, give) => {
        assert.ok(module.open(...give(programOf(protocol))));
      });
      const compiled = new Probe(protocol, byName(`${protocol}-declared`), "compiled.wasm");
      const same = (bytes: Buffer, recorded: Recorded, what: string) => {
        if (isEarlier(interpreted.measure(bytes), compiled.measure(bytes), bytes)) return;
        const [one, other] = [interpreted, compiled].map((probe) => saysOf(probe, bytes, recorded));
        assert.deepEqual(other, one, `${recorded.name}, ${what}: ${bytes.toString("hex")}`);
      };
      const random = numbers(protocol.length);
      let frames = 0;
      for (const recorded of places.flatMap((place) => recordings(place))) {
        const { frame } = recorded;
        for (const wanted of [[], WANTED]) {
          interpreted.want(wanted);
          compiled.want(wanted);
          same(frame, recorded, "whole");
          for (let i = 0; i < MUTATIONS; i++) {
            const mutated = Buffer.from(frame);
            mutated[random(Math.min(frame.length, 64))] = random(256);
            same(mutated, recorded, "mutated");
          }
        }
        for (let n = 1; n < Math.min(frame.length, 200); n++) {
          const bytes = frame.subarray(0, n);
          const [one, other] = [interpreted.measure(bytes), compiled.measure(bytes)];
          if (!isEarlier(one, other, bytes))
            assert.equal(other, one, `${recorded.name}: ${n} bytes`);
        }
        interpreted.readHead(frame, recorded.fromServer);
        compiled.readHead(frame, recorded.fromServer);
        const { requestId, replyContext } = interpreted.head;
        const [one, other] = [interpreted, compiled].map((p) => writes(p, requestId, replyContext));
        assert.deepEqual(other, one, recorded.name);
        frames++;
      }
      assert.ok(frames > 5);
    });
  }
});
