/** One VM for a file's properties, as one Envoy worker serves all connections; its plugins. */
import assert from "node:assert/strict";
import { Vm } from "../host/vm.js";
import { ROUTE_ON } from "./calls.js";

let shared: Vm | undefined;
const roots = new Map<string, number>();

export function vm(): Vm {
  return (shared ??= new Vm());
}

/** Root context of a plugin with this configuration; each is configured once. */
export function root(configuration: object): number {
  const text = JSON.stringify(configuration);
  let id = roots.get(text);
  if (id === undefined) {
    const made = vm().configure(text);
    assert.ok(made !== null, `configuration refused: ${vm().logs.at(-1)}`);
    roots.set(text, (id = made));
  }
  return id;
}

/** Fields of the plugin's configuration. */
type Changes = { lanes?: object } & Record<string, unknown>;

/** Mode `lanes`, with changes to its configuration; one lane a key unless they say more. */
export function lanesRoot({ lanes, ...changes }: Changes = {}): number {
  const plugin = { protocol: "dubbo", mode: "lanes", routeOn: ROUTE_ON, ...changes };
  return root({ ...plugin, lanes: { spread: 1, ...lanes } });
}
