/** Attachments: read from requests, and changed in them. */
import assert from "node:assert/strict";
import type { Protocol, Sample } from "../protocol.js";
import type { Probe } from "../support/probe.js";
import { type Case, read, routed } from "./case.js";

type Edit = readonly [name: string, value: string | null];

/** What a hostile client may call an attachment, or set it to. */
const hostile = {
  "a letter": "u",
  nothing: "",
  "4 KB": "v".repeat(4096),
  "255 bytes": "w".repeat(255),
  "a new line": "a\r\nx-argot-user: admin",
  NUL: "us\0er",
  "a colon": ":authority",
  "equals sign": "a=b&c",
  umlauts: "Größe",
  "beyond the BMP": "🚫𝒳".repeat(50),
  blanks: " user ",
  JSON: '{"a":["b"]}',
};
const writable = ({ attachments }: Protocol, what: "name" | "value"): [string, string][] =>
  Object.entries(hostile).filter(([, text]) => !attachments!.lacks?.(text, what));
const has = ({ attachments }: Protocol): boolean => attachments !== undefined;
const changes = ({ attachments }: Protocol): boolean => attachments?.mutable === true;

function setEdits(probe: Probe, edits: readonly Edit[]): void {
  const { module } = probe;
  module.clearEdits();
  for (const [name, value] of edits) {
    const bytes = Buffer.from(name + (value ?? ""));
    const n = Buffer.byteLength(name);
    const p = module.allocate(bytes.length + 1);
    new Uint8Array(module.memory.buffer).set(bytes, p);
    module.addEdit(p, n, value === null ? 0 : p + n, bytes.length - n);
    module.release(p);
  }
}

/** The request with its attachments changed; empty: the codec does not change it. */
export function change(probe: Probe, frame: Buffer, edits: readonly Edit[]): Buffer {
  setEdits(probe, edits);
  const limit = frame.length + probe.module.changeLimit();
  probe.readHead(frame, false);
  return probe.written(limit, (out) => probe.module.change(probe.at, frame.length, out));
}

/** Requests with room for attachments. */
function changeable(probe: Probe, protocol: Protocol): Sample[] {
  const all = [
    ...routed(probe, protocol),
    ...[
      [],
      [["user", "alice"]],
      [
        ["a", "1"],
        ["user", "alice"],
        ["b", "2"],
      ],
    ].map((pairs, i) => ({
      name: `${i} attachments`,
      frame: protocol.attachments!.request(pairs as [string, string][]),
      fromServer: false,
    })),
  ];
  const able = all.filter(({ frame }) => change(probe, frame, [["user", "x"]]).length > 0);
  assert.ok(able.length >= 3, "no sample can be changed");
  return able;
}

/** The head and all values, for comparison. */
function whole(probe: Probe, frame: Buffer, name: string): unknown {
  const { part, kind, requestId, replyContext, streamId } = read(probe, frame, false, name);
  return { part, kind, requestId, replyContext, streamId, values: probe.values };
}

