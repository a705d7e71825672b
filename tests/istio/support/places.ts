/**
 * The stage of tests/istio/places.test.ts: services of several protocols inside and outside the
 * mesh, a gateway, HTTP on the port numbers of private protocols.
 */
import { createServer } from "node:http";
import { join } from "node:path";
import { packageRoot } from "../../../scripts/cli/paths.js";
import { DubboServer } from "../../support/dubbo.js";
import { tallyServer } from "../../support/tally.js";
import { ThriftServer } from "../../support/thrift.js";
import { destinationRule, virtualService } from "./documents.js";
import { Greeter, HOST, PORT } from "./greeter.js";
import { manifests } from "./manifests.js";
import type { Pod } from "./pod.js";
import type { ServiceOptions } from "./service.js";

/** Of the services by other names and protocols. */
export const PORTS = {
  quiet: 20990,
  thrift: 9090,
  tally: 7000,
  pinned: 21000,
  whole: 21001,
  web: 8080,
};
/** The service outside the mesh has it by its ServiceEntry alone. */
export const OUTSIDE = "192.0.2.10";

const protocols = (outside: string) => `
apiVersion: argot.dev/v1
kind: ApplicationProtocol
metadata: { name: greeter }
spec:
  protocol: dubbo
  routeOn: [service, method, attachment.user]
  istio: { gateway: true }
  services:
    - { host: ${HOST}, port: ${PORT} }
    - { host: hushed.default.svc.cluster.local, port: ${PORT} }
    - host: legacy.example
      port: ${PORT}
      addresses: [${OUTSIDE}]
      serviceEntry: { location: MESH_EXTERNAL, resolution: STATIC, endpoints: [{ address: ${outside} }] }
---
apiVersion: argot.dev/v1
kind: ApplicationProtocol
metadata: { name: quiet }
spec:
  protocol: dubbo
  services: [{ host: quiet.default.svc.cluster.local, port: ${PORTS.quiet} }]
---
apiVersion: argot.dev/v1
kind: ApplicationProtocol
metadata: { name: calc }
spec:
  protocol: thrift
  services: [{ host: thrift.default.svc.cluster.local, port: ${PORTS.thrift} }]
---
apiVersion: argot.dev/v1
kind: ApplicationProtocol
metadata: { name: tally }
spec:
  protocol: ${join(packageRoot, "protocols/tally.yaml")}
  routeOn: [method]
  services: [{ host: tally.default.svc.cluster.local, port: ${PORTS.tally} }]
---
apiVersion: argot.dev/v1
kind: ApplicationProtocol
metadata: { name: pinned }
spec:
  protocol: dubbo
  mode: connection
  routeOn: [method]
  services:
    - host: pinned.default.svc.cluster.local
      port: ${PORTS.pinned}
      subsets: [{ name: near }, { name: far }]
      routes:
        - { match: [{ key: method, prefix: far }], to: [{ subset: far }] }
        - { to: [{ subset: near }] }
    - { host: whole.default.svc.cluster.local, port: ${PORTS.whole} }
`;

const door = `---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge, namespace: default }
spec:
  selector: { app: edge }
  servers:
    - { port: { number: ${PORT}, name: http2-dubbo, protocol: HTTP2 }, hosts: ["*"] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: edge, namespace: default }
spec:
  hosts: ["*"]
  gateways: [edge]
  http:
    - match: [{ headers: { x-argot-method: { exact: hello } } }]
      route: [{ destination: { host: ${HOST}, port: { number: ${PORT} } } }]
    - directResponse: { status: 404, body: { string: not at this door } }
`;

const tally = virtualService(
  `\
    - match: [{ headers: { x-argot-method: { exact: wipe } } }]
      directResponse: { status: 403, body: { string: not for you } }
    - route: [{ destination: { host: tally } }]`,
  "tally",
);

const pinned = destinationRule(
  `\
    - { name: near, labels: { app: greeter } }
    - { name: far, labels: { app: outside } }`,
  "pinned",
);

const routes = door + tally + pinned;

export class Places {
  private readonly closing: (() => unknown)[] = [];

  private constructor(
    /** Of the services, by their names. */
    readonly addresses: ReadonlyMap<string, string>,
    readonly greeter: Greeter,
    /** A gateway. */
    readonly edge: Pod,
    /** Has no sidecar. */
    readonly outside: Pod,
    /** Another pod with a sidecar and an account of its own. */
    readonly stranger: Pod,
  ) {}

