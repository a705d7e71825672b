/** What the parts of the Envoy configuration are called. */
import type { ApplicationProtocol, Service } from "../model.js";

/** Of the listener, its routes and its plugin configuration, e.g. `greeter-20880`. */
export function listenerName({ name }: ApplicationProtocol, { port }: Service): string {
  return `${name}-${port}`;
}

/** E.g. `greeter.example|20880|v1`. */
export function clusterName({ host, port }: Service, subset: string): string {
  return `${host}|${port}|${subset}`;
}
