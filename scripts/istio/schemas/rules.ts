/**
 * The rules that Istio's CustomResourceDefinitions state in CEL, in TypeScript: by their text, so
 * that a rule that a new version of Istio adds or changes is missed by the tests.
 */
import { parseDuration } from "./durations.js";

export interface Rule {
  /** Of a value of another type, which the schema refuses anyway, every rule holds. */
  holds: (value: unknown) => boolean;
  remedy: string;
}

type Fields = Record<string, unknown>;

function ofText(holds: (text: string) => boolean, remedy: string): Rule {
  return { holds: (value) => typeof value !== "string" || holds(value), remedy };
}
function ofMap(holds: (fields: Fields) => boolean, remedy: string): Rule {
  const isMap = (value: unknown): value is Fields =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  return { holds: (value) => !isMap(value) || holds(value), remedy };
}
const ofKeys = (holds: (key: string) => boolean, remedy: string): Rule =>
  ofMap((fields) => Object.keys(fields).every(holds), remedy);

/** Of these fields at most one is there. */
const oneOf = (...names: string[]): Rule =>
  ofMap((fields) => names.filter((name) => name in fields).length <= 1, "Keep one of them.");

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const isPort = (port: number): boolean => Number.isInteger(port) && port > 0 && port <= 65_535;
const portRemedy = "Write a port from 1 to 65535.";

/** The scheme of a URL as Go reads it; "": there is none. */
const schemeOf = (url: string): string => /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1] ?? "";
const imageUrl = ofText(
  (url) => ["", "http", "https", "oci", "file"].includes(schemeOf(url).toLowerCase()),
  "Write e.g. `oci://registry/argot:1`, `https://host/argot.wasm` or `file:///etc/argot.wasm`.",
);