  static async start(): Promise<Places> {
    const greeter = await Greeter.start({ versions: ["v1"] });
    const { lab } = greeter;
    const addresses = new Map<string, string>();
    let places: Places | undefined;
    try {
      const pods = await Promise.all([
        lab.pod({ name: "edge", proxy: "gateway" }),
        lab.pod({ name: "outside", proxy: "none" }),
        lab.pod({ name: "stranger" }),
      ]);
      places = new Places(addresses, greeter, ...pods);
      await places.listen();
      await places.name(addresses);
      await places.configure();
      return places;
    } catch (error) {
      await (places ?? greeter).stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    for (const close of this.closing) await close();
    await this.greeter.stop();
  }

  private get v1(): Pod {
    return this.greeter.pods.get("v1")!;
  }

  /** Starts the servers. */
  private async listen(): Promise<void> {
    const { v1, outside, stranger, closing } = this;
    const legacy = await DubboServer.start({ tag: "legacy", port: await outside.listen(PORT) });
    const quiet = await DubboServer.start({ tag: "quiet", port: await v1.listen(PORTS.quiet) });
    const calc = await ThriftServer.start({ tag: "calc", port: await v1.listen(PORTS.thrift) });
    const near = await DubboServer.start({ tag: "near", port: await v1.listen(PORTS.pinned) });
    const far = await DubboServer.start({ tag: "far", port: await outside.listen(PORTS.pinned) });
    const whole = await DubboServer.start({ tag: "whole", port: await v1.listen(PORTS.whole) });
    const other = await DubboServer.start({
      tag: "other",
      port: await stranger.listen(PORTS.quiet),
    });
    const servers = [legacy, quiet, other, calc, near, far, whole];
    closing.push(() => Promise.all(servers.map((server) => server.close())));
    const tally = await tallyServer("tally", await v1.listen(PORTS.tally));
    closing.push(() => tally.close());
    for (const [pod, port] of [
      [outside, PORTS.web],
      [stranger, PORTS.web],
      [stranger, PORTS.thrift],
    ] as const) {
      const web = createServer((_, answer) => answer.end("web"));
      web.listen(await pod.listen(port));
      closing.push(() => web.close());
    }
  }

  /** Makes the services. */
  private async name(addresses: Map<string, string>): Promise<void> {
    const { v1, outside, stranger } = this;
    const { lab } = this.greeter;
    const serve = async (
      name: keyof typeof PORTS,
      pods: Pod[],
      more: Partial<ServiceOptions> = {},
    ) => {
      const appProtocol = name === "pinned" || name === "whole" ? "tcp" : "http2";
      const ports = [{ name: "rpc", port: PORTS[name], appProtocol }];
      addresses.set(name, (await lab.service({ name, ports, pods, ...more })).ip);
    };
    await serve("quiet", [v1, stranger], { clusterIP: "None", selector: { serves: "quiet" } });
    const rpc = { name: "rpc", port: PORT, appProtocol: "http2" };
    await lab.service({ name: "hushed", ports: [rpc], pods: [stranger], clusterIP: "None" });
    await serve("thrift", [v1]);
    await serve("tally", [v1]);
    await serve("pinned", [v1, outside], { selector: { serves: "pinned" } });
    await serve("whole", [v1]);
    const web = [{ name: "http", port: PORT, targetPort: PORTS.web }];
    const clash = { name: "http-clash", port: PORTS.thrift };
    await serve("web", [outside], { ports: web });
    addresses.set(
      "site",
      (await lab.service({ name: "site", ports: [...web, clash], pods: [stranger] })).ip,
    );
  }

  private async configure(): Promise<void> {
    const { v1, outside, stranger, edge } = this;
    const { lab, caller } = this.greeter;
    await lab.apply(routes);
    await lab.apply(manifests(protocols(outside.ip) + routes));
    await Promise.all([
      ...[PORT, PORTS.quiet, PORTS.thrift, PORTS.tally].map((port) =>
        v1.proxy.configured(`argot-inbound|${port}`),
      ),
      ...[PORT, PORTS.quiet, PORTS.thrift, PORTS.tally].map((port) =>
        caller.proxy.configured(`outbound_${port}_lanes`),
      ),
      edge.proxy.configured("istio-system.argot-greeter"),
      stranger.proxy.configured(`outbound_${PORT}_lanes`),
      ...["pinned", "whole"].map((name) =>
        caller.proxy.configured(`istio-system.argot-pinned-${name}.default`),
      ),
      edge.proxy.configured("not at this door"),
    ]);
  }
}