export const attachments: Case[] = [
  {
    name: "attachments are read, whatever their names",
    when: has,
    run(probe, protocol) {
      for (const [what, name] of writable(protocol, "name")) {
        const frame = protocol.attachments!.request([
          ["a", "1"],
          [name, "value"],
          ["z", "2"],
        ]);
        probe.want(["a", name, "z"]);
        read(probe, frame, false, what);
        assert.deepEqual(
          ["a", name, "z"].map((wanted) => probe.attachment(wanted)),
          ["1", "value", "2"],
          what,
        );
      }
    },
  },
  {
    name: "attachments are read, whatever their values",
    when: has,
    run(probe, protocol) {
      probe.want(["a", "user", "z", "absent"]);
      for (const [what, value] of writable(protocol, "value")) {
        const frame = protocol.attachments!.request([
          ["a", "1"],
          ["user", value],
          ["z", "2"],
        ]);
        read(probe, frame, false, what);
        assert.deepEqual(
          ["a", "user", "z", "absent"].map((wanted) => probe.attachment(wanted)),
          ["1", value, "2", undefined],
          what,
        );
      }
    },
  },
  {
    name: "attachments of one name: the last one counts",
    when: has,
    run(probe, protocol) {
      const frame = protocol.attachments!.request([
        ["user", "eve"],
        ["b", ""],
        ["user", "alice"],
      ]);
      probe.want(["user"]);
      read(probe, frame, false);
      assert.equal(probe.attachment("user"), "alice");
    },
  },
  {
    name: "attachments: there are none, and none can be set",
    when: (protocol) => !has(protocol),
    run(probe, protocol) {
      probe.want(["user"]);
      for (const { name, frame } of routed(probe, protocol)) {
        assert.equal(change(probe, frame, [["user", "x"]]).length, 0, name);
        read(probe, frame, false);
        assert.equal(probe.attachment("user"), undefined, name);
      }
    },
  },
  {
    name: "change that changes nothing leaves every byte as it is",
    when: changes,
    run(probe, protocol) {
      for (const { name, frame } of changeable(probe, protocol)) {
        const same = change(probe, frame, [["x-argot-absent", null]]);
        assert.equal(same.toString("hex"), frame.toString("hex"), name);
      }
    },
  },
  {
    name: "change sets an attachment, and all else is as it was",
    when: changes,
    run(probe, protocol) {
      for (const { name, frame } of changeable(probe, protocol)) {
        probe.want([]);
        const before = whole(probe, frame, name);
        const changed = change(probe, frame, [["x-argot-new", "value"]]);
        assert.deepEqual(whole(probe, changed, `changed ${name}`), before, name);
        probe.want(["x-argot-new"]);
        read(probe, changed, false);
        assert.equal(probe.attachment("x-argot-new"), "value", name);
      }
    },
  },
  {
    name: "change by an edit and its inverse gives the same frame",
    when: changes,
    run(probe, protocol) {
      const restores = protocol.attachments!.restores ?? ((): boolean => true);
      let restored = 0;
      for (const sample of changeable(probe, protocol).filter(restores)) {
        const there = change(probe, sample.frame, [["x-argot-new", "value ".repeat(100)]]);
        const back = change(probe, there, [["x-argot-new", null]]);
        assert.equal(back.toString("hex"), sample.frame.toString("hex"), sample.name);
        restored++;
      }
      assert.ok(restored > 0);
    },
  },
  {
    name: "change replaces and removes attachments, and leaves others alone",
    when: changes,
    run(probe, protocol) {
      const { request } = protocol.attachments!;
      const pairs = (user: string): [string, string][] => [
        ["a", "1"],
        ["user", user],
        ["b", "2"],
      ];
      const read4 = (frame: Buffer): (string | undefined)[] => {
        probe.want(["a", "user", "b", "new"]);
        read(probe, frame, false);
        return ["a", "user", "b", "new"].map((name) => probe.attachment(name));
      };
      const frame = request(pairs("alice"));
      assert.deepEqual(read4(change(probe, frame, [["user", "bob"]])), [
        "1",
        "bob",
        "2",
        undefined,
      ]);
      assert.deepEqual(read4(change(probe, frame, [["user", null]])), [
        "1",
        undefined,
        "2",
        undefined,
      ]);
      assert.deepEqual(
        read4(
          change(probe, frame, [
            ["user", null],
            ["new", "3"],
            ["a", "0"],
            ["absent", null],
          ]),
        ),
        ["0", undefined, "2", "3"],
      );
      const twice = request([
        ["user", "eve"],
        ["a", "1"],
        ["user", "mallory"],
        ["b", "2"],
      ]);
      assert.deepEqual(read4(change(probe, twice, [["user", null]])), [
        "1",
        undefined,
        "2",
        undefined,
      ]);
      assert.deepEqual(read4(change(probe, twice, [["user", "bob"]])), [
        "1",
        "bob",
        "2",
        undefined,
      ]);
    },
  },
  {
    name: "change sets any name to any value",
    when: changes,
    run(probe, protocol) {
      const { request, alters } = protocol.attachments!;
      for (const [what, name] of writable(protocol, "name")) {
        for (const [how, value] of writable(protocol, "value")) {
          const changed = change(probe, request([["user", "alice"]]), [[name, value]]);
          probe.want([name, "user"]);
          read(probe, changed, false, `${what}: ${how}`);
          if (!alters?.(name + value)) {
            assert.equal(probe.attachment(name), value, `${what}: ${how}`);
          }
          assert.equal(probe.attachment("user"), "alice", `${what}: ${how}`);
        }
      }
    },
  },
  {
    name: "change: requests stay as they are",
    when: (protocol) => has(protocol) && !changes(protocol),
    run(probe, protocol) {
      for (const { name, frame } of routed(probe, protocol)) {
        assert.equal(change(probe, frame, [["user", "x"]]).length, 0, name);
      }
    },
  },
];
