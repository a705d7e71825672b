/**
 * The programs of Istio and Kubernetes that the tests run: built by Go from their published
 * modules, once, into the user's cache.
 *
 * Istio publishes no binaries that a package registry has, and Kubernetes none that run without a
 * cluster's machinery. `tests/istio/binaries` has a go.mod for each version, which pins every
 * dependency as the project's own release did.
 */
import { join } from "node:path";
import { UserError } from "../../../scripts/cli/error.js";
import { built, missingTools, type Programs } from "../../peers/support/build.js";

/** The versions of Istio that can be tested against; the first is the default. */
export const istioVersions = ["1.29.1", "1.31.1"] as const;
export type IstioVersion = (typeof istioVersions)[number];

/** The one to test against: ARGOT_ISTIO, e.g. 1.31.1. */
export const istioVersion: IstioVersion =
  istioVersions.find((version) => version === process.env.ARGOT_ISTIO) ?? istioVersions[0];

/** Paths of executables and of the files of Istio's that belong to them. */
export interface Binaries {
  etcd: string;
  apiServer: string;
  kubectl: string;
  /** istiod. */
  pilotDiscovery: string;
  pilotAgent: string;
  istioctl: string;
  /** Istio's custom resource definitions: YAML. */
  crds: string;
  /** The template from which pilot-agent writes Envoy's bootstrap. */
  bootstrap: string;
}

/**
 * Finds the programs, and builds those that are not there: 10 to 20 minutes on two processors.
 * @throws UserError if Go is missing or a build fails
 */
export async function binaries(version: IstioVersion = istioVersion): Promise<Binaries> {
  const [istio, kubernetes] = [await folder(istioPrograms(version)), await folder(kubePrograms)];
  return {
    etcd: join(kubernetes, "etcd"),
    apiServer: join(kubernetes, "kube-apiserver"),
    kubectl: join(kubernetes, "kubectl"),
    pilotDiscovery: join(istio, "pilot-discovery"),
    pilotAgent: join(istio, "pilot-agent"),
    istioctl: join(istio, "istioctl"),
    crds: join(istio, "crd-all.gen.yaml"),
    bootstrap: join(istio, "envoy_bootstrap.json"),
  };
}

const common = {
  sources: ["go.mod", "go.sum"],
  tools: ["go version"],
  patience: 30 * 60_000, // a cold build of one program, on a busy machine
};

function istioPrograms(version: IstioVersion): Programs {
  const server = "vtprotobuf,disable_pgv";
  const files = ["manifests/charts/base/files/crd-all.gen.yaml"];
  files.push("tools/packaging/common/envoy_bootstrap.json");
  return {
    ...common,
    name: `istio-${version}`,
    folder: `../../istio/binaries/istio-${version}`,
    build: [
      goBuild("pilot-discovery", "istio.io/istio/pilot/cmd/pilot-discovery", server),
      goBuild("pilot-agent", "istio.io/istio/pilot/cmd/pilot-agent", "agent,disable_pgv"),
      goBuild("istioctl", "istio.io/istio/istioctl/cmd/istioctl", server),
      [
        "sh",
        "-c",
        `cd $(go list -m -f {{.Dir}} istio.io/istio) && cp ${files.join(" ")} "$OLDPWD"`,
      ],
    ],
  };
}

const kubePrograms: Programs = {
  ...common,
  name: "kubernetes-1.36.3",
  folder: "../../istio/binaries/kubernetes-1.36.3",
  build: [
    goBuild("etcd", "go.etcd.io/etcd/server/v3"),
    goBuild("kubectl", "k8s.io/kubernetes/cmd/kubectl"),
    goBuild("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver"),
  ],
};

/** Without symbols and paths of this machine: half the size. */
function goBuild(output: string, main: string, tags = ""): string[] {
  const flags = ["-mod=mod", "-trimpath", "-ldflags", "-s -w"];
  return ["go", "build", ...flags, ...(tags ? ["-tags", tags] : []), "-o", output, main];
}

async function folder(programs: Programs): Promise<string> {
  if ((await missingTools(programs)).length > 0) {
    throw new UserError(`${programs.name} can't be built: there is no Go on PATH`, {
      remedy: "Install Go 1.26 or newer (https://go.dev/dl); only the tests with Istio need it.",
    });
  }
  return built(programs);
}
