/** An unmodified istiod on the lab's node, with its CA and its admission webhook. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Binaries } from "./binaries.js";
import { Host } from "./host.js";
import type { Kubernetes, Resource } from "./kubernetes.js";
import type { Network } from "./network.js";

import type { Program } from "./program.js";

export class Istiod {
  private constructor(
    private readonly program: Program,
    /** What every pod of a namespace trusts: mounted from a ConfigMap in a real cluster. */
    readonly rootCertificate: string,
  ) {}

  /**
   * Applies Istio's resource definitions, starts istiod, and waits until it serves and refuses
   * what is invalid.
   * @param mesh added to the mesh configuration
   */
  static async start(
    network: Network,
    kubernetes: Kubernetes,
    binaries: Binaries,
    dir: string,
    mesh: Record<string, unknown>,
  ): Promise<Istiod> {
    mkdirSync(dir);
    const meshConfig = join(dir, "mesh.json");
    writeFileSync(meshConfig, JSON.stringify({ ...MESH, ...mesh }));
    await kubernetes.kubectl(["apply", "--server-side", `--filename=${binaries.crds}`]);
    await kubernetes.kubectl(["wait", "--for=condition=Established", "crd", "--all"]);
    await kubernetes.apply([NAMESPACE, WEBHOOK]);

    const files = [`--kubeconfig=${kubernetes.kubeconfig}`, `--meshConfig=${meshConfig}`];
    const args = ["discovery", "--registries=Kubernetes", "--clusterID=Kubernetes", ...files];
    const options = [`--networksConfig=/dev/null`, "--domain=cluster.local", "--ctrlz_port=0"];
    const program = network.start(binaries.pilotDiscovery, [...args, ...options], {
      cwd: dir,
      env: ENVIRONMENT,
    });
    const node = new Host(network);
    const isReady = async () => (await node.http(8080, "/ready")).status === 200;
    await program.until(() => isReady().catch(() => false), "ready istiod");
    const policy = "jsonpath={.webhooks[*].failurePolicy}";
    const webhook = ["get", "validatingwebhookconfiguration", "istio-validator", `-o=${policy}`];
    await kubernetes.until(webhook, (said) => said === "Fail", "admission webhook");
    const config = ["configmap", "istio-ca-root-cert", "--namespace=istio-system"];
    const path = "-o=jsonpath={.data.root-cert\\.pem}";
    const isThere = (said: string) => said.includes("CERTIFICATE");
    const ask = ["get", ...config, path, "--ignore-not-found"];
    return new Istiod(program, await kubernetes.until(ask, isThere, "root certificate"));
  }

  log(): string {
    return this.program.log();
  }

  async stop(): Promise<void> {
    await this.program.stop();
  }
}

/** Like an installation with few settings; the control plane is found by /etc/hosts. */
const MESH = {
  rootNamespace: "istio-system",
  trustDomain: "cluster.local",
  enableAutoMtls: true,
  ingressControllerMode: "OFF",
  // Istio's own statistics need a filter that only istio-proxy has, see ENVIRONMENT.
  defaultProviders: {},
  outboundTrafficPolicy: { mode: "REGISTRY_ONLY" },
  defaultConfig: { discoveryAddress: "istiod.istio-system.svc:15012" },
};

const ENVIRONMENT = {
  ...{ POD_NAME: "istiod", POD_NAMESPACE: "istio-system", SERVICE_ACCOUNT: "istiod" },
  ...{ REVISION: "default", CLUSTER_ID: "Kubernetes", PILOT_CERT_PROVIDER: "istiod" },
  // Three filters that istio-proxy has and no other Envoy.
  ...{ PILOT_ENABLE_METADATA_EXCHANGE: "false", PILOT_ENABLE_ALPN_FILTER: "false" },
  // They ask for resource definitions that are not Istio's.
  ...{ PILOT_ENABLE_AMBIENT: "false", PILOT_ENABLE_GATEWAY_API: "false" },
};

const NAMESPACE: Resource = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "istio-system" },
};

/** As Istio's chart has it. istiod adds its CA, and makes the failure policy Fail once it works. */
const WEBHOOK: Resource = {
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "ValidatingWebhookConfiguration",
  metadata: { name: "istio-validator", labels: { "istio.io/rev": "default" } },
  webhooks: [
    {
      name: "validation.istio.io",
      clientConfig: { url: "https://istiod.istio-system.svc:15017/validate" },
      rules: [
        {
          operations: ["CREATE", "UPDATE"],
          apiGroups: ["security", "networking", "telemetry", "extensions"].map(
            (name) => `${name}.istio.io`,
          ),
          apiVersions: ["*"],
          resources: ["*"],
        },
      ],
      failurePolicy: "Ignore",
      sideEffects: "None",
      admissionReviewVersions: ["v1"],
    },
  ],
};
