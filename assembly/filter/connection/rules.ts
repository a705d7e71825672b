/**
 * Rules over metadata that pick the cluster of a connection. tcp_proxy's own weights ignore
 * the filter state, so weights are drawn here.
 */
import { Metadata } from "../../codecs/metadata";
import { currentNanoseconds } from "../../host/clock";
import { Json } from "../../json/json";
import {
  complain,
  join,
  onlyKeys,
  readArray,
  readBool,
  readInteger,
  readString,
} from "../../json/reader";
import { RouteKeys } from "../keys";
import { Regex } from "../regex/program";

export enum MatchType {
  EXACT,
  PREFIX,
  REGEX,
  PRESENT,
}

export class Match {
  type: MatchType = MatchType.EXACT;
  slot: u32 = 0;
  invert: bool = false;
  /** PRESENT: whether the key must be there. */
  present: bool = true;
  /** EXACT and PREFIX: the value, as UTF-8. */
  value: ArrayBuffer = new ArrayBuffer(0);
  regex: Regex | null = null;

  holds(m: Metadata): bool {
    return this.test(m.at(this.slot), m.length(this.slot)) != this.invert;
  }

  private test(p: usize, n: u32): bool {
    if (this.type == MatchType.PRESENT) return (p != 0) == this.present;
    if (p == 0) return false;
    if (this.type == MatchType.REGEX) return this.regex!.matches(p, n);
    const length = <u32>this.value.byteLength;
    if (n < length || (this.type == MatchType.EXACT && n != length)) return false;
    return memory.compare(p, changetype<usize>(this.value), length) == 0;
  }
}

export class Rule {
  /** UTF-8. */
  name: ArrayBuffer = new ArrayBuffer(0);
  matches: Match[] = [];
  clusters: ArrayBuffer[] = [];
  private weights: u32[] = [];
  private totalWeight: u32 = 0;
  /** Where the last draw fell, as a fraction of 2^32. */
  private drawn: u32 = <u32>currentNanoseconds() * 0x85ebca6b;

  addCluster(name: string, weight: u32): void {
    this.clusters.push(String.UTF8.encode(name));
    this.weights.push(weight);
    this.totalWeight += weight;
  }
  get weight(): u32 {
    return this.totalWeight;
  }

  holds(m: Metadata): bool {
    for (let i = 0; i < this.matches.length; i++) {
      if (!this.matches[i].holds(m)) return false;
    }
    return true;
  }

  /**
   * The next connection's cluster. Steps by the golden ratio instead of throwing dice: any run
   * of connections is split as the weights say, to within one or two.
   */
  draw(): ArrayBuffer {
    this.drawn += 0x9e3779b9;
    let ticket = <u32>((<u64>this.drawn * this.totalWeight) >> 32);
    let i = 0;
    while (ticket >= this.weights[i]) ticket -= this.weights[i++];
    return this.clusters[i];
  }
}

export function readRules(items: Json[], keys: RouteKeys): Rule[] {
  const rules: Rule[] = [];
  if (items.length == 0) complain("connection.rules", "needs at least one rule");
  for (let i = 0; i < items.length; i++) rules.push(readRule(items[i], i, keys));
  return rules;
}

function readRule(json: Json, index: i32, keys: RouteKeys): Rule {
  const path = "connection.rules[" + index.toString() + "]";
  const rule = new Rule();
  onlyKeys(json, path, ["name", "match", "clusters"]);
  rule.name = String.UTF8.encode(readString(json, path, "name", "rule-" + index.toString()));
  const matches = readArray(json, path, "match");
  for (let i = 0; i < matches.length; i++)
    rule.matches.push(readMatch(matches[i], join(path, "match[" + i.toString() + "]"), keys));
  const clusters = readArray(json, path, "clusters");
  for (let i = 0; i < clusters.length; i++) {
    const at = join(path, "clusters[" + i.toString() + "]");
    onlyKeys(clusters[i], at, ["name", "weight"]);
    const name = readString(clusters[i], at, "name", "");
    if (name == "") complain(join(at, "name"), "is missing");
    rule.addCluster(name, readInteger(clusters[i], at, "weight", 1, 0, 1_000_000));
  }
  if (rule.weight == 0) complain(join(path, "clusters"), "needs a cluster with a weight above 0");
  return rule;
}

function readMatch(json: Json, path: string, keys: RouteKeys): Match {
  const match = new Match();
  onlyKeys(json, path, ["key", "exact", "prefix", "regex", "present", "invert"]);
  const key = readString(json, path, "key", "");
  const index = keys.indexOf(key);
  if (index < 0) complain(join(path, "key"), '"' + key + '" is not in routeOn');
  else match.slot = keys.slots[index];
  match.invert = readBool(json, path, "invert", false);
  let conditions = 0;
  if (json.get("exact") !== null) {
    conditions++;
    match.value = String.UTF8.encode(readString(json, path, "exact", ""));
  }
  if (json.get("prefix") !== null) {
    conditions++;
    match.type = MatchType.PREFIX;
    match.value = String.UTF8.encode(readString(json, path, "prefix", ""));
  }
  if (json.get("regex") !== null) {
    conditions++;
    match.type = MatchType.REGEX;
    const regex = new Regex(readString(json, path, "regex", ""));
    if (regex.error != "") complain(join(path, "regex"), regex.error);
    match.regex = regex;
  }
  if (json.get("present") !== null) {
    conditions++;
    match.type = MatchType.PRESENT;
    match.present = readBool(json, path, "present", true);
  }
  if (conditions != 1) complain(path, "needs exactly one of exact, prefix, regex, present");
  return match;
}
