/** Where an image lies: `oci://host[:port]/repository[:tag]`. */
import { UserError } from "../cli/error.js";

export interface Reference {
  /** With its port, as it stands in the configuration of Docker. */
  host: string;
  repository: string;
  tag: string;
}

const HOST = /^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?)(:[0-9]{1,5})?$/;
/** Distribution specification 1.1, "Pulling manifests". */
const REPOSITORY = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/**
 * @param tag what stands for a tag that `text` lacks
 * @throws UserError if it is none, with what it should look like
 */
export function parseReference(text: string, tag: string): Reference {
  const [, host = "", repository = "", given] =
    /^(?:oci:\/\/)?([^/]+)\/([^:@]+)(?::([^:@]+))?$/.exec(text) ?? [];
  const reference = { host, repository, tag: given ?? tag };
  if (HOST.test(host) && REPOSITORY.test(repository) && TAG.test(reference.tag)) return reference;
  throw new UserError(`${text} names no image`, {
    remedy: "Write oci://HOST[:PORT]/REPOSITORY[:TAG], e.g. oci://registry.example/argot:0.1.0.",
  });
}

/** The reference as WasmPlugin's `url` takes it. */
export function urlOf({ host, repository, tag }: Reference): string {
  return `oci://${host}/${repository}:${tag}`;
}

/**
 * Where a registry may be asked: by TLS, and, as Docker and Istio's agent do, without it where it
 * is on this machine or in a private network.
 */
export function originsOf({ host }: Reference): string[] {
  const name = host.replace(/:\d+$/, "");
  const near =
    /^(localhost|127\.[\d.]+|\[::1\]|10\.[\d.]+|192\.168\.[\d.]+|172\.(1[6-9]|2\d|3[01])\.[\d.]+)$/;
  return near.test(name) ? [`https://${host}`, `http://${host}`] : [`https://${host}`];
}
