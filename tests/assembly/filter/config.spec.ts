import "../../../assembly/codecs/builtin";
import "../../../assembly/filter/modes";
import { protocolNames } from "../../../assembly/codecs/registry";
import { Config, readConfig } from "../../../assembly/filter/config/config";
import { ConnectionMode } from "../../../assembly/filter/connection/mode";
import { configError } from "../../../assembly/json/reader";

const LANES = '"protocol":"dubbo","mode":"lanes"';
const RULE = '{"clusters":[{"name":"c"}]}';
const names = protocolNames().join(", ");
const CONNECTION = '"protocol":"dubbo","mode":"connection"';

function config(fields: string): Config {
  const read = readConfig("{" + fields + "}");
  assert(read !== null, configError);
  return read!;
}

/** What is wrong with these fields. */
function error(fields: string): string {
  return readConfig("{" + fields + "}") === null ? configError : "(none)";
}

/** What is wrong with this field beside those that lanes must have. */
function lanesError(field: string): string {
  return error(LANES + "," + field);
}

/** What is wrong with this rule of mode connection. */
function ruleError(rule: string): string {
  return error(CONNECTION + ',"connection":{"rules":[' + rule + "]}");
}

/** What is wrong with this match, where service and method are routed on. */
function matchError(match: string): string {
  return ruleError('{"match":[' + match + '],"clusters":[{"name":"c"}]}');
}

describe("configuration, good", () => {
  test("what is left out has the defaults of the schema", () => {
    const c = config(LANES);
    expect(c.name).toBe("dubbo");
    expect(c.mode.name).toBe("lanes");
    expect(c.codec.name).toBe("dubbo");
    expect(c.authority).toBe("argot");
    expect(c.keys.names.join()).toBe("service,method");
    expect(c.maxFrameBytes).toBe(16 << 20);
    expect(c.maxMetadataBytes).toBe(8192);
    expect(c.maxConnections).toBe(100_000);
    expect(c.revision).toBe("");
    expect(c.spread).toBe(4);
    expect(c.maxRequests).toBe(0);
    expect(c.maxAgeSeconds).toBe(20);
    expect(c.idleSeconds).toBe(60);
    expect(c.maxLanes).toBe(1024);
    expect(c.maxInFlight).toBe(65_536);
    expect(c.maxBufferedBytes).toBe(64 << 20);
    expect(c.maxWorkerBytes).toBe(1 << 30);
  });

  test("what is given is taken over", () => {
    const c = config(
      '"protocol":"awesomerpc","mode":"lanes","name":"n","revision":"r-1","authority":"a.b","routeOn":["method"],' +
        '"maxFrameBytes":1024,"maxMetadataBytes":64,"maxConnections":0,' +
        '"lanes":{"spread":64,"maxRequests":5,"maxAgeSeconds":0,"idleSeconds":0,"maxLanes":1,' +
        '"maxInFlight":1,"maxBufferedBytes":65536,"maxWorkerBytes":3221225472}',
    );
    expect(c.codec.name).toBe("awesomerpc");
    expect(c.name).toBe("n");
    expect(c.authority).toBe("a.b");
    expect(c.maxFrameBytes).toBe(1024);
    expect(c.maxMetadataBytes).toBe(64);
    expect(c.maxConnections).toBe(0);
    expect(c.revision).toBe("r-1");
    expect(c.spread).toBe(64);
    expect(c.maxRequests).toBe(5);
    expect(c.maxAgeSeconds).toBe(0);
    expect(c.idleSeconds).toBe(0);
    expect(c.maxLanes).toBe(1);
    expect(c.maxInFlight).toBe(1);
    expect(c.maxBufferedBytes).toBe(65536);
    expect(c.maxWorkerBytes).toBe(3 << 30);
    expect(c.keys.names.join()).toBe("method");
  });

  test("rules", () => {
    const c = config(CONNECTION + ',"connection":{"rules":[' + RULE + "," + RULE + "]}");
    const mode = c.mode as ConnectionMode;
    expect(mode.name).toBe("connection");
    expect(mode.maxFirstFrameBytes).toBe(65536);
    expect(mode.rules.length).toBe(2);
    expect(String.UTF8.decode(mode.rules[1].name)).toBe("rule-1");
  });
});

