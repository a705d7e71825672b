/** A pod: an address in a network namespace of its own, a Pod object, and a proxy. */
import { Host } from "./host.js";
import type { Kubernetes, Resource } from "./kubernetes.js";
import { NODE_IP, type Network } from "./network.js";
import { Proxy, type Interception, type Surroundings } from "./proxy.js";

export interface PodOptions {
  name: string;
  /** Default: `default`. Namespaces and service accounts are made when they are first named. */
  namespace?: string;
  /** Default: `app`, with the pod's name. */
  labels?: Record<string, string>;
  /** Default: the label `app`. */
  serviceAccount?: string;
  /** `region/zone` of the node that it is on, for Istio's locality. Default: none. */
  locality?: string;
  /** Default: a sidecar; a gateway is a proxy without an application behind it. */
  proxy?: "sidecar" | "gateway" | "none";
  /** Of a sidecar. Default: REDIRECT. */
  interception?: Interception;
  /** Further settings of Istio's ProxyConfig, e.g. `{ drainDuration: "5s" }`. */
  config?: Record<string, unknown>;
  /** Further environment of pilot-agent, e.g. `ISTIO_META_…`. */
  env?: Record<string, string>;
  /** What is done before the proxy, which runs already, is ready. */
  whileStarting?: (proxy: Proxy) => Promise<void>;
}

const TOPOLOGY = "topology.kubernetes.io";

/** What a pod needs of its lab. */
export type PodSurroundings = Omit<Surroundings, "pod" | "token"> & { kubernetes: Kubernetes };

export class Pod extends Host {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Record<string, string>;
  readonly serviceAccount: string;
  /** The Kubernetes node that it is on; there is one for each locality. */
  readonly nodeName: string;
  private running: Proxy | undefined;

  private constructor(
    network: Network,
    private readonly kubernetes: Kubernetes,
    readonly ip: string,
    private readonly options: PodOptions,
  ) {
    super(network, netnsOf(options));
    this.name = options.name;
    this.namespace = options.namespace ?? "default";
    this.labels = options.labels ?? { app: options.name };
    this.nodeName = options.locality?.replace("/", "-") ?? "node";
    this.serviceAccount = options.serviceAccount ?? this.labels.app ?? "default";
  }

  /** Use `lab.pod`. */
  static async start(surroundings: PodSurroundings, options: PodOptions): Promise<Pod> {
    const { network, kubernetes } = surroundings;
    const ip = await network.addPod(netnsOf(options));
    const pod = new Pod(network, kubernetes, ip, options);
    await pod.create();
    const { proxy: kind = "sidecar", interception = "REDIRECT", config = {}, env = {} } = options;
    if (kind !== "none") {
      const proxy = await Proxy.start(
        { ...surroundings, pod, token: await pod.token() },
        { kind, interception: kind === "gateway" ? "NONE" : interception, config, env },
      );
      pod.running = proxy;
      try {
        await options.whileStarting?.(proxy);
        await proxy.ready();
      } catch (error) {
        await proxy.stop();
        throw error;
      }
    }
    return pod;
  }

  /** The pod's sidecar, or the gateway that it is. */
  get proxy(): Proxy {
    if (this.running === undefined) throw new Error(`pod ${this.name} has no proxy`);
    return this.running;
  }

  /** Ends the proxy in its own way, and then deletes the pod. */
  async stop(): Promise<void> {
    await this.running?.stop();
    await this.closeDoor();
    await this.network.removePod(netnsOf(this.options));
    await this.kubernetes.kubectl(["delete", "--now", "--wait=false", ...this.object]);
  }

  private get object(): string[] {
    return ["pod", this.name, `--namespace=${this.namespace}`];
  }

  /** The objects as they are when a kubelet has started the pod. */
  private async create(): Promise<void> {
    const { name, namespace, ip } = this;
    const isMeshed = this.options.proxy !== "none";
    const account: Resource = {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: this.serviceAccount, namespace },
    };
    const [region, zone] = this.options.locality?.split("/") ?? [];
    const place =
      region && zone ? { [`${TOPOLOGY}/region`]: region, [`${TOPOLOGY}/zone`]: zone } : {};
    const node: Resource = {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: this.nodeName, labels: place },
    };
    const pod: Resource = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        ...{ name, namespace },
        // As the injector does: others then use mutual TLS with it.
        labels: { ...this.labels, ...(isMeshed && { "security.istio.io/tlsMode": "istio" }) },
      },
      spec: {
        nodeName: this.nodeName,
        serviceAccountName: this.serviceAccount,
        containers: [{ name: "app", image: "app" }],
      },
    };
    // By the server: another pod of this node or account may start just now.
    await this.kubernetes.apply([node, account, pod], "--server-side");
    const status = {
      ...{ phase: "Running", hostIP: NODE_IP, podIP: ip, podIPs: [{ ip }] },
      conditions: ["Ready", "ContainersReady"].map((type) => ({ type, status: "True" })),
    };
    const patch = ["--subresource=status", `--patch=${JSON.stringify({ status })}`];
    await this.kubernetes.kubectl(["patch", ...this.object, ...patch]);
  }

  /** What a kubelet would mount for pilot-agent. */
  private token(): Promise<string> {
    const bound = ["--bound-object-kind=Pod", `--bound-object-name=${this.name}`];
    const scope = [`--namespace=${this.namespace}`, "--audience=istio-ca"];
    return this.kubernetes.kubectl(["create", "token", this.serviceAccount, ...bound, ...scope]);
  }
}

function netnsOf({ name, namespace = "default" }: PodOptions): string {
  return `${namespace}.${name}`;
}
