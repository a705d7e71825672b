/**
 * The stage of most tests with Istio: a Dubbo service with servers in several versions, each in a
 * pod with a sidecar, and a caller with one.
 */
import { DubboClient, DubboServer } from "../../support/dubbo.js";
import { Lab, type LabOptions } from "./lab.js";
import type { Pod, PodOptions } from "./pod.js";

export const HOST = "greeter.default.svc.cluster.local";
export const PORT = 20880;

export interface GreeterOptions extends LabOptions {
  /** Of the servers, each a version, and a label. */
  versions?: string[];
  /** Of the service's port. Default: "http2"; `null`: its name says it. */
  appProtocol?: string | null;
  /** Default: "dubbo". */
  portName?: string;
  /** On which the servers listen; default: the service's port. */
  targetPort?: number;
  /** The same, without interception the pod's loopback address. Default: all. */
  listenOn?: string;
  /** For the caller. */
  caller?: Omit<PodOptions, "name">;
  /** For the servers' pods, by version. */
  server?: (version: string) => Partial<PodOptions>;
}

export class Greeter {
  readonly servers = new Map<string, DubboServer>();
  private readonly clients: DubboClient[] = [];

  private constructor(
    readonly lab: Lab,
    readonly caller: Pod,
    readonly pods: ReadonlyMap<string, Pod>,
    /** The service's own address. */
    readonly ip: string,
  ) {}

  static async start(options: GreeterOptions = {}): Promise<Greeter> {
    const { versions = ["v1", "v2"], targetPort = PORT, portName: name = "dubbo" } = options;
    const { appProtocol = "http2" } = options;
    const lab = await Lab.start(options);
    try {
      const serve = async (version: string): Promise<[string, Pod, DubboServer]> => {
        const labels = { app: "greeter", version };
        const more = options.server?.(version);
        const pod = await lab.pod({ name: `greeter-${version}`, labels, ...more });
        const port = await pod.listen(targetPort, options.listenOn);
        return [version, pod, await DubboServer.start({ tag: version, port })];
      };
      const served = await Promise.all(versions.map(serve));
      const pods = new Map(served.map(([version, pod]) => [version, pod]));
      const ports = [
        { name, port: PORT, targetPort, ...(appProtocol !== null && { appProtocol }) },
      ];
      const { ip } = await lab.service({ name: "greeter", ports, pods: [...pods.values()] });
      const caller = await lab.pod({ name: "caller", ...options.caller });
      const greeter = new Greeter(lab, caller, pods, ip);
      for (const [version, , server] of served) greeter.servers.set(version, server);
      return greeter;
    } catch (error) {
      await lab.stop();
      throw error;
    }
  }

  /** A connection from `pod` to the service's address, as its application would make it. */
  async connect(pod: Pod = this.caller): Promise<DubboClient> {
    const client = await DubboClient.connect(await pod.connect(this.ip, PORT));
    this.clients.push(client);
    return client;
  }

  /** All sidecars, the caller's first. */
  get proxies() {
    return [this.caller, ...this.pods.values()].map(({ proxy }) => proxy);
  }

  async stop(): Promise<void> {
    for (const client of this.clients) client.close();
    await Promise.all([...this.servers.values()].map((server) => server.close()));
    await this.lab.stop();
  }
}
