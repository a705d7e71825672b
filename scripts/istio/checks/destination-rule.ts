/** DestinationRules of lanes: what of them has an effect on lanes. */
import { list, show } from "../../protocol/wording.js";
import { checkConnectionPool, checkOutliers } from "./connection-pool.js";
import type { Field } from "./field.js";
import { fullName } from "./hosts.js";
import { headerFault } from "./lane-headers.js";
import type { Mesh, Spoken } from "./mesh.js";
import { checkNamed } from "./misnamed.js";
import { Notes, type RouteFinding } from "./notes.js";
import { checkSubsets } from "./subsets.js";

export function checkDestinationRules(mesh: Mesh, found: RouteFinding[]): void {
  for (const { document, namespace, spec } of mesh.all("DestinationRule")) {
    const field = spec.at("host");
    if (field.text === undefined) continue;
    const notes = new Notes(document, found);
    checkNamed(field, namespace, mesh, notes);
    const host = fullName(field.text, namespace);
    const lanes = mesh.lanesAt(host);
    if (lanes.length === 0) continue;
    const own = notes.shared(host.includes("*"));
    checkPolicy(spec.at("trafficPolicy"), lanes, mesh, own);
    for (const subset of spec.at("subsets").items) {
      checkPolicy(subset.at("trafficPolicy"), lanes, mesh, own);
    }
    for (const { host } of lanes) checkSubsets(spec.at("subsets"), host, mesh, own);
  }
}

/** A traffic policy, and those for single ports in it. */
function checkPolicy(policy: Field, lanes: Spoken[], mesh: Mesh, notes: Notes): void {
  const isSpoken = (number: number) => lanes.some(({ port }) => port === number);
  const ports = lanes.flatMap(({ host }) => mesh.portsOf(host) ?? []);
  const hasOthers = ports.some(({ number }) => !isSpoken(number));
  checkSettings(policy, lanes, notes.shared(hasOthers));
  for (const setting of policy.at("portLevelSettings").items) {
    const field = setting.at("port", "number");
    const { number } = field;
    if (number === undefined || isSpoken(number)) checkSettings(setting, lanes, notes);
    else if (!ports.some((port) => port.number === number)) {
      const own = [...new Set(lanes.map(({ port }) => String(port)))];
      const message = `is ${number}, but ${lanes[0]?.host} is called at ${list(own)}`;
      const remedy = `Write ${own.join(" or ")}.`;
      // A port that no given file tells may be there all the same.
      if (ports.length > 0) notes.error(field, message, remedy);
      else notes.warning(field, message, remedy);
    }
  }
}

function checkSettings(settings: Field, lanes: Spoken[], notes: Notes): void {
  checkHash(settings.at("loadBalancer", "consistentHash"), lanes, notes);
  checkConnectionPool(settings.at("connectionPool"), lanes, notes);
  checkOutliers(settings.at("outlierDetection"), notes);
}

function checkHash(hash: Field, lanes: Spoken[], notes: Notes): void {
  const header = hash.at("httpHeaderName");
  if (header.text !== undefined) {
    const fault = headerFault(header.text, lanes);
    if (fault !== null) {
      const message = `is ${show(header.text)}: it ${fault.message}, so nothing is hashed`;
      notes.error(header, message.replace(/: it is a /, ", a "), fault.remedy);
    }
  }
  for (const [name, what] of [
    ["httpCookie", "cookies"],
    ["httpQueryParameterName", "query parameters"],
  ] as const) {
    const field = hash.at(name);
    if (!field.exists) continue;
    const remedy = "Write `httpHeaderName` with the header of a key of `routeOn`.";
    notes.error(field.key, `hashes nothing: lanes have no ${what}`, remedy);
  }
}
