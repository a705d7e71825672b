/**
 * The network of a lab: namespaces of the kernel that nothing else on the machine shares, so every
 * lab has the same addresses and standard ports, and two can run side by side.
 *
 * ```
 *   node 10.244.0.1   etcd, kube-apiserver, istiod
 *     │ bridge 10.244.0.0/16
 *     ├── pod 10.244.0.2   pilot-agent, Envoy, an application
 *     └── pod 10.244.0.3   …                      service addresses: 10.96.0.0/16
 * ```
 *
 * One process holds the namespaces, as the pause container of a pod does. It is process 1 of its
 * own PID namespace and ends when this process does, however that ends; the kernel then kills all
 * that runs in the lab, and with it go namespaces, interfaces and mounts.
 */
import { execFile, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { spawnOwned } from "../../support/child.js";
import { within } from "../../support/wait.js";
import { enclosed, Program, type ProgramOptions } from "./program.js";

const run = promisify(execFile);

/** Where etcd, the API server and istiod are. */
export const NODE_IP = "10.244.0.1";
/** What the services of the lab get their addresses from. */
export const SERVICE_RANGE = "10.96.0.0/16";

/** Names that all of the lab resolves, by /etc/hosts: there is no DNS. */
const HOSTS = `127.0.0.1 localhost\n${NODE_IP} node istiod.istio-system.svc\n`;

/** Makes the node's part of the network and says so; lives until standard input ends. */
const HOLD = `
set -e
mount -t tmpfs lab /run
mkdir /run/netns /run/lab
printf '%s' "$0" > /run/lab/hosts
mount --bind /run/lab/hosts /etc/hosts
ip link set lo up
ip link add pods type bridge
ip address add ${NODE_IP}/16 dev pods
ip link set pods up
echo ready
exec cat > /dev/null`;

/** Makes a pod's network: name, address, a name for the node's end. */
const ADD_POD = `
set -e
ip netns add "$0"
ip link add "$2" type veth peer name eth0 netns "$0"
ip link set "$2" master pods up
ip -n "$0" address add "$1/16" dev eth0
ip -n "$0" link set lo up
ip -n "$0" link set eth0 up
ip -n "$0" route add default via ${NODE_IP}`;

export class Network {
  private pods = 0;

  private constructor(private readonly holder: ChildProcess) {}

  /** @throws if this process may not make namespaces: it needs to be root, on Linux */
  static async start(): Promise<Network> {
    const namespaces = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
    const holder = spawnOwned("unshare", [...namespaces, "sh", "-c", HOLD, HOSTS], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    let said = "";
    holder.stderr?.setEncoding("utf8").on("data", (text: string) => (said += text));
    const ready = Promise.race([once(holder.stdout!, "data"), once(holder, "exit")]);
    await within(ready, 10_000, "network of the lab");
    if (holder.exitCode !== null) throw new Error(`no network can be made for the lab: ${said}`);
    return new Network(holder);
  }

  /** Adds a pod's network namespace; returns the pod's address. */
  async addPod(name: string): Promise<string> {
    const number = ++this.pods + 1;
    const ip = `10.244.${number >> 8}.${number & 255}`;
    await this.run("sh", ["-c", ADD_POD, name, ip, `pod${number}`]);
    return ip;
  }

  /** Ends the pod's network, and with it all connections. Its processes must have ended. */
  async removePod(name: string): Promise<void> {
    await this.run("ip", ["netns", "delete", name]);
  }

  /** Runs a command on the node, or in a pod, and returns what it wrote to standard output. */
  async run(command: string, args: string[], { pod, input = "" }: RunOptions = {}) {
    const [first = "", ...rest] = [...this.entry(pod), command, ...args];
    const running = run(first, rest, { maxBuffer: 1 << 26 });
    running.child.stdin?.on("error", () => undefined); // it ended without reading all
    running.child.stdin?.end(input);
    return (await running).stdout;
  }

  /** Starts a program on the node, or in a pod. */
  start(command: string, args: string[], options: StartOptions = {}): Program {
    const { pod, cwd, ...rest } = options;
    return new Program([...this.entry(pod, cwd), command, ...args], rest);
  }

  /** Ends all that runs in the lab, at once, and takes its network away. */
  async stop(): Promise<void> {
    if (this.holder.exitCode !== null || this.holder.signalCode !== null) return;
    const ended = once(this.holder, "exit");
    this.holder.stdin?.end();
    await ended;
  }

  /** The command that puts another one into the lab. */
  private entry(pod?: string, cwd = "/"): string[] {
    const target = String(enclosed(this.holder));
    const enter = ["nsenter", `--target=${target}`, "--net", "--mount", "--pid", `--wdns=${cwd}`];
    return pod === undefined ? enter : [...enter, "ip", "netns", "exec", pod];
  }
}

interface StartOptions extends ProgramOptions {
  /** Default: on the node. */
  pod?: string;
  cwd?: string;
}

interface RunOptions {
  /** Default: on the node. */
  pod?: string;
  /** Standard input. */
  input?: string;
}
