/** DubboAuthorizationPolicy as AuthorizationPolicy on the paths and headers of lanes. */
import { headerOf } from "../protocol/headers.js";
import { fieldOf } from "../protocol/problem.js";
import { show } from "../protocol/wording.js";
import type { Field } from "./field.js";
import type { Mesh, Port } from "./mesh.js";
import { pathsOf } from "./paths.js";
import { metadataOf, type Resource } from "./resources.js";

const ROOT = "istio-system";

/** undefined: it refuses nothing. */
export function migratePolicy(resource: Resource, mesh: Mesh): object | undefined {
  const { root, namespace } = resource;
  const ports = mesh.portsOf("dubbo", namespace);
  if (ports.length === 0) {
    root
      .at("metadata", "namespace")
      .wrong(
        `is ${show(namespace)}, of which the files have no Service or ServiceEntry with a Dubbo port`,
        "Name the file with it, too: the policy has to say which ports it is for.",
      );
    return undefined;
  }
  const action = actionOf(root.at("spec", "action"));
  const numbers = targetPortsOf(ports, root);
  notePlace(resource, ports);
  const rules = root.at("spec", "rules");
  const migrated = rules
    .items()
    .flatMap((rule) => migrateRule(rule, ports).map((each) => onPorts(each, numbers)));
  const metadata = metadataOf(resource);
  if (action === "DENY" && migrated.length === 0) {
    rules.none("Without rules it refuses nothing: left out.");
    return undefined;
  }
  // An ALLOW policy refuses all that it does not name, also on ports that Aeraki left alone.
  noteRules(rules, action);
  const others = action === "ALLOW" ? [{ to: [{ operation: { notPorts: numbers } }] }] : [];
  return {
    apiVersion: "security.istio.io/v1",
    kind: "AuthorizationPolicy",
    metadata,
    spec: { action, rules: [...migrated, ...others] },
  };
}

function actionOf(field: Field): "ALLOW" | "DENY" {
  const action = field.text() ?? "ALLOW";
  if (action === "ALLOW" || action === "DENY") {
    field.maps("spec.action");
    return action;
  }
  field.wrong(`is ${show(action)}`, "Write ALLOW or DENY.");
  return "ALLOW";
}

/** As the servers' sidecars see them. */
function targetPortsOf(ports: Port[], root: Field): string[] {
  if (ports.some(({ targetPort }) => targetPort === undefined)) {
    root
      .at("spec")
      .wrong(
        "is for a port whose `targetPort` is a name",
        "Write the number in the Service, for the policy names ports by number.",
      );
  }
  const numbers = ports.map(({ targetPort, number }) => targetPort ?? number);
  return [...new Set(numbers)].sort((a, b) => a - b).map(String);
}

/** Empty lists and conditions, which say something, too. */
function noteRules(rules: Field, action: string): void {
  const items = rules.items();
  if (items.length === 0) rules.maps(action === "ALLOW" ? "refuses everything" : "refuses nothing");
  for (const rule of items) {
    for (const part of rule.unmentioned()) part.maps(`${fieldOf(part.path)}: any`);
  }
}

function notePlace({ root, namespace }: Resource, ports: Port[]): void {
  if (namespace === ROOT) {
    root
      .at("metadata", "namespace")
      .differently("metadata.namespace", `In Istio a policy in ${ROOT} is for the whole mesh.`);
  }
  const kind = root.at("kind");
  if (ports.every(({ name }) => name.isNative)) {
    kind.maps("AuthorizationPolicy", "For Dubbo's ports only: an extra rule allows all others.");
  } else {
    kind.differently(
      "AuthorizationPolicy",
      "For Dubbo's ports only; now also `tcp-metaprotocol-dubbo`, where Aeraki does not mind it.",
    );
  }
}

interface Rule {
  from?: object[];
  to?: { operation: object }[];
  when?: object[];
}

/** A rule for each operation: conditions on headers are of a rule, not of an operation. */
function migrateRule(rule: Field, ports: Port[]): Rule[] {
  const from = migrateSources(rule.at("from"));
  const operations = rule
    .at("to")
    .items()
    .map((to) => migrateOperation(to.at("operation"), ports));
  const rules = operations.length > 0 ? operations : [{}];
  return rules.map((each) => ({ ...from, ...each }));
}

/** The fields of a source; Istio has the same ones, with the same patterns. */
const SOURCE = ["principals", "notPrincipals", "namespaces", "notNamespaces"];

function migrateSources(from: Field): Rule {
  const sources = from.items().map((each) => {
    const source = each.at("source");
    return Object.fromEntries(
      SOURCE.flatMap((name): [string, string[]][] => {
        const values = source.at(name).texts();
        if (values.some((value) => value.slice(1, -1).includes("*"))) {
          const how =
            "Istio knows `*` at the start or the end only; elsewhere it stands for itself.";
          source.at(name).differently(`from[].source.${name}`, how);
        } else source.at(name).maps(`from[].source.${name}`);
        return values.length > 0 ? [[name, values]] : [];
      }),
    );
  });
  // One source without conditions is any source.
  const isAny = sources.length === 0 || sources.some((source) => Object.keys(source).length === 0);
  return isAny ? {} : { from: sources.map((source) => ({ source })) };
}

function migrateOperation(operation: Field, ports: Port[]): Rule {
  const values = (name: string) => operation.at(name).texts();
  const asked = {
    ...{ interfaces: values("interfaces"), notInterfaces: values("notInterfaces") },
    ...{ methods: values("methods"), notMethods: values("notMethods") },
  };
  const paths = pathsOf(asked);
  const conditions = [
    condition("service", asked.interfaces, asked.notInterfaces),
    condition("method", asked.methods, asked.notMethods),
  ].filter((each) => each !== undefined);
  const names = Object.keys(asked) as (keyof typeof asked)[];
  const used = names.filter((name) => asked[name].length > 0);
  // Without the keys, a lane has neither the path nor the headers.
  if (used.length > 0) for (const { keys } of ports) keys.add("service").add("method");
  for (const name of used) {
    const key = /interfaces/i.test(name) ? "service" : "method";
    operation
      .at(name)
      .maps(
        paths === undefined ? `when request.headers[${headerOf(key)}]` : "to[].operation.paths",
      );
  }
  if (used.length === 0) return {};
  return paths === undefined ? { when: conditions } : { to: [{ operation: paths }] };
}

function condition(key: string, values: string[], notValues: string[]): object | undefined {
  if (values.length + notValues.length === 0) return undefined;
  return {
    key: `request.headers[${headerOf(key)}]`,
    ...(values.length > 0 && { values }),
    ...(notValues.length > 0 && { notValues }),
  };
}

/** The rule for Dubbo's ports only: Aeraki has no say in others. */
function onPorts(rule: Rule, ports: string[]): Rule {
  const operations = rule.to ?? [{ operation: {} }];
  return {
    ...(rule.from && { from: rule.from }),
    to: operations.map(({ operation }) => ({ operation: { ...operation, ports } })),
    ...(rule.when && { when: rule.when }),
  };
}
