/**
 * Bolt for tests, versions 1 and 2, with and without CRC, and requests of SOFARPC on it. See
 * assembly/codecs/bolt/codec.ts for the layout.
 */
import { RpcClient, RpcServer, type Answer, type Wire } from "./wire.js";

export const TYPE = { RESPONSE: 0, REQUEST: 1, ONEWAY: 2 } as const;
export const COMMAND = { HEARTBEAT: 0, REQUEST: 1, RESPONSE: 2, GO_AWAY: 100 } as const;
const LENGTHS = 8;

export type Pairs = readonly (readonly [string | Buffer, string | Buffer])[];

export interface Options {
  /** Protocol code, 1 unless said otherwise. */
  code?: 1 | 2;
  /** Of code 2. Default: 2. */
  version?: number;
  /** The switch; there is a CRC behind frames of code 2 and version 2 only. */
  crc?: boolean;
  type?: number;
  command?: number;
  id?: bigint;
  codec?: number;
  /** Timeout in milliseconds, or status. */
  field?: number;
  className?: string;
  pairs?: Pairs;
  content?: Buffer | string;
}

export interface BoltFrame extends Required<Omit<Options, "pairs" | "content">> {
  bytes: Buffer;
  header: Buffer;
  /** The header block; empty if it is no pairs. */
  attachments: Record<string, string>;
  content: Buffer;
}

function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

/** A number of so many bytes, big-endian; negative ones wrap around. */
function number(value: number | bigint, size: 1 | 2 | 4): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt.asUintN(64, BigInt(value)));
  return bytes.subarray(8 - size);
}

const withLength = (text: string | Buffer): Buffer[] => {
  const bytes = Buffer.from(text as string);
  return [number(bytes.length, 4), bytes];
};

/** A frame; a request unless `type` and `command` say otherwise. */
export function frame(options: Options): Buffer {
  const { code = 1, version = 2, crc = false, type = TYPE.REQUEST, codec = 1 } = options;
  const { command = COMMAND.REQUEST, id = 1n, className = "demo.Request", field } = options;
  const content = Buffer.from((options.content ?? "") as string);
  const header = Buffer.concat((options.pairs ?? []).flat().flatMap(withLength));
  const isReply = type === TYPE.RESPONSE;
  const bytes = Buffer.concat([
    ...[number(code, 1), code === 2 ? number(version, 1) : Buffer.alloc(0)],
    ...[number(type, 1), number(command, 2), number(1, 1), number(id, 4), number(codec, 1)],
    code === 2 ? number(Number(crc), 1) : Buffer.alloc(0),
    isReply ? number(field ?? 0, 2) : number(field ?? 3000, 4),
    ...[number(className.length, 2), number(header.length, 2), number(content.length, 4)],
    ...[Buffer.from(className), header, content],
  ]);
  const isSealed = crc && code === 2 && version === 2;
  return isSealed ? Buffer.concat([bytes, number(crc32(bytes), 4)]) : bytes;
}

export const heartbeat = (id: bigint, options: Options = {}): Buffer =>
  frame({ ...options, command: COMMAND.HEARTBEAT, id, className: "", field: -1 });

/** The response to a request, in its version. */
export function response({ code, version, crc, id }: BoltFrame, content: Buffer | string): Buffer {
  const kind = { type: TYPE.RESPONSE, command: COMMAND.RESPONSE, className: "demo.Response" };
  return frame({ code, version, crc, id, ...kind, content });
}

function lengthsAt(head: Buffer): number {
  const isV2 = head[0] === 2;
  const isReply = head[isV2 ? 2 : 1] === TYPE.RESPONSE;
  return (isV2 ? 14 : 12) + (isReply ? 0 : 2);
}

const hasCrc = (head: Buffer): boolean => head[0] === 2 && head[1] === 2 && (head[11]! & 1) === 1;

