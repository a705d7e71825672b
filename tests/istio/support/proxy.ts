/**
 * A proxy of Istio's in a pod, complete: the real pilot-agent, which gets its certificates from
 * istiod's CA by the service account's token, and runs an unmodified Envoy.
 */
import { mkdirSync, writeFileSync, copyFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Admin } from "../../support/admin.js";
import type { UntilOptions } from "../../support/wait.js";
import type { Binaries } from "./binaries.js";
import type { HttpAnswer } from "./host.js";
import { NODE_IP, type Network } from "./network.js";
import type { Program } from "./program.js";

/** How a pod's traffic comes to its sidecar: by iptables, or only where it is sent to it. */
export type Interception = "REDIRECT" | "NONE";

export interface ProxyOptions {
  kind: "sidecar" | "gateway";
  interception: Interception;
  /** Further settings of Istio's ProxyConfig, e.g. `{ drainDuration: "5s" }`. */
  config: Record<string, unknown>;
  /** Further environment of pilot-agent, e.g. `ISTIO_META_…`. */
  env: Record<string, string>;
}

/** What a proxy knows of the pod that it is in, and needs of its lab. */
export interface Surroundings {
  network: Network;
  binaries: Binaries;
  envoy: string;
  /** A folder for the proxy's files; it is made. */
  dir: string;
  rootCertificate: string;
  /** The service account's, for istiod. */
  token: string;
  pod: {
    name: string;
    namespace: string;
    netns: string;
    ip: string;
    labels: Record<string, string>;
    serviceAccount: string;
    nodeName: string;
    http(port: number, path: string, method?: string): Promise<HttpAnswer>;
  };
}

/** The group by which the rules of iptables know what the proxy itself sends, as in Istio. */
const GROUP = "1337";
const ADMIN_PORT = 15000;
const STATUS_PORT = 15021;

export class Proxy extends Admin {
  private constructor(
    private readonly program: Program,
    private readonly pod: Surroundings["pod"],
  ) {
    super();
  }

  /** Starts the proxy; `ready` waits for it. */
  static async start(surroundings: Surroundings, options: ProxyOptions): Promise<Proxy> {
    const { network, binaries, dir, pod } = surroundings;
    if (options.interception === "REDIRECT") {
      await network.run(binaries.pilotAgent, IPTABLES, { pod: pod.netns });
    }
    writeFiles(surroundings);
    const args = ["proxy", options.kind === "gateway" ? "router" : "sidecar"];
    args.push(`--domain=${pod.namespace}.svc.cluster.local`, "--proxyLogLevel=info");
    args.push("--proxyComponentLogLevel=misc:error");
    const prepare = "mount -t tmpfs istio /var/lib && mkdir -p /var/lib/istio/data && ";
    const run = `${prepare} exec setpriv --regid=${GROUP} --clear-groups "$0" "$@"`;
    const program = network.start("sh", ["-c", run, binaries.pilotAgent, ...args], {
      pod: pod.netns,
      cwd: dir,
      env: environment(surroundings, options),
    });
    return new Proxy(program, pod);
  }

  /** Waits until Envoy has its first configuration and is ready. */
  async ready(): Promise<void> {
    const isReady = async () => (await this.pod.http(STATUS_PORT, "/healthz/ready")).status === 200;
    await this.program.until(() => isReady().catch(() => false), `ready proxy of ${this.pod.name}`);
  }

  /** What pilot-agent and Envoy have written so far. */
  log(): string {
    return this.program.log();
  }

  /** Body of Envoy's admin interface's answer. */
  override async admin(path: string, method: "GET" | "POST" = "GET"): Promise<string> {
    const { status, body } = await this.pod.http(ADMIN_PORT, path, method);
    if (status !== 200) throw new Error(`Envoy's admin answers ${status} to ${path}: ${body}`);
    return body;
  }

  /**
   * Waits for a condition as `until` of wait.ts does, but not longer than the proxy lives; by
   * default a minute.
   */
  async until(condition: () => unknown, what: string, { timeout = 60_000 }: UntilOptions = {}) {
    await this.program.until(condition, `${what} at ${this.pod.name}`, timeout);
  }

  /** Waits until Envoy's configuration (with endpoints), as JSON text, fits `sign`. */
  async configured(sign: string | RegExp, what = `configuration with ${String(sign)}`) {
    const dump = () => this.admin("/config_dump?include_eds");
    const fits = (text: string) =>
      typeof sign === "string" ? text.includes(sign) : sign.test(text);
    await this.until(async () => fits(await dump()), what);
  }

  /** Ends the proxy as Kubernetes does: Envoy drains for a while (`terminationDrainDuration`). */
  async stop(): Promise<void> {
    await this.program.stop();
  }
}

/** What the injected init container does. */
const IPTABLES = [
  ...["istio-iptables", "-p", "15001", "-z", "15006", "-u", "1337", "-m", "REDIRECT"],
  ...["-i", "*", "-x", "", "-b", "*", "-d", "15090,15021,15020", "--log_output_level=default:warn"],
];

function writeFiles({ dir, pod, binaries, token, rootCertificate }: Surroundings): void {
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  const labels = Object.entries(pod.labels).map(([name, value]) => `${name}="${value}"\n`);
  write("etc/istio/pod/labels", labels.join(""));
  write("etc/istio/pod/annotations", "");
  write("var/run/secrets/tokens/istio-token", token);
  write("var/run/secrets/istio/root-cert.pem", rootCertificate);
  mkdirSync(join(dir, "etc/istio/proxy"), { recursive: true });
  copyFileSync(binaries.bootstrap, join(dir, "etc/bootstrap.json"));
}

/** What the injected container gets. */
function environment({ pod, dir, envoy }: Surroundings, options: ProxyOptions) {
  const { interception, config, env } = options;
  return {
    ...{ POD_NAME: pod.name, POD_NAMESPACE: pod.namespace, INSTANCE_IP: pod.ip, HOST_IP: NODE_IP },
    ...{ SERVICE_ACCOUNT: pod.serviceAccount, TRUST_DOMAIN: "cluster.local" },
    ...{ PILOT_CERT_PROVIDER: "istiod", CA_ADDR: "istiod.istio-system.svc:15012" },
    ...{ ISTIO_META_CLUSTER_ID: "Kubernetes", ISTIO_META_MESH_ID: "cluster.local" },
    ...{ ISTIO_META_INTERCEPTION_MODE: interception, ISTIO_META_NODE_NAME: pod.nodeName },
    ...{ ISTIO_META_WORKLOAD_NAME: pod.labels.app ?? pod.name, ISTIO_META_APP_CONTAINERS: "app" },
    PROXY_CONFIG: JSON.stringify({
      discoveryAddress: "istiod.istio-system.svc:15012",
      proxyAdminPort: ADMIN_PORT,
      statusPort: 15020,
      concurrency: 1,
      terminationDrainDuration: "1s",
      binaryPath: envoy,
      proxyBootstrapTemplatePath: join(dir, "etc/bootstrap.json"),
      ...config,
    }),
    ...env,
  };
}
