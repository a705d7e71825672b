/** Programs of real frameworks as processes: servers, and clients that make calls when told to. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { spawnOwned, stopChild } from "../../support/child.js";
import { freePort } from "../../support/ports.js";
import { within } from "../../support/wait.js";
import { built, type Programs } from "./build.js";

/** A client or a server and how it is started. */
export interface Program {
  programs: Programs;
  /** Command and first arguments, from the folder that the programs were built into. */
  command(folder: string): string[];
  env?(folder: string): Record<string, string>;
  /** Further arguments. */
  options?: readonly string[];
}

/** How a call ended, seen by the program that made it. */
export interface Outcome {
  value?: string;
  /** The class (or kind) of the exception. */
  error?: string;
  message?: string;
  /** How long it took, in milliseconds. */
  ms: number;
}

export interface CallOptions {
  arg?: string;
  attachments?: Record<string, string>;
}

interface Line extends Outcome {
  ready?: boolean;
  told?: string;
  id?: number;
}

/** Milliseconds until a program must be ready; the machine may be busy. */
const START_WITHIN = 60_000;
const ANSWER_WITHIN = 30_000;
const STDERR_LIMIT = 1 << 14;

class Peer {
  private stderr = "";
  protected constructor(
    protected readonly child: ChildProcess,
    protected readonly what: string,
  ) {
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr = (this.stderr + text).slice(-STDERR_LIMIT);
    });
  }

  protected static async spawn(program: Program, args: string[]): Promise<ChildProcess> {
    const folder = await built(program.programs);
    const [command = "", ...first] = program.command(folder);
    return spawnOwned(command, [...first, ...args, ...(program.options ?? [])], {
      stdio: ["pipe", "pipe", "pipe"],
      cwd: folder,
      env: { ...process.env, ...program.env?.(folder) },
    });
  }

  /** Gives each line that the program prints to `take`; lines of others are passed over. */
  protected async ready(take: (line: Line) => void): Promise<void> {
    const { child } = this;
    const started = new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stdout! }).on("line", (text) => {
        if (!text.startsWith("{")) return;
        const line = JSON.parse(text) as Line;
        if (line.ready === true) resolve();
        else take(line);
      });
      child.once("error", reject);
      child.once("exit", (code, signal) => {
        reject(new Error(`${this.what} ended (${code ?? signal}):\n${this.stderr}`));
      });
    });
    await within(started, START_WITHIN, `ready ${this.what}`).catch(async (error: unknown) => {
      await this.stop();
      throw error;
    });
  }

  /** Asks the program by SIGTERM to end in its own way. */
  terminate(): Promise<unknown> {
    const ended = once(this.child, "exit");
    this.child.kill("SIGTERM");
    return ended;
  }

  async stop(): Promise<void> {
    await stopChild(this.child, 0);
  }
}

export class Server extends Peer {
  /** What oneway calls told it. */
  readonly told: string[] = [];

  private constructor(
    child: ChildProcess,
    readonly port: number,
    what: string,
  ) {
    super(child, what);
  }

  /** Starts a server that begins its answers with `name`. */
  static async start(program: Program, name: string, port?: number): Promise<Server> {
    const at = port ?? (await freePort());
    const child = await Peer.spawn(program, [name, String(at)]);
    const server = new Server(child, at, `server of ${program.programs.name}`);
    await server.ready(({ told }) => {
      if (told !== undefined) server.told.push(told);
    });
    return server;
  }
}

export class Client extends Peer {
  /** Calls made so far, by method. */
  readonly made = new Map<string, number>();
  private readonly waiting = new Map<number, (outcome: Outcome) => void>();
  private last = 0;

  /** Starts a client that knows these addresses of the server: ports on 127.0.0.1. */
  static async start(program: Program, ...ports: number[]): Promise<Client> {
    const child = await Peer.spawn(program, [ports.join()]);
    const client = new Client(child, `client of ${program.programs.name}`);
    child.stdin?.on("error", () => undefined); // its end is said elsewhere
    await client.ready(({ id = 0, ...outcome }) => {
      client.waiting.get(id)?.(outcome);
      client.waiting.delete(id);
    });
    return client;
  }

  /** Makes a call; many may be under way. */
  call(method: string, { arg = "x", attachments = {} }: CallOptions = {}): Promise<Outcome> {
    const id = ++this.last;
    this.made.set(method, (this.made.get(method) ?? 0) + 1);
    const answer = new Promise<Outcome>((resolve) => this.waiting.set(id, resolve));
    this.child.stdin?.write(`${JSON.stringify({ id, method, arg, attachments })}\n`);
    return within(answer, ANSWER_WITHIN, `end of call ${method} by the ${this.what}`);
  }

  /** The value of a call that must not fail. */
  async value(method: string, options?: CallOptions): Promise<string> {
    const { value, error, message } = await this.call(method, options);
    if (value === undefined) throw new Error(`${method} raised ${error}: ${message}`);
    return value;
  }
}
