/** A place in the lab where programs run and the test opens sockets: a pod, or the node itself. */
import { request } from "node:http";
import type { Server, Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { messageOf } from "../../../scripts/cli/error.js";
import { within } from "../../support/wait.js";
import type { Granted, Wish } from "./door.js";
import type { Network } from "./network.js";
import type { Program } from "./program.js";

const DOOR = fileURLToPath(new URL("door.ts", import.meta.url));

/** An answer to `Host.http`. */
export interface HttpAnswer {
  status: number;
  body: string;
}

export class Host {
  private door: Program | undefined;
  private wishes = 0;
  private readonly waiting = new Map<number, (granted: Granted, socket: unknown) => void>();

  constructor(
    protected readonly network: Network,
    /** The pod's network namespace; none: on the node. */
    readonly netns: string = "",
  ) {}

  /** Runs a command here to its end; returns what it wrote to standard output. */
  run(command: string, args: string[] = []): Promise<string> {
    return this.network.run(command, args, this.where);
  }

  /** Starts a program here: an application that the test can't be itself. */
  start(command: string, args: string[] = []): Program {
    return this.network.start(command, args, this.where);
  }

  /** Opens a connection from here, as an application here would. */
  async connect(host: string, port: number): Promise<Socket> {
    return (await this.wish({ kind: "connect", host, port })) as Socket;
  }

  /**
   * Listens here. What is returned is for `server.listen(…)` of a server of the test's.
   * @param host default: all addresses
   */
  async listen(port: number, host = "0.0.0.0"): Promise<Server> {
    return (await this.wish({ kind: "listen", host, port })) as Server;
  }

  /** An HTTP request to a port of this host's. */
  async http(port: number, path: string, method = "GET", host = "127.0.0.1"): Promise<HttpAnswer> {
    const socket = await this.connect(host, port);
    return new Promise((resolve, reject) => {
      const options = { path, method, headers: { host: `${host}:${port}`, connection: "close" } };
      const asked = request({ ...options, createConnection: () => socket }, (answer) => {
        let body = "";
        answer.setEncoding("utf8").on("data", (text: string) => (body += text));
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body }));
        answer.on("error", reject);
      });
      asked.on("error", reject).end();
    });
  }

  protected get where(): { pod?: string } {
    return this.netns === "" ? {} : { pod: this.netns };
  }

  protected async closeDoor(): Promise<void> {
    await this.door?.stop();
  }

  private async wish(wish: Omit<Wish, "id">): Promise<unknown> {
    this.door ??= this.openDoor();
    const id = ++this.wishes;
    const answer = new Promise<unknown>((resolve, reject) => {
      this.waiting.set(id, ({ error }, socket) => {
        if (error === undefined) resolve(socket);
        else reject(new Error(error));
      });
    });
    const { door } = this;
    door.child.send({ ...wish, id } satisfies Wish);
    const what = `${wish.kind} ${wish.host}:${wish.port}`;
    return within(answer, 20_000, what).catch((error: unknown) => {
      throw new Error(`${what}: ${messageOf(error)}\n${door.log()}`.trimEnd());
    });
  }

  private openDoor(): Program {
    const args = ["--import", import.meta.resolve("tsx"), DOOR];
    const door = this.network.start(process.execPath, args, { ...this.where, ipc: true });
    door.child.on("message", (granted: Granted, socket) => {
      this.waiting.get(granted.id)?.(granted, socket);
      this.waiting.delete(granted.id);
    });
    return door;
  }
}
