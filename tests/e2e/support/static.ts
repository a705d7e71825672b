/** What `argot envoy` prints, for tests that change it by hand before Envoy gets it. */
import { parse } from "yaml";
import { envoyYaml } from "../../../scripts/protocol/emit/bootstrap.js";
import type { Bootstrap } from "../../support/envoy.js";
import { freePorts } from "../../support/ports.js";
import { modelOf, wasm, type Setup } from "./stage.js";

export interface Filter {
  name: string;
  typed_config: {
    config?: { configuration: { value: string } };
    http_filters?: unknown[];
    [field: string]: unknown;
  };
}

/** As much of an envoy.yaml as is changed here. */
export interface Printed extends Bootstrap {
  static_resources: {
    listeners: { filter_chains: { filters: Filter[] }[] }[];
    clusters: unknown[];
  };
}

/** The envoy.yaml of `setups` on free ports, which come in the same order. */
export async function printed(setups: Setup[]): Promise<{ config: Printed; ports: number[] }> {
  const model = modelOf(setups);
  const ports = await freePorts(setups.length);
  for (const [i, { services }] of model.entries()) services[0]!.port = ports[i]!;
  const text = envoyYaml(model, { wasm, adminPort: 0, source: "test" });
  return { config: parse(text) as Printed, ports };
}

/** The filters of the listener of one setup: Argot's, then the one that routes. */
export function filtersOf({ static_resources }: Printed, index = 0): Filter[] {
  const filters = static_resources.listeners[index]?.filter_chains[0]?.filters;
  if (filters === undefined) throw new Error(`no filter chain of listener ${index}`);
  return filters;
}