const rules: Record<string, Rule> = {
  '!self.contains("*")': ofText((text) => !text.includes("*"), "Write the label without `*`."),
  'self.all(key, !key.contains("*"))': ofKeys(
    (key) => !key.includes("*"),
    "Write the labels without `*`.",
  ),
  "self.all(key, key.size() != 0)": ofKeys((key) => key !== "", "Give every label a name."),
  "self.size() == 0": ofText((text) => text === "", "Leave it out: it is the resource's own."),
  'isURL(self) ? (url(self).getScheme() in ["", "http", "https", "oci", "file"]) : (isURL("http://" + self) &&\nurl("http://" + self).getScheme() in ["", "http", "https", "oci", "file"])':
    imageUrl,
  'isURL(self) ? (url(self).getScheme() in ["", "http", "https", "file", "oci"]) : (isURL("http://" + self) &&\nurl("http://" + self).getScheme() in ["", "http", "https", "file", "oci"])':
    imageUrl,
  '(has(self.valueFrom) ? self.valueFrom : "") != "HOST" || !has(self.value)': ofMap(
    (env) => env.valueFrom !== "HOST" || !("value" in env),
    "Remove `value`, or write `valueFrom: INLINE`.",
  ),
  "(has(self.selector) ? 1 : 0) + (has(self.targetRef) ? 1 : 0) + (has(self.targetRefs) ? 1 : 0) <= 1":
    oneOf("selector", "targetRef", "targetRefs"),
  "(has(self.selector) ? 1 : 0) + (has(self.targetRefs) ? 1 : 0) <= 1": oneOf(
    ...["selector", "targetRefs"],
  ),
  "has(self.wasm) != has(self.lua)": ofMap(
    (spec) => "wasm" in spec !== "lua" in spec,
    "Write exactly one of `wasm` and `lua`.",
  ),
  "duration(self) >= duration('1ms')": ofText(
    (text) => (parseDuration(text) ?? 0) >= 0.001,
    "Write a number with its unit, e.g. `5s`, `250ms` or `1h30m`.",
  ),
  "(has(self.workloadSelector) ? 1 : 0) + (has(self.targetRefs) ? 1 : 0) <= 1": oneOf(
    ...["workloadSelector", "targetRefs"],
  ),
  'has(self.context) ? ((self.context == "WAYPOINT") ? has(self.waypoint) : !has(self.waypoint)) : !has(self.waypoint)':
    ofMap(
      (match) => (match.context === "WAYPOINT") === "waypoint" in match,
      "Write `waypoint` with `context: WAYPOINT`, and only with it.",
    ),
  "(has(self.tlsCertificates) ? 1 : 0) + (has(self.credentialNames) ? 1 : 0) <= 1": oneOf(
    ...["tlsCertificates", "credentialNames"],
  ),
  "(has(self.credentialName) ? 1 : 0) + (has(self.credentialNames) ? 1 : 0) <= 1": oneOf(
    ...["credentialName", "credentialNames"],
  ),
  "(has(self.credentialNames) ? 1 : 0) + (has(self.tlsCertificates) ? 1 : 0) <= 1": oneOf(
    ...["credentialNames", "tlsCertificates"],
  ),
  'self.startsWith("unix://") ? (self.substring(7, 8) == "/" || self.substring(7, 8) == "@") : true':
    ofText(
      (address) => !address.startsWith("unix://") || /^unix:\/\/[/@]/.test(address),
      "Write `unix:///path`, or `unix://@name` for an abstract socket.",
    ),
  'self.startsWith("unix://") ? !self.endsWith("/") : true': ofText(
    (address) => !(address.startsWith("unix://") && address.endsWith("/")),
    "Write the path of the socket, not of a folder.",
  ),
  "0 < self && self <= 65535": {
    holds: (port) => typeof port !== "number" || isPort(port),
    remedy: portRemedy,
  },
  // So it stands in Istio's definitions.
  "0 < self && self <= 6553": {
    holds: (port) => typeof port !== "number" || (isPort(port) && port <= 6553),
    remedy: "Write a port from 1 to 6553: Istio's definition allows no higher one here.",
  },
  'self.all(key, size(key) < 63 && key.matches("^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$"))':
    ofKeys(
      (key) => key.length < 63 && /^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$/.test(key),
      "Name ports with letters, digits and `-`, at most 62.",
    ),
  "has(self.address) || has(self.network)": ofMap(
    (entry) => "address" in entry || "network" in entry,
    "Add `address`.",
  ),
  '(has(self.address) ? self.address : "").startsWith("unix://") ? !has(self.ports) : true': ofMap(
    ({ address, ports }) =>
      !(typeof address === "string" && address.startsWith("unix://") && ports !== undefined),
    "Remove `ports`: a socket in the file system has none.",
  ),
  'self != "*"': ofText((host) => host !== "*", "Write a host name, e.g. `*.example.com`."),
  "self.all(l1, self.exists_one(l2, l1.number == l2.number))": {
    holds: (ports) => {
      const numbers = listOf(ports).map((port) => (port as Fields | null)?.number);
      return new Set(numbers).size === numbers.length;
    },
    remedy: "Write each port number once.",
  },
  "(has(self.workloadSelector) ? 1 : 0) + (has(self.endpoints) ? 1 : 0) <= 1": oneOf(
    ...["workloadSelector", "endpoints"],
  ),
  '!((has(self.addresses) ? self.addresses : []).exists(k, k.contains("/")) && !((has(self.resolution) ? self.resolution : "NONE") in ["STATIC", "NONE"]))':
    ofMap(
      ({ addresses, resolution = "NONE" }) =>
        !listOf(addresses).some((address) => String(address).includes("/")) ||
        ["STATIC", "NONE"].includes(resolution as string),
      "Write single addresses, or `resolution: STATIC`.",
    ),
  '((has(self.resolution) ? self.resolution : "NONE") == "NONE") ? !has(self.endpoints) : true':
    ofMap(
      ({ resolution = "NONE", endpoints }) => resolution !== "NONE" || endpoints === undefined,
      "Write `resolution: STATIC` or `DNS`, or remove `endpoints`.",
    ),
  '((has(self.resolution) ? self.resolution : "") == "DNS_ROUND_ROBIN") ? ((has(self.endpoints) ? self.endpoints : []).size() <= 1) : true':
    ofMap(
      ({ resolution, endpoints }) =>
        resolution !== "DNS_ROUND_ROBIN" || listOf(endpoints).length <= 1,
      "Keep one endpoint, or write `resolution: DNS`.",
    ),
  'self in ["", "HTTP", "HTTPS"]': ofText(
    (scheme) => ["", "HTTP", "HTTPS"].includes(scheme),
    "Write `HTTP` or `HTTPS`.",
  ),
  "(has(self.serviceAccounts) || has(self.notServiceAccounts)) ? (!has(self.principals) &&\n!has(self.notPrincipals) && !has(self.namespaces) && !has(self.notNamespaces)) : true":
    ofMap(
      (source) =>
        !("serviceAccounts" in source || "notServiceAccounts" in source) ||
        !["principals", "notPrincipals", "namespaces", "notNamespaces"].some((n) => n in source),
      "Name service accounts alone, without principals and namespaces.",
    ),
  "self.all(key, 0 < int(key) && int(key) <= 65535)": ofKeys(
    (key) => /^\d+$/.test(key) && isPort(Number(key)),
    portRemedy,
  ),
  "has(self.portLevelMtls) ? (((has(self.selector) && has(self.selector.matchLabels)) ? self.selector.matchLabels : {}).size() > 0) : true":
    ofMap(
      ({ portLevelMtls, selector }) =>
        portLevelMtls === undefined ||
        Object.keys((selector as { matchLabels?: object } | undefined)?.matchLabels ?? {}).length >
          0,
      "Add `selector.matchLabels`: ports mean something only on chosen workloads.",
    ),
  'url(self).getScheme() in ["http", "https"]': ofText(
    (url) => /^https?:\/\//.test(url),
    "Write a URL that begins with `https://` or `http://`.",
  ),
  "(has(self.jwksUri) ? 1 : 0) + (has(self.jwks_uri) ? 1 : 0) + (has(self.jwks) ? 1 : 0) <= 1":
    oneOf("jwksUri", "jwks_uri", "jwks"),
  '((has(self.operation) ? self.operation : "") == "UPSERT") ? (self.value != "") : true': ofMap(
    ({ operation, value }) => operation !== "UPSERT" || (value !== undefined && value !== ""),
    "Add `value`, or write `operation: REMOVE`.",
  ),
  '((has(self.operation) ? self.operation : "") == "REMOVE") ? !has(self.value) : true': ofMap(
    ({ operation, value }) => operation !== "REMOVE" || value === undefined,
    "Remove `value`, or write `operation: UPSERT`.",
  ),
};

/** @throws Error if it was not written yet: `npm run schemas` brought a new one */
export function ruleNamed(text: string): Rule {
  const rule = rules[text];
  if (rule === undefined) throw new Error(`rules.ts lacks the rule ${text}`);
  return rule;
}
