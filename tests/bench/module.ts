/**
 * `npm run bench:module`: what the filter's own code takes for a request and its answer, without
 * Envoy, in Node's V8. The host calls are as empty as they can be.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { print, printJson } from "../../scripts/cli/output.js";
import { distDir } from "../../scripts/cli/paths.js";
import * as h2 from "../host/http2.js";
import * as dubbo from "../support/dubbo.js";

/** Requests in one read, as a client with so many in flight sends them. */
const BATCH = 32;
const BATCHES = 1_500;
const ROUNDS = 15;
/** V8 has compiled all at its best after so many rounds. */
const WARM_UP = 10;
const ROOT = 1;
const CONNECTION = 2;

interface Exports {
  memory: WebAssembly.Memory;
  _initialize(): void;
  proxy_on_memory_allocate(n: number): number;
  proxy_on_context_create(id: number, root: number): void;
  proxy_on_configure(root: number, n: number): number;
  proxy_on_downstream_data(id: number, n: number, end: number): number;
  proxy_on_upstream_data(id: number, n: number, end: number): number;
}

/** The module, and the bytes that it finds in the buffers of Proxy-Wasm 0.2.1. */
class Host {
  private readonly buffers = new Map<number, Buffer>();
  readonly exports: Exports;

  constructor(file: string) {
    const module = new WebAssembly.Module(readFileSync(file));
    const env = Object.fromEntries(
      WebAssembly.Module.imports(module).map(({ name }) => [name, (): number => 0]),
    );
    env.proxy_get_buffer_bytes = ((
      type: number,
      _: number,
      n: number,
      at: number,
      size: number,
    ) => {
      const bytes = this.buffers.get(type) ?? Buffer.alloc(0);
      n = Math.min(n, bytes.length);
      const p = this.exports.proxy_on_memory_allocate(n);
      new Uint8Array(this.exports.memory.buffer).set(bytes, p);
      const view = new DataView(this.exports.memory.buffer);
      view.setUint32(at, p, true);
      view.setUint32(size, n, true);
      return 0;
    }) as () => number;
    this.exports = new WebAssembly.Instance(module, { env }).exports as unknown as Exports;
    this.exports._initialize();
  }

  configure(configuration: object): void {
    const text = Buffer.from(JSON.stringify(configuration));
    this.buffers.set(7, text);
    this.exports.proxy_on_context_create(ROOT, 0);
    if (this.exports.proxy_on_configure(ROOT, text.length) !== 1) throw new Error("refused");
    this.exports.proxy_on_context_create(CONNECTION, ROOT);
  }

  /** Nanoseconds that the module takes for bytes of the client. */
  fromClient(bytes: Buffer): number {
    this.buffers.set(2, bytes);
    const start = process.hrtime.bigint();
    this.exports.proxy_on_downstream_data(CONNECTION, bytes.length, 0);
    return Number(process.hrtime.bigint() - start);
  }

  /** Nanoseconds that the module takes for bytes that the HCM writes. */
  fromHcm(bytes: Buffer): number {
    this.buffers.set(3, bytes);
    const start = process.hrtime.bigint();
    this.exports.proxy_on_upstream_data(CONNECTION, bytes.length, 0);
    return Number(process.hrtime.bigint() - start);
  }
}

const argument = "abcdefghijklmnopqrstuvwxyz".repeat(5).slice(0, 128);
const request = (id: number, trace: string): Buffer =>
  dubbo.request({
    id: BigInt(id),
    service: "org.apache.demo.UserService",
    version: "1.0.0",
    method: "getUser",
    group: "blue",
    args: [argument],
    attachments: { "remote.application": "bench", timeout: "8000", trace },
  });

const grant = (stream: number, n: number): Buffer =>
  h2.frame(h2.FrameType.WindowUpdate, 0, stream, h2.word(n));
const data = (bytes: Buffer): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / 16384) }, (_, i) =>
    h2.frame(h2.FrameType.Data, 0, 1, bytes.subarray(i * 16384, (i + 1) * 16384)),
  );

/** Medians in nanoseconds, of a request and of its answer. */
function measure(file: string, changing: boolean): { request: number; response: number } {
  const host = new Host(file);
  const routeOn = ["service", "method", "group"];
  const lanes = { maxRequests: 0, maxAgeSeconds: 0 };
  host.configure({ protocol: "dubbo", mode: "lanes", routeOn, lanes });
  host.fromClient(request(0, "0"));
  const settings = new Map([[h2.Setting.InitialWindowSize, h2.LARGEST_WINDOW]]);
  const hello = [
    h2.frame(h2.FrameType.Settings, 0, 0, h2.settingsPayload(settings)),
    grant(0, h2.LARGEST_WINDOW - h2.DEFAULT_WINDOW),
    h2.frame(h2.FrameType.Headers, h2.END_HEADERS, 1, Buffer.from([0x88])), // :status 200
    ...data(dubbo.response(0n, argument)),
  ];
  host.fromHcm(Buffer.concat(hello));

  const ids = Array.from({ length: BATCH }, (_, i) => i + 1);
  const trace = (id: number): string => (changing ? `trace-${id}` : "trace-0");
  const requests = Buffer.concat(ids.map((id) => request(id, trace(id))));
  const responses = ids.map((id) => dubbo.response(BigInt(id), argument));
  const answers = Buffer.concat(data(Buffer.concat(responses)));
  const windows = Buffer.concat([grant(0, requests.length), grant(1, requests.length)]);
  const rounds = Array.from({ length: WARM_UP + ROUNDS }, () => {
    let up = 0;
    let down = 0;
    for (let i = 0; i < BATCHES; i++) {
      up += host.fromClient(requests);
      down += host.fromHcm(answers);
      host.fromHcm(windows);
    }
    return { up: up / BATCHES / BATCH, down: down / BATCHES / BATCH };
  }).slice(WARM_UP);
  const median = (values: number[]): number =>
    Math.round(values.sort((a, b) => a - b)[values.length >> 1] ?? 0);
  return {
    request: median(rounds.map(({ up }) => up)),
    response: median(rounds.map(({ down }) => down)),
  };
}

const { values } = parseArgs({ options: { json: { type: "boolean" }, wasm: { type: "string" } } });
const file = values.wasm ?? join(distDir, "argot.wasm");
const results = { same: measure(file, false), changing: measure(file, true) };
if (values.json) printJson(results);
else {
  print(`${request(1, "trace-0").length} bytes a request, ${BATCH} a read; nanoseconds`);
  print("                                     request  response");
  for (const [name, { request, response }] of [
    ["metadata as in the request before", results.same],
    ["metadata that change each time", results.changing],
  ] as const) {
    print(`${name.padEnd(36)} ${String(request).padStart(7)}  ${String(response).padStart(8)}`);
  }
}
