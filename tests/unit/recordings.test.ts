/** Every codec finds in recorded frames of real peers what the framework's own library found. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { distDir } from "../../scripts/cli/paths.js";
import { Inspector } from "../../scripts/inspect/module.js";
import { type Expected, type Recorded, recordings } from "../support/recordings.js";

const fields = [
  ...["kind", "role", "requestId", "service", "version", "group", "method", "status"],
  ...["attachments", "isError", "errorMessage"],
];

interface Case {
  protocol: string;
  /** Below tests/fixtures. */
  folder: string;
  /** How many frames there are at least. */
  atLeast: number;
  /** What this project's words make of the recorded ones, where they differ. */
  adapt?: (expected: Expected, recorded: Recorded) => Expected;
  /** Fields of which the recording says nothing, or what the codec does not read. */
  ignore?: (recorded: Recorded) => string[];
  /** Frames that can't be read, and the reason that the codec gives. */
  refuses?: (recorded: Recorded) => RegExp | undefined;
}

/**
 * What lies behind objects of the application's classes, or in them, is not read: in Java's own
 * serialization, Fastjson, Avro, Protostuff, Gson and MessagePack.
 */
const unread: Record<string, string[]> = {
  3: ["attachments"],
  6: ["errorMessage"],
  11: ["attachments"],
  12: ["attachments", "errorMessage"],
  16: ["errorMessage"],
  27: ["attachments", "errorMessage"],
};

const cases: Case[] = [
  {
    protocol: "dubbo",
    folder: "dubbo",
    atLeast: 340,
    ignore: ({ expected }) => unread[String(expected.serializationId)] ?? [],
  },
  {
    protocol: "awesomerpc",
    folder: "awesomerpc",
    atLeast: 6,
    adapt: (expected, { fromServer }) => ({
      ...expected,
      version: fromServer ? null : String(expected.version),
    }),
  },
  {
    protocol: "thrift",
    folder: "thrift",
    atLeast: 135,
    // Of what is compressed only the header is read.
    ignore: ({ name }) => (name.includes("zlib") ? ["method"] : []),
    refuses: ({ name, fromServer }) =>
      name.includes("zlib") && !fromServer ? /compressed by THeader's zlib/ : undefined,
  },
  { protocol: "bolt", folder: "bolt", atLeast: 44 },
  { protocol: "bolt", folder: "sofarpc", atLeast: 18 },
  {
    protocol: "brpc",
    folder: "brpc",
    atLeast: 49,
    ignore: ({ expected }) => (expected.kind === "stream" ? ["role"] : []),
  },
  {
    protocol: "motan2",
    folder: "motan2",
    atLeast: 10,
    adapt: (expected, { fromServer }) => ({
      ...expected,
      version: (expected.attachments as Expected).version ?? null, // theirs is the protocol's
      status: fromServer ? expected.status : null,
    }),
  },
  {
    protocol: "trpc",
    folder: "trpc",
    atLeast: 40,
    adapt: (expected) => ({
      ...expected,
      version: expected.version === undefined ? null : String(expected.version),
    }),
  },
];

/** The fields of a frame, null where it has none; no attachments count as none. */
function pick(from: Expected, but: string[]): Expected {
  const kept = fields.filter((field) => !but.includes(field));
  const isNone = (value: Expected[string]) =>
    typeof (value ?? {}) === "object" && Object.keys(value ?? {}).length === 0;
  return Object.fromEntries(
    kept.map((field) => [field, isNone(from[field]) ? null : from[field]!]),
  );
}

for (const { protocol, folder, atLeast, adapt, ignore, refuses } of cases) {
  describe(`recorded frames: ${folder}`, () => {
    const inspector = new Inspector(join(distDir, "inspect.wasm"), { protocol });
    const all = recordings(folder);

    it("all metadata is what the framework's own library found", () => {
      assert.ok(all.length >= atLeast, `there are ${all.length} frames`);
      for (const recorded of all) {
        const { name, frame, fromServer } = recorded;
        const seen = inspector.inspect(frame, fromServer);
        const reason = refuses?.(recorded);
        if (reason) {
          assert.match(seen.json, reason, name);
          continue;
        }
        assert.ok("frame" in seen, `${name}: ${seen.json}`);
        const but = ignore?.(recorded) ?? [];
        const expected = adapt?.(recorded.expected, recorded) ?? recorded.expected;
        assert.deepEqual(pick(seen.frame as unknown as Expected, but), pick(expected, but), name);
        assert.equal(seen.frame.length, frame.length, name);
      }
    });

    it("no proper part of a frame is taken for one, nor a frame with more behind it", () => {
      for (const { name, frame, fromServer } of all.filter((r) => r.frame.length < 300)) {
        for (let n = 0; n < frame.length; n++) {
          const seen = inspector.inspect(frame.subarray(0, n), fromServer);
          assert.ok("error" in seen && seen.error.includes("truncated"), `${name}, ${n} bytes`);
        }
        const seen = inspector.inspect(Buffer.concat([frame, Buffer.of(0xda)]), fromServer);
        assert.ok("error" in seen && seen.error.includes("after the frame"), name);
      }
    });
  });
}
