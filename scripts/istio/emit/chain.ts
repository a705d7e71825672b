/**
 * Where connections are intercepted, an HTTP port of a client's sidecar is one listener for all
 * services, whose http_inspector looks for HTTP; private bytes would pass it unrouted. A chain of
 * their own takes what is neither HTTP nor TLS; HTTP services on the same port go on as they were,
 * because the filter is in no other chain.
 */
import { noted, type ConfigMap } from "../../protocol/emit/notes.js";
import type { ApplicationProtocol } from "../../protocol/model.js";
import { managerForRoutes } from "./connection-manager.js";
import { distinct, HCM, networkFilterType, type Patch } from "./patches.js";
import { extensionName, type Delivery } from "./plugin.js";

export function outboundChains(protocol: ApplicationProtocol, delivery: Delivery): Patch[] {
  return distinct(protocol.services.map(({ port }) => port)).map((port) => ({
    applyTo: "FILTER_CHAIN",
    match: { context: "SIDECAR_OUTBOUND", listener: { name: `0.0.0.0_${port}` } },
    patch: {
      operation: "ADD",
      value: {
        name: `argot-${protocol.name}`,
        filter_chain_match: noted("What the http_inspector does not take for HTTP.", {
          transport_protocol: "raw_buffer",
        }),
        filters: [filterByName(protocol, delivery), managerForRoutes(port)],
      },
    },
  }));
}

/** A Gateway's port is the protocol's alone; the filter comes to it by name all the same. */
export function gatewayFilters(protocol: ApplicationProtocol, delivery: Delivery): Patch[] {
  return distinct(protocol.services.map(({ port }) => port)).map((portNumber) => ({
    applyTo: "NETWORK_FILTER",
    match: {
      context: "GATEWAY",
      listener: { portNumber, filterChain: { filter: { name: HCM } } },
    },
    patch: { operation: "INSERT_BEFORE", value: filterByName(protocol, delivery) },
  }));
}

function filterByName(protocol: ApplicationProtocol, delivery: Delivery): ConfigMap {
  return {
    name: noted(
      "The WasmPlugin of this protocol, by istiod's name for it.",
      extensionName(protocol, delivery),
    ),
    config_discovery: {
      config_source: { ads: {}, initial_fetch_timeout: "0s", resource_api_version: "V3" },
      type_urls: [networkFilterType("wasm.v3.Wasm"), networkFilterType("rbac.v3.RBAC")],
    },
  };
}
