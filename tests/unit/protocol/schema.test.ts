/** The two schemas say the same of what both have. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Ajv } from "ajv";
import declared from "../../../scripts/schema/protocol.schema.json" with { type: "json" };
import protocol from "../../../scripts/schema/application-protocol.schema.json" with { type: "json" };
import plugin from "../../../scripts/schema/plugin.schema.json" with { type: "json" };
import { hasCodec, protocols, type ProtocolName } from "../../../scripts/protocol/protocols.js";
import { count, list, nearest, show } from "../../../scripts/protocol/wording.js";

interface Part {
  [keyword: string]: unknown;
}

/** A schema without its texts. */
function bare(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(bare);
  if (typeof part !== "object" || part === null) return part;
  const entries = Object.entries(part as Part).filter(([name]) => name !== "description");
  return Object.fromEntries(entries.map(([name, member]) => [name, bare(member)]));
}

describe("the schemas", () => {
  it("are JSON Schemas, which documents are then held against unasked", () => {
    for (const schema of [protocol, declared, plugin]) {
      const ajv = new Ajv();
      assert.ok(ajv.validateSchema(schema), ajv.errorsText());
    }
  });

  const spec = protocol.definitions.spec.properties;
  const shared = [
    "revision",
    "routeOn",
    "lanes",
    "maxFrameBytes",
    "maxMetadataBytes",
    "maxConnections",
  ] as const;
  for (const name of shared) {
    it(`agree in ${name}`, () => {
      assert.deepEqual(bare(spec[name]), bare(plugin.properties[name]));
    });
  }

  it("name the protocols that there are, the plugin's those that Argot has a codec for", () => {
    const names = Object.keys(protocols) as ProtocolName[];
    assert.deepEqual(spec.protocol.anyOf[0]?.enum, names);
    const read = names.filter(hasCodec);
    assert.deepEqual(plugin.properties.protocol.anyOf[0]?.enum, read);
  });

  it("agree in what a match is", () => {
    assert.deepEqual(bare(protocol.definitions.match), bare(plugin.definitions.match));
  });

  it("describe every field that people write", () => {
    const lacking: string[] = [];
    const visit = (part: unknown, at: string) => {
      if (typeof part !== "object" || part === null) return;
      const { properties } = part as { properties?: Record<string, Part> };
      for (const [name, field] of Object.entries(properties ?? {})) {
        if (!("description" in field) && !("$ref" in field)) lacking.push(`${at}.${name}`);
      }
      for (const [name, member] of Object.entries(part)) visit(member, `${at}.${name}`);
    };
    visit(protocol, "ApplicationProtocol");
    assert.deepEqual(lacking, []);
  });
});

describe("words for messages", () => {
  it("find what was probably meant", () => {
    const known = ["protocol", "mode", "routeOn", "services"];
    assert.equal(nearest("routeon", known), "routeOn");
    assert.equal(nearest("mdoe", known), "mode");
    assert.equal(nearest("service", known), "services");
    assert.equal(nearest("timeout", known), undefined);
    assert.equal(nearest("x", known), undefined);
    assert.equal(nearest("v12", ["v1", "v123", "v2"]), "v1");
  });

  it("list, count and shorten", () => {
    assert.equal(list(["a"]), "`a`");
    assert.equal(list(["a", "b", "c"]), "`a`, `b` and `c`");
    assert.equal(count(1, "item"), "1 item");
    assert.equal(count(2, "item"), "2 items");
    assert.equal(show("a"), '"a"');
    assert.equal(show(undefined), "nothing");
    assert.equal(show("a".repeat(80)).length, 58);
  });
});
