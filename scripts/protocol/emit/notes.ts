/** Configuration whose parts carry comments, as commented YAML or as plain data. */
import { Document, Pair, Scalar, YAMLMap, YAMLSeq, type Node } from "yaml";

/** Any part of an Envoy configuration. */
export type Config = string | number | boolean | Config[] | ConfigMap | Noted;
export interface ConfigMap {
  [name: string]: Config;
}

class Noted {
  constructor(
    readonly text: string,
    readonly value: Config,
  ) {}
}

/** `value` with a comment above it; lines of `text` are lines of the comment. */
export function noted(text: string, value: Config): Noted {
  return new Noted(text, value);
}

/** The same without comments, e.g. for JSON. */
export function plain(value: Config): unknown {
  if (value instanceof Noted) return plain(value.value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}

/** YAML of at most about 100 columns, with `title` as its first comment. */
export function toYaml(title: string, value: Config): string {
  const document = new Document();
  document.contents = toNode(value);
  if (title !== "") document.commentBefore = commentOf(title);
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

/** Collections that fit in so many characters stay on one line. */
const FLOW_WIDTH = 76;

function toNode(value: Config): Node {
  if (value instanceof Noted) {
    const node = toNode(value.value);
    node.commentBefore = commentOf(value.text);
    return node;
  }
  if (typeof value !== "object") return toScalar(value);
  const collection = Array.isArray(value) ? toSeq(value) : toMap(value);
  collection.flow = widthOf(value, FLOW_WIDTH) <= FLOW_WIDTH;
  return collection;
}

/**
 * Text that every parser takes for text as it stands. YAML 1.1, which Kubernetes reads, has other
 * words for true and false, and Go's parser other ideas of what may stand in `{}`.
 */
const PLAIN = /^[A-Za-z_/@][A-Za-z0-9_./@|-]*(:[A-Za-z0-9_./|-]+)*$/;
const WORDS_OF_YAML_1_1 = /^(y|n|yes|no|on|off|true|false|null)$/i;

function toScalar(value: string | number | boolean): Scalar {
  const scalar = new Scalar(value);
  if (typeof value !== "string" || /[\n ]/.test(value)) return scalar;
  if (!PLAIN.test(value) || WORDS_OF_YAML_1_1.test(value)) scalar.type = Scalar.QUOTE_DOUBLE;
  return scalar;
}

function toSeq(values: Config[]): YAMLSeq {
  const seq = new YAMLSeq();
  seq.items = values.map(toNode);
  return seq;
}

function toMap(members: ConfigMap): YAMLMap {
  const map = new YAMLMap();
  for (const [name, member] of Object.entries(members)) {
    const key = new Scalar(name);
    // The comment belongs above the member's name, not between name and value.
    if (member instanceof Noted) key.commentBefore = commentOf(member.text);
    map.items.push(new Pair(key, toNode(member instanceof Noted ? member.value : member)));
  }
  return map;
}

/** Length of `value` as JSON; anything above `most` if it is longer, or has a comment inside. */
function widthOf(value: Config, most: number): number {
  if (typeof value !== "object") return JSON.stringify(value).length;
  if (value instanceof Noted) return Infinity;
  let width = 2;
  for (const [name, member] of Object.entries(value)) {
    const key = Array.isArray(value) ? 0 : name.length + 3;
    width += (width > 2 ? 1 : 0) + key + widthOf(member, most - width);
    if (width > most) break;
  }
  return width;
}

function commentOf(text: string): string {
  return text
    .split("\n")
    .map((line) => ` ${line}`)
    .join("\n");
}
