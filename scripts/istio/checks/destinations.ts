/** Where a rule sends lanes to: host, port, subset and weights. */
import { titleOf } from "../../protocol/protocols.js";
import { list, nearest, show } from "../../protocol/wording.js";
import type { Field } from "./field.js";
import { fullName } from "./hosts.js";
import type { Mesh, Resource, Spoken } from "./mesh.js";
import { checkNamed } from "./misnamed.js";
import type { Notes } from "./notes.js";
import { subsetsOf } from "./subsets.js";

/** @param route one member of `spec.http` */
export function checkDestinations(
  route: Field,
  { namespace }: Resource,
  services: Spoken[],
  mesh: Mesh,
  notes: Notes,
): void {
  const targets = route.at("route").items;
  const mirrors = [
    route.at("mirror"),
    ...route.at("mirrors").items.map((m) => m.at("destination")),
  ];
  for (const destination of [...targets.map((it) => it.at("destination")), ...mirrors]) {
    if (destination.exists) checkDestination(destination, namespace, services, mesh, notes);
  }
  checkWeights(targets, route.at("route"), notes);
}

function checkWeights(targets: Field[], route: Field, notes: Notes): void {
  if (targets.length > 1 && targets.every((target) => (target.at("weight").number ?? 0) === 0)) {
    const message = "has no weight above 0, so lanes have nowhere to go";
    notes.error(route, message, "Give at least one destination a weight above 0.");
  }
  const seen = new Set<string>();
  for (const target of targets) {
    const name = JSON.stringify(target.at("destination").value);
    if (seen.has(name)) {
      const message = "names a destination that an earlier one of the rule names as well";
      notes.warning(
        target.at("destination"),
        message,
        "Name it once, with the sum of the weights.",
      );
    }
    seen.add(name);
  }
}

function checkDestination(
  destination: Field,
  namespace: string,
  services: Spoken[],
  mesh: Mesh,
  notes: Notes,
): void {
  const field = destination.at("host");
  const { text } = field;
  if (text === undefined) return;
  const host = fullName(text, namespace);
  if (checkNamed(field, namespace, mesh, notes)) return;
  const spoken = mesh.spokenAt(host);
  const lanes = spoken.filter(({ mode }) => mode === "lanes");
  if (lanes.length === 0) {
    notLanes(field, host, spoken, mesh, notes);
    return;
  }
  const [from] = services;
  const titles = lanes.map(({ protocol }) => titleOf(protocol.protocol));
  const own = from === undefined ? "" : titleOf(from.protocol.protocol);
  if (!titles.includes(own)) {
    const message = `is ${show(text)}, whose servers speak ${list(titles)}, not \`${own}\``;
    notes.error(field, message, `Send ${own} to servers that speak it.`);
  }
  checkPort(destination.at("port", "number"), host, lanes, mesh, notes);
  checkSubset(destination.at("subset"), host, mesh, notes);
}

function notLanes(field: Field, host: string, spoken: Spoken[], mesh: Mesh, notes: Notes): void {
  const remedy = "Add it to `spec.services` of an ApplicationProtocol in mode `lanes`.";
  const [other] = spoken;
  if (other !== undefined) {
    const message = `is ${show(field.text)}, which ${other.protocol.name} has in mode \`${other.mode}\``;
    notes.error(field, `${message}: it would get HTTP/2`, remedy);
  } else if (mesh.isGiven(host)) {
    const message = `is ${show(field.text)}, a service of no ApplicationProtocol: it would get HTTP/2`;
    notes.error(field, message, remedy);
  } else {
    const message = `is ${show(field.text)}, of which no given file says anything`;
    notes.warning(field, message, remedy);
  }
}

function checkPort(field: Field, host: string, lanes: Spoken[], mesh: Mesh, notes: Notes): void {
  const { number } = field;
  if (number === undefined || lanes.some(({ port }) => port === number)) return;
  const ports = lanes.map(({ port }) => port).join(" or ");
  const isThere = mesh.portsOf(host)?.some((given) => given.number === number) === true;
  const message = isThere
    ? `is ${number}, where ${host} speaks no protocol of an ApplicationProtocol`
    : `is ${number}, but the lanes of ${host} end at port ${ports}`;
  notes.error(field, message, `Write ${ports}.`);
}

function checkSubset(field: Field, host: string, mesh: Mesh, notes: Notes): void {
  const { text } = field;
  if (text === undefined || text === "") return;
  const known = subsetsOf(host, mesh);
  if (known === undefined) {
    const message = `is ${show(text)}, which no DestinationRule of the given files defines`;
    notes.warning(field, message, `Add a DestinationRule for ${host}, or give its file, too.`);
  } else if (!known.includes(text)) {
    const near = nearest(text, known);
    const message = `is ${show(text)}, which no DestinationRule for ${host} defines`;
    const others = known.length === 0 ? "it has none" : `it has ${list(known)}`;
    const remedy = `Add it to \`subsets\` (${others}).`;
    notes.error(field, message, near === undefined ? remedy : `Did you mean ${show(near)}?`);
  }
}
