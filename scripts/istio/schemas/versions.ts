/** The versions of Istio whose resources can be checked. */

/** With the version of Envoy that each brings. */
const envoys = {
  "1.26": "1.34",
  "1.27": "1.35",
  "1.28": "1.36",
  "1.29": "1.37",
  "1.30": "1.38",
  "1.31": "1.39",
} as const;

export type IstioVersion = keyof typeof envoys;

/** From the oldest to the newest. */
export const istioVersions = Object.keys(envoys) as readonly IstioVersion[];

export const defaultIstioVersion: IstioVersion = "1.29";

/** The version of Envoy in the proxies of this Istio. */
export function envoyOf(version: IstioVersion): string {
  return envoys[version];
}

/** Is version `a` of the form "1.29" older than `b`? */
export function isOlder(a: string, b: string): boolean {
  return Number(a.split(".")[1]) < Number(b.split(".")[1]);
}
