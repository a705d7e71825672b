/** A Kubernetes API: etcd and kube-apiserver on the lab's node, and kubectl. Nothing runs pods. */
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../../support/wait.js";
import type { Binaries } from "./binaries.js";
import { NODE_IP, SERVICE_RANGE, type Network } from "./network.js";
import type { Program } from "./program.js";

const TOKEN = "admin-of-the-lab";
const SERVER = `https://${NODE_IP}:6443`;

/** Any Kubernetes object. */
export type Resource = Record<string, unknown> & { apiVersion: string; kind: string };

export class Kubernetes {
  private constructor(
    private readonly network: Network,
    private readonly binaries: Binaries,
    private readonly programs: Program[],
    /** By which kubectl and istiod reach the API as administrators. */
    readonly kubeconfig: string,
  ) {}

  /** Starts the API and waits until it is ready. */
  static async start(network: Network, binaries: Binaries, dir: string): Promise<Kubernetes> {
    mkdirSync(dir);
    const file = (name: string, text: string): string => {
      writeFileSync(join(dir, name), text);
      return join(dir, name);
    };
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const key = file("key.pem", privateKey.export({ type: "pkcs1", format: "pem" }) as string);
    const users = file("users.csv", `${TOKEN},admin,admin,system:masters\n`);
    const etcd = network.start(binaries.etcd, ["--data-dir", join(dir, "etcd"), ...ETCD]);
    const api = network.start(binaries.apiServer, [
      ...[
        "--etcd-servers=http://127.0.0.1:2379",
        `--cert-dir=${dir}`,
        `--token-auth-file=${users}`,
      ],
      ...[`--service-account-signing-key-file=${key}`, `--service-account-key-file=${key}`],
      ...API_SERVER,
    ]);
    const kubeconfig = file("kubeconfig", JSON.stringify(KUBECONFIG));
    const kubernetes = new Kubernetes(network, binaries, [api, etcd], kubeconfig);
    const isReady = async () => (await kubernetes.kubectl(["get", "--raw=/readyz"])) === "ok";
    await api.until(() => isReady().catch(() => false), "ready API server");
    return kubernetes;
  }

  /**
   * Runs kubectl; returns what it wrote to standard output.
   * @param input standard input, for `-f -`
   * @throws with what it wrote to standard error if it fails
   */
  async kubectl(args: string[], input = ""): Promise<string> {
    const all = [`--kubeconfig=${this.kubeconfig}`, ...args];
    return this.network.run(this.binaries.kubectl, all, { input }).catch((error: unknown) => {
      const { stderr = "", message } = error as { stderr?: string; message: string };
      throw new Error(stderr.trim() || message, { cause: error });
    });
  }

  /**
   * Applies YAML, or objects.
   * @param flags further ones of `kubectl apply`
   */
  apply(resources: string | Resource[], ...flags: string[]): Promise<string> {
    const list = (items: Resource[]) => JSON.stringify({ apiVersion: "v1", kind: "List", items });
    const text = typeof resources === "string" ? resources : list(resources);
    return this.kubectl(["apply", "--filename=-", ...flags], text);
  }

  /** Waits until kubectl writes something that `condition` accepts; returns it. */
  async until(args: string[], condition: (said: string) => boolean, what: string): Promise<string> {
    return until(
      async () => {
        const said = await this.kubectl(args);
        return condition(said) ? said : undefined;
      },
      { what, timeout: 60_000, every: 100 },
    );
  }

  async stop(): Promise<void> {
    for (const program of this.programs) await program.stop();
  }
}

const ETCD = [
  ...[
    "--listen-client-urls=http://127.0.0.1:2379",
    "--advertise-client-urls=http://127.0.0.1:2379",
  ],
  ...["--listen-peer-urls=http://127.0.0.1:2380", "--unsafe-no-fsync", "--log-level=warn"],
];

const API_SERVER = [
  ...[
    `--bind-address=${NODE_IP}`,
    "--secure-port=6443",
    `--service-cluster-ip-range=${SERVICE_RANGE}`,
  ],
  ...[
    "--authorization-mode=AlwaysAllow",
    "--service-account-issuer=https://kubernetes.default.svc",
  ],
  // Pods get their tokens from the lab, as kubelets would mount them.
  "--disable-admission-plugins=ServiceAccount",
];

const KUBECONFIG = {
  apiVersion: "v1",
  kind: "Config",
  clusters: [{ name: "lab", cluster: { server: SERVER, "insecure-skip-tls-verify": true } }],
  users: [{ name: "admin", user: { token: TOKEN } }],
  contexts: [{ name: "lab", context: { cluster: "lab", user: "admin" } }],
  "current-context": "lab",
};