export const boltWire: Wire<BoltFrame> = {
  headerLength: 20,
  measure(head) {
    if (head[0] !== 1 && head[0] !== 2) throw new Error(`not Bolt: ${head.toString("hex", 0, 24)}`);
    const at = lengthsAt(head);
    if (head.length < at + LENGTHS) return at + LENGTHS;
    const parts = head.readUInt16BE(at) + head.readUInt16BE(at + 2) + head.readUInt32BE(at + 4);
    return at + LENGTHS + parts + (hasCrc(head) ? 4 : 0);
  },
  parse(bytes) {
    const code = bytes[0] as 1 | 2;
    const type = bytes[code]!;
    const at = lengthsAt(bytes);
    const header = at + LENGTHS + bytes.readUInt16BE(at);
    const content = header + bytes.readUInt16BE(at + 2);
    const end = content + bytes.readUInt32BE(at + 4);
    const crc = code === 2 && (bytes[11]! & 1) === 1;
    if (hasCrc(bytes) && bytes.readUInt32BE(end) !== crc32(bytes.subarray(0, end))) {
      throw new Error("wrong CRC");
    }
    const isReply = type === TYPE.RESPONSE;
    return {
      ...{ bytes, code, type, crc },
      version: code === 2 ? bytes[1]! : 0,
      command: bytes.readUInt16BE(code + 1),
      id: BigInt(bytes.readUInt32BE(code + 4)),
      codec: bytes[code + 8]!,
      field: isReply ? bytes.readUInt16BE(at - 2) : bytes.readInt32BE(at - 4),
      className: bytes.toString("utf8", at + LENGTHS, header),
      header: bytes.subarray(header, content),
      attachments: pairsOf(bytes.subarray(header, content)),
      content: bytes.subarray(content, end),
    };
  },
  id: (frame) => frame.id,
  isReply: (frame) => frame.type === TYPE.RESPONSE,
};

function pairsOf(header: Buffer): Record<string, string> {
  const texts: string[] = [];
  for (let at = 0; at + 4 <= header.length;) {
    const end = at + 4 + header.readUInt32BE(at);
    if (end > header.length) return {};
    texts.push(header.toString("utf8", at + 4, end));
    at = end;
  }
  return Object.fromEntries(
    texts.flatMap((name, i) => (i % 2 === 0 ? [[name, texts[i + 1]!]] : [])),
  );
}

/** A short string of Hessian. */
const text = (value: string): Buffer =>
  Buffer.concat([Buffer.of(value.length), Buffer.from(value)]);

export type Props = { [name: string]: string | Props };

function map(props: Props): Buffer {
  const entries = Object.entries(props).flatMap(([name, value]) => [
    text(name),
    typeof value === "string" ? text(value) : map(value),
  ]);
  return Buffer.concat([Buffer.from("M"), ...entries, Buffer.from("z")]);
}

const SOFA_REQUEST = "com.alipay.sofa.rpc.core.request.SofaRequest";

/** The content of SOFARPC's requests: the call and its properties, in Hessian, and an argument. */
export function sofaContent(service: string, method: string, props: Props = {}): Buffer {
  const fields = ["targetAppName", "methodName", "targetServiceUniqueName", "requestProps"];
  return Buffer.concat([
    ...[Buffer.of(0x4f, 0x90 + SOFA_REQUEST.length), Buffer.from(SOFA_REQUEST)],
    ...[Buffer.of(0x95), ...[...fields, "methodArgSigs"].map(text), Buffer.from("6f90", "hex")],
    ...[Buffer.from("N"), text(method), text(service), map(props)],
    ...[Buffer.from("V"), Buffer.from("6e01", "hex"), text("java.lang.String"), Buffer.from("z")],
    text("argument"),
  ]);
}

/** A request of SOFARPC; its attachments lie in the header block only, unless `props` has them. */
export function sofaRequest(
  service: string,
  method: string,
  pairs: Pairs = [],
  options: Options & { props?: Props } = {},
): Buffer {
  const call: Pairs = [
    ["sofa_head_target_service", service],
    ["service", service],
    ["sofa_head_method_name", method],
  ];
  return frame({
    className: SOFA_REQUEST,
    pairs: [...call, ...pairs],
    content: sofaContent(service, method, options.props),
    ...options,
  });
}

export class BoltClient extends RpcClient<BoltFrame> {
  private nextId = 0xffff_fff0n;

  static async connect(port: number): Promise<BoltClient> {
    return new BoltClient(boltWire, await RpcClient.open(port));
  }

  /** An id that no other call of this client has; they wrap around early. */
  newId(): bigint {
    this.nextId = (this.nextId + 1n) & 0xffff_ffffn;
    return this.nextId;
  }

  call(options: Options): Promise<BoltFrame> {
    return this.request(frame({ ...options, id: this.newId() }));
  }
}

export class BoltServer extends RpcServer<BoltFrame> {
  /** Listens on a free port; answers `<tag>:<content>` and heartbeats unless `answer` says otherwise. */
  static async start(tag: string, answer?: Answer<BoltFrame>): Promise<BoltServer> {
    const echo: Answer<BoltFrame> = (asked) =>
      asked.type === TYPE.ONEWAY
        ? undefined
        : response(asked, Buffer.concat([Buffer.from(`${tag}:`), asked.content]));
    const server = new BoltServer(boltWire, answer ?? echo);
    await server.listen(0);
    return server;
  }
}
