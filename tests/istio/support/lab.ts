/**
 * A Kubernetes API with Istio in it, on this machine: real etcd, kube-apiserver, kubectl and
 * istiod with its CA and admission webhook; and pods, which are network namespaces with real
 * Service, Pod and EndpointSlice objects, a complete pilot-agent and an unmodified Envoy, and
 * Istio's own iptables rules. What is missing of a cluster: images, kubelets, kube-proxy (a
 * service's address works only through a sidecar) and DNS.
 *
 * ```ts
 * const lab = await Lab.start();
 * const v1 = await lab.pod({ name: "greeter-v1", labels: { app: "greeter", version: "v1" } });
 * const caller = await lab.pod({ name: "caller" });
 * const { ip } = await lab.service({
 *   name: "greeter",
 *   ports: [{ name: "dubbo", port: 20880, appProtocol: "http2" }],
 *   pods: [v1],
 * });
 * await DubboServer.start({ tag: "v1", port: await v1.listen(20880) });
 * await lab.apply(yaml); // throws what the webhook says of a bad resource
 * await caller.proxy.configured("outbound|20880|v1|greeter");
 * const client = await DubboClient.connect(await caller.connect(ip, 20880)); // intercepted
 * await lab.stop(); // all of it is gone
 * ```
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findEnvoy } from "../../../scripts/envoy/find.js";
import { binaries, type Binaries, type IstioVersion } from "./binaries.js";
import { Host } from "./host.js";
import { Istiod } from "./istiod.js";
import { Kubernetes, type Resource } from "./kubernetes.js";
import { Network } from "./network.js";
import { Pod, type PodOptions } from "./pod.js";
import { checkRequirements } from "./requirements.js";
import { serviceResources, type ServiceOptions } from "./service.js";

export interface LabOptions {
  /** Default: `istioVersion`. */
  istio?: IstioVersion;
  /** Added to Istio's mesh configuration, e.g. `{ outboundTrafficPolicy: … }`. */
  mesh?: Record<string, unknown>;
}

export class Lab {
  private readonly namespaces = new Map<string, Promise<unknown>>();

  private constructor(
    private readonly dir: string,
    private readonly network: Network,
    private readonly envoy: string,
    readonly binaries: Binaries,
    readonly kubernetes: Kubernetes,
    readonly istiod: Istiod,
    /** In the same network as the pods, without a proxy. */
    readonly node: Host,
  ) {}

  /**
   * Starts a lab and waits until the webhook refuses what is invalid. Builds the programs first
   * if they are not in the cache, see `binaries`.
   */
  static async start({ istio, mesh = {} }: LabOptions = {}): Promise<Lab> {
    checkRequirements();
    const programs = await binaries(istio);
    const envoy = (await findEnvoy()).path;
    const network = await Network.start();
    const dir = mkdtempSync(join(tmpdir(), "argot-lab-"));
    process.once("exit", () => rmSync(dir, { recursive: true, force: true }));
    try {
      const kubernetes = await Kubernetes.start(network, programs, join(dir, "kubernetes"));
      const istiod = await Istiod.start(network, kubernetes, programs, join(dir, "istiod"), mesh);
      return new Lab(dir, network, envoy, programs, kubernetes, istiod, new Host(network));
    } catch (error) {
      await network.stop();
      throw error;
    }
  }

  /** Runs kubectl, see Kubernetes. */
  kubectl(args: string[], input?: string): Promise<string> {
    return this.kubernetes.kubectl(args, input);
  }

  /**
   * `kubectl apply` of YAML, or of objects.
   * @throws what kubectl or Istio's webhook says if it is refused
   */
  apply(resources: string | Resource[]): Promise<string> {
    return this.kubernetes.apply(resources);
  }

  /** Makes a service. It has the pods that are named here, whatever their labels. */
  async service(options: ServiceOptions): Promise<{ ip: string }> {
    await this.namespace(options.namespace ?? "default");
    await this.apply(serviceResources(options));
    const { name, namespace = "default" } = options;
    const path = "-o=jsonpath={.spec.clusterIP}";
    return { ip: await this.kubectl(["get", "service", name, `--namespace=${namespace}`, path]) };
  }

  /** Starts a pod and its proxy, and waits until that is ready. */
  async pod(options: PodOptions): Promise<Pod> {
    await this.namespace(options.namespace ?? "default");
    const { network, binaries, envoy, kubernetes } = this;
    const { rootCertificate } = this.istiod;
    const dir = join(this.dir, `${options.namespace ?? "default"}.${options.name}`);
    return Pod.start({ network, binaries, envoy, kubernetes, rootCertificate, dir }, options);
  }

  private async namespace(name: string): Promise<void> {
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
    // By the server: others, and the API server itself, may make it just now.
    const make = () => this.kubernetes.apply([namespace], "--server-side");
    if (!this.namespaces.has(name)) this.namespaces.set(name, make());
    await this.namespaces.get(name);
  }

  /** Ends all of it at once. */
  async stop(): Promise<void> {
    await this.network.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
