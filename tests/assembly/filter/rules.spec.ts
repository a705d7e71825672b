import "../../../assembly/codecs/builtin";
import "../../../assembly/filter/modes";
import { Metadata } from "../../../assembly/codecs/metadata";
import { readConfig } from "../../../assembly/filter/config/config";
import { ConnectionMode } from "../../../assembly/filter/connection/mode";
import { Rule } from "../../../assembly/filter/connection/rules";
import { RouteKeys } from "../../../assembly/filter/keys";

const ROUTE_ON = '["service","method","attachment.user"]';
/** The rules that are read, and the metadata that they are asked with. */
let rules: Rule[] = [];
let keys: RouteKeys | null = null;
let metadata: Metadata = new Metadata();

function read(json: string): void {
  const config = readConfig(
    '{"protocol":"dubbo","mode":"connection","routeOn":' +
      ROUTE_ON +
      ',"connection":{"rules":[' +
      json +
      "]}}",
  )!;
  rules = (config.mode as ConnectionMode).rules;
  keys = config.keys;
  metadata = config.metadata;
}

/** The values live as long as a test. */
const kept: ArrayBuffer[] = [];
function request(names: string[], values: string[]): void {
  metadata.clear();
  for (let i = 0; i < names.length; i++) {
    const text = String.UTF8.encode(values[i]);
    kept.push(text);
    const slot = keys!.slots[keys!.indexOf(names[i])];
    metadata.set(slot, changetype<usize>(text), text.byteLength);
  }
}

/** The rule that takes a request with these values of service, method and user ("-": absent). */
function taken(service: string, method: string, user: string): string {
  const names: string[] = [];
  const values: string[] = [];
  const all = ["service", "method", "attachment.user"];
  const given = [service, method, user];
  for (let i = 0; i < 3; i++) {
    if (given[i] == "-") continue;
    names.push(all[i]);
    values.push(given[i]);
  }
  request(names, values);
  for (let i = 0; i < rules.length; i++) {
    if (rules[i].holds(metadata)) return String.UTF8.decode(rules[i].name);
  }
  return "(none)";
}

function rule(name: string, match: string): string {
  return '{"name":"' + name + '","match":[' + match + '],"clusters":[{"name":"c"}]}';
}

describe("rules", () => {
  test("exact, prefix, regex, presence; the first that holds decides", () => {
    read(
      rule("exact", '{"key":"method","exact":"get"}') +
        "," +
        rule("prefix", '{"key":"method","prefix":"get"}') +
        "," +
        rule("regex", '{"key":"method","regex":"set[A-Z]\\\\w*"}') +
        "," +
        rule("user", '{"key":"attachment.user","present":true}'),
    );
    expect(taken("s", "get", "-")).toBe("exact");
    expect(taken("s", "getUser", "-")).toBe("prefix");
    expect(taken("s", "setUser", "u")).toBe("regex");
    expect(taken("s", "setup", "u")).toBe("user");
    expect(taken("s", "setup", "")).toBe("user", "an empty value is there");
    expect(taken("s", "setup", "-")).toBe("(none)");
  });

  test("all matches of a rule must hold; without one, all requests do", () => {
    read(
      rule("both", '{"key":"service","exact":"s"},{"key":"method","exact":"m"}') +
        "," +
        rule("rest", ""),
    );
    expect(taken("s", "m", "-")).toBe("both");
    expect(taken("s", "x", "-")).toBe("rest");
    expect(taken("-", "-", "-")).toBe("rest");
  });

  test("inverted, and absent", () => {
    read(
      rule("not-a", '{"key":"method","exact":"a","invert":true},{"key":"service","present":true}') +
        "," +
        rule("nobody", '{"key":"attachment.user","present":false}'),
    );
    expect(taken("s", "b", "u")).toBe("not-a");
    expect(taken("s", "-", "u")).toBe("not-a", "what is absent is not a");
    expect(taken("s", "a", "u")).toBe("(none)");
    expect(taken("s", "a", "-")).toBe("nobody");
  });

  test("an absent value matches no condition but absence", () => {
    read(
      rule("empty", '{"key":"method","exact":""}') +
        "," +
        rule("prefix", '{"key":"method","prefix":""}') +
        "," +
        rule("regex", '{"key":"method","regex":".*"}'),
    );
    expect(taken("s", "-", "-")).toBe("(none)");
    expect(taken("s", "", "-")).toBe("empty");
    expect(taken("s", "x", "-")).toBe("prefix");
  });
});

describe("weights", () => {
  test("any run of connections is split as the weights say, to within two", () => {
    read(
      '{"clusters":[{"name":"a","weight":80},{"name":"b","weight":20},{"name":"c","weight":0}]}',
    );
    let a = 0;
    let b = 0;
    for (let i = 1; i <= 20_000; i++) {
      const cluster = String.UTF8.decode(rules[0].draw());
      if (cluster == "a") a++;
      else if (cluster == "b") b++;
      assert(cluster != "c", "a cluster of weight 0 was drawn");
      assert(abs<f64>(<f64>b - <f64>i * 0.2) < 2.5, b.toString() + " of " + i.toString());
    }
    expect(a + b).toBe(20_000);
  });

  test("one cluster gets all", () => {
    read('{"clusters":[{"name":"only","weight":1000000}]}');
    for (let i = 0; i < 1_000; i++) assert(String.UTF8.decode(rules[0].draw()) == "only");
  });
});
