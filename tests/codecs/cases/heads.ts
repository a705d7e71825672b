/** What frames are: kinds and ids. */
import assert from "node:assert/strict";
import { Part, Read } from "../support/probe.js";
import { type Case, isRouted, read } from "./case.js";

const kindOf = (name: string, kind: string, when: Case["when"]): Case => ({
  name,
  ...(when && { when }),
  run(probe, { samples }) {
    const own = samples.filter((sample) => sample.kind === kind);
    assert.ok(own.length > 0, "there is no sample");
    for (const { name, frame, fromServer } of own) {
      assert.equal(read(probe, frame, fromServer, name).kind, kind, name);
    }
  },
});

/** A protocol that has no such frames: no sample is taken for one. */
const noneOf = (name: string, kind: string, when: NonNullable<Case["when"]>): Case => ({
  name,
  when,
  run(probe, { samples }) {
    for (const { name, frame, fromServer } of samples) {
      assert.notEqual(read(probe, frame, fromServer, name).kind, kind, name);
    }
  },
});

export const heads: Case[] = [
  kindOf("requests are told", "request", undefined),
  {
    name: "responses are told, and whether they are errors",
    run(probe, { samples }) {
      const responses = samples.filter(({ kind }) => kind === "response");
      assert.ok(responses.length > 0);
      for (const { name, frame, fromServer } of responses) {
        const head = read(probe, frame, fromServer, name);
        assert.equal(head.kind, "response", name);
        assert.equal(head.reply, true, name);
      }
    },
  },
  kindOf("oneway requests are told", "oneway", ({ oneway }) => oneway === true),
  noneOf("oneway: there is none", "oneway", ({ oneway }) => !oneway),
  kindOf("frames of streams are told", "stream", ({ streams }) => streams === true),
  noneOf("streams: there are none", "stream", ({ streams }) => !streams),
  {
    name: "streams are begun by a request or by a frame with its metadata",
    when: ({ streams }) => streams === true,
    run(probe, { samples }) {
      const begun = samples.filter(({ name, frame, fromServer }) => {
        const { part } = read(probe, frame, fromServer, name);
        return !fromServer && (part & Part.BEGINS) > 0;
      });
      assert.ok(begun.length > 0);
      for (const { name, frame } of begun) {
        assert.ok(isRouted(read(probe, frame, false, name)), name);
        assert.notEqual(probe.slot(1), undefined, `${name}: it has a method`);
      }
    },
  },
  {
    name: "ids at their extremes are read as they are",
    when: ({ ordered }) => ordered !== "always",
    run(probe, { ids, request }) {
      for (const id of ids) assert.equal(read(probe, request(id), false).requestId, id);
    },
  },
  {
    name: "requests without ids are told",
    run(probe, { request, ids, ordered }) {
      for (const id of ids) {
        read(probe, request(id), false);
        assert.equal(Boolean(probe.module.isOrdered()), ordered === "always", `id ${id}`);
      }
      if (ordered !== "without id") return;
      read(probe, request(0n), false);
      assert.equal(Boolean(probe.module.isOrdered()), true);
    },
  },
  {
    name: "frames of unknown kinds are not taken for requests",
    when: ({ unknownKinds }) => unknownKinds !== undefined,
    run(probe, { unknownKinds }) {
      for (const frame of unknownKinds!) {
        const hex = frame.toString("hex", 0, 40);
        if (probe.measure(frame) !== frame.length) continue;
        if (probe.readHead(frame, false) !== Read.DONE || !isRouted(probe.head)) continue;
        assert.equal(probe.readMetadata(frame.length, frame.length), Read.MALFORMED, hex);
      }
    },
  },
];
