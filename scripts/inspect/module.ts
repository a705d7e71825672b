/** The codecs of the filter, compiled to a module of their own: dist/inspect.wasm. */
import { readFileSync } from "node:fs";
import { messageOf, UserError } from "../cli/error.js";
import { parseExact, type Json } from "./json.js";

/** What a frame says of itself; what it does not have is absent. */
export interface Frame {
  kind: "request" | "oneway" | "heartbeat" | "event" | "response" | "stream";
  role: "request" | "response";
  /** Unsigned decimal. */
  requestId: string;
  service?: string;
  version?: string;
  group?: string;
  method?: string;
  parameterTypes?: string;
  attachments?: Record<string, Json>;
  status?: number;
  isError?: boolean;
  errorMessage?: string;
  /** In bytes, header included. */
  length: number;
  /** Of requests: the values by which the filter would choose a lane. */
  laneKey?: Record<string, string>;
}

/** A frame, or why these bytes are none; `json` is the same as text, with exact numbers. */
export type Inspected = { json: string; frame: Frame } | { json: string; error: string };

interface Exports {
  memory: WebAssembly.Memory;
  allocate(bytes: number): number;
  release(address: number): void;
  protocols(): bigint;
  open(address: number, length: number): bigint;
  measure(address: number, length: number): bigint;
  inspect(address: number, length: number, fromServer: boolean): bigint;
}

export interface InspectorOptions {
  protocol: string;
  /** Keys as in the plugin's configuration; by default service and method. */
  routeOn?: readonly string[];
}

/** Decodes frames of one protocol. */
export class Inspector {
  private readonly module: Exports;

  /**
   * @param wasm the module's path or bytes
   * @throws UserError if the module can't be loaded, or does not know the protocol or a key
   */
  constructor(wasm: string | Uint8Array, options: InspectorOptions) {
    this.module = instantiate(wasm);
    const lines = [options.protocol, ...(options.routeOn ?? ["service", "method"])];
    const error = this.withBytes(Buffer.from(lines.join("\n")), (address, length) =>
      this.text(this.module.open(address, length)),
    );
    if (error !== "") throw new UserError(error);
  }

  /** The protocols that the module `wasm`, its path or bytes, can decode. */
  static protocolsOf(wasm: string | Uint8Array): string[] {
    const module = instantiate(wasm);
    return textAt(module, module.protocols()).split("\n");
  }

  /**
   * Length of the frame at the start of `bytes`, which may exceed what is there.
   * @returns undefined if that can't be told: the header is not complete, or not a header
   */
  measure(bytes: Uint8Array): number | undefined {
    const length = this.withBytes(bytes, (address, n) => this.module.measure(address, n));
    return length > 0n ? Number(length) : undefined;
  }

  /** Can these bytes not be the start of a frame? */
  refuses(bytes: Uint8Array): boolean {
    return this.withBytes(bytes, (address, n) => this.module.measure(address, n)) < 0n;
  }

  /**
   * Decodes `bytes`, which have to be exactly one frame.
   * @param fromServer who sent it, for protocols that do not tell it in the frame
   */
  inspect(bytes: Uint8Array, fromServer = false): Inspected {
    const json = this.withBytes(bytes, (address, n) =>
      this.text(this.module.inspect(address, n, fromServer)),
    );
    const value = parseFrame(json);
    return "error" in value
      ? { json: JSON.stringify(value), error: value.error }
      : { json, frame: value };
  }

  private withBytes<T>(bytes: Uint8Array, use: (address: number, length: number) => T): T {
    const address = this.module.allocate(bytes.length);
    new Uint8Array(this.module.memory.buffer, address, bytes.length).set(bytes);
    const result = use(address, bytes.length);
    this.module.release(address);
    return result;
  }

  private text(answer: bigint): string {
    return textAt(this.module, answer);
  }
}

/** What the module answered: no JSON if an attachment, which some protocols have as such, is none. */
function parseFrame(json: string): Frame | { error: string } {
  try {
    return parseExact(json) as unknown as Frame | { error: string };
  } catch {
    return { error: "an attachment or the like is said to be JSON and is not" };
  }
}

/** The text that the module answered: its address in the lower half, length in the upper. */
function textAt({ memory }: Exports, answer: bigint): string {
  const address = Number(BigInt.asUintN(32, answer));
  const length = Number(BigInt.asUintN(32, answer >> 32n));
  return Buffer.from(memory.buffer, address, length).toString("utf8");
}

function instantiate(wasm: string | Uint8Array): Exports {
  try {
    const bytes = typeof wasm === "string" ? readFileSync(wasm) : wasm;
    const module = new WebAssembly.Module(Uint8Array.from(bytes));
    const { exports } = new WebAssembly.Instance(module);
    (exports["_initialize"] as () => void)();
    return exports as unknown as Exports;
  } catch (error) {
    throw new UserError(`The codecs can't be loaded: ${messageOf(error)}`, {
      ...(typeof wasm === "string" && { file: wasm }),
      remedy: "Run `argot build` (or `npm run build`), which makes dist/inspect.wasm.",
      cause: error,
    });
  }
}
