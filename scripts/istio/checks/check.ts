/** Can the resources of Istio and Kubernetes that users write do what they say on Argot's lanes? */
import type { PlacedProtocol } from "../../protocol/load.js";
import type { SourceDocument } from "../../protocol/source.js";
import { checkApplications } from "./applications.js";
import { checkAuthorizationPolicies } from "./authorization-policy.js";
import { checkDestinationRules } from "./destination-rule.js";
import { checkEnvoyFilters } from "./envoy-filter.js";
import { Mesh } from "./mesh.js";
import type { RouteFinding } from "./notes.js";
import { checkServices } from "./services.js";
import { checkSidecars } from "./sidecar.js";
import { checkVirtualServices } from "./virtual-service.js";

export type { RouteFinding } from "./notes.js";

/**
 * Holds VirtualServices, DestinationRules, Services, ServiceEntries, Gateways, Sidecars and
 * AuthorizationPolicies against the services that ApplicationProtocols name. Of EnvoyFilters it says
 * which patches do nothing.
 * @param documents of whatever kind, sound or not; all that are given together, as they refer to
 *   each other
 */
export function checkRoutes(
  protocols: PlacedProtocol[],
  documents: SourceDocument[],
): RouteFinding[] {
  const mesh = new Mesh(protocols, documents);
  const found: RouteFinding[] = [];
  checkApplications(mesh, found);
  checkServices(mesh, found);
  checkVirtualServices(mesh, found);
  checkDestinationRules(mesh, found);
  checkAuthorizationPolicies(mesh, found);
  checkSidecars(mesh, found);
  checkEnvoyFilters(mesh, found);
  return found;
}