describe("configuration, wrong: the field is named", () => {
  test("no JSON, no object", () => {
    expect(readConfig("{") === null).toBe(true);
    expect(configError).toBe("configuration: is not JSON: expected a key at offset 1");
    expect(readConfig("[]") === null).toBe(true);
    expect(configError).toBe("configuration: must be an object");
  });

  test("fields of all modes", () => {
    expect(error('"mode":"lanes"')).toBe("protocol: is missing; must be one of " + names);
    expect(error('"protocol":"corba","mode":"lanes"')).toBe(
      'protocol: "corba" is not known; must be one of ' + names,
    );
    expect(error('"protocol":"dubbo"')).toBe("mode: is missing; must be one of lanes, connection");
    expect(lanesError('"nme":"x"').startsWith("nme: unknown field; known are protocol, ")).toBe(
      true,
    );
    expect(lanesError('"name":7')).toBe("name: must be a string");
    expect(lanesError('"authority":""')).toBe("authority: must not be empty");
    expect(lanesError('"maxFrameBytes":1023')).toBe(
      "maxFrameBytes: must be a whole number from 1024 to 1073741824",
    );
    expect(lanesError('"maxMetadataBytes":"1k"')).toBe(
      "maxMetadataBytes: must be a whole number from 64 to 49152",
    );
    expect(lanesError('"maxConnections":-1')).toBe(
      "maxConnections: must be a whole number from 0 to 10000000",
    );
  });

  test("routeOn", () => {
    expect(lanesError('"routeOn":"service"')).toBe("routeOn: must be an array");
    expect(lanesError('"routeOn":["service","servise"]')).toBe(
      "routeOn[1]: must be service, method, version, group, parameterTypes or attachment.<name>",
    );
    expect(lanesError('"routeOn":["attachment."]').startsWith("routeOn[0]: must be")).toBe(true);
    expect(lanesError('"routeOn":["method","method"]')).toBe("routeOn[1]: is there twice");
    let many = '"attachment.a0"';
    for (let i = 1; i < 17; i++) many += ',"attachment.a' + i.toString() + '"';
    expect(lanesError('"routeOn":[' + many + "]")).toBe("routeOn: has more than 16 keys");
  });

  test("lanes", () => {
    expect(lanesError('"lanes":[]')).toBe("lanes: must be an object");
    expect(lanesError('"lanes":{"lanes":2}').startsWith("lanes.lanes: unknown field")).toBe(true);
    expect(lanesError('"lanes":{"spread":0}')).toBe(
      "lanes.spread: must be a whole number from 1 to 64",
    );
    expect(lanesError('"lanes":{"spread":65}').startsWith("lanes.spread: must be")).toBe(true);
    expect(lanesError('"lanes":{"idleSeconds":1.5}')).toBe(
      "lanes.idleSeconds: must be a whole number from 0 to 86400",
    );
    expect(lanesError('"lanes":{"maxLanes":0}')).toBe(
      "lanes.maxLanes: must be a whole number from 1 to 1000000",
    );
    expect(lanesError('"lanes":{"maxInFlight":0}')).toBe(
      "lanes.maxInFlight: must be a whole number from 1 to 1000000",
    );
    expect(lanesError('"lanes":{"maxBufferedBytes":65535}')).toBe(
      "lanes.maxBufferedBytes: must be a whole number from 65536 to 1073741824",
    );
    expect(lanesError('"lanes":{"maxWorkerBytes":1048575}')).toBe(
      "lanes.maxWorkerBytes: must be a whole number from 1048576 to 3221225472",
    );
    expect(lanesError('"lanes":{"maxRequests":-1}')).toBe(
      "lanes.maxRequests: must be a whole number from 0 to 1000000000",
    );
    expect(lanesError('"lanes":{"maxAgeSeconds":86401}')).toBe(
      "lanes.maxAgeSeconds: must be a whole number from 0 to 86400",
    );
    expect(lanesError('"connection":{}')).toBe("connection: belongs to mode connection");
  });

  test("connection and its rules", () => {
    expect(error(CONNECTION)).toBe("connection: is missing; mode connection needs its rules");
    expect(error(CONNECTION + ',"connection":{}')).toBe(
      "connection.rules: needs at least one rule",
    );
    expect(error(CONNECTION + ',"lanes":{},"connection":{"rules":[' + RULE + "]}")).toBe(
      "lanes: belongs to mode lanes",
    );
    expect(error(CONNECTION + ',"connection":{"maxFirstFrameBytes":63}')).toBe(
      "connection.maxFirstFrameBytes: must be a whole number from 64 to 1048576",
    );
    expect(ruleError("7")).toBe("connection.rules[0]: must be an object");
    expect(ruleError("{}")).toBe(
      "connection.rules[0].clusters: needs a cluster with a weight above 0",
    );
    expect(ruleError('{"clusters":[{"name":"c","weight":0}]}')).toBe(
      "connection.rules[0].clusters: needs a cluster with a weight above 0",
    );
    expect(ruleError('{"clusters":[{"weight":1}]}')).toBe(
      "connection.rules[0].clusters[0].name: is missing",
    );
    expect(ruleError(RULE + ',{"clusters":[{"name":"c","weight":1000001}]}')).toBe(
      "connection.rules[1].clusters[0].weight: must be a whole number from 0 to 1000000",
    );
  });

  test("matches", () => {
    const at = "connection.rules[0].match[0]";
    expect(matchError('{"exact":"x"}')).toBe(at + '.key: "" is not in routeOn');
    expect(matchError('{"key":"group","exact":"x"}')).toBe(at + '.key: "group" is not in routeOn');
    const one = at + ": needs exactly one of exact, prefix, regex, present";
    expect(matchError('{"key":"method"}')).toBe(one);
    expect(matchError('{"key":"method","exact":"a","prefix":"b"}')).toBe(one);
    expect(matchError('{"key":"method","present":"yes"}')).toBe(
      at + ".present: must be true or false",
    );
    expect(matchError('{"key":"method","exact":1}')).toBe(at + ".exact: must be a string");
    expect(matchError('{"key":"method","regex":"a("}')).toBe(
      at + ".regex: missing ) at character 2",
    );
    expect(matchError('{"key":"method","exact":"a","invert":0}')).toBe(
      at + ".invert: must be true or false",
    );
  });
});
