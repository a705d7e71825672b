/**
 * The lanes filter before something that is no HTTP connection manager: a tcp_proxy to a server
 * whose every byte is the test's.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { DubboClient, DubboServer, readReply, request, STATUS } from "../support/dubbo.js";
import { Envoy } from "../support/envoy.js";
import { until } from "../support/wait.js";
import { Bystander } from "./support/bystander.js";
import { filtersOf, printed, type Printed } from "./support/static.js";
import { argotStats } from "./support/stats.js";

const NETWORK = "type.googleapis.com/envoy.extensions.filters.network";

/** Frames of HTTP/2 (RFC 9113), right and wrong: type, flags, stream, payload. */
function h2(
  type: number,
  flags: number,
  stream: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}
const [DATA, HEADERS, SETTINGS, PUSH_PROMISE, PING, WINDOW_UPDATE] = [0, 1, 4, 5, 6, 8];
const END_HEADERS = 4;
const settings = h2(SETTINGS, 0, 0);
const status200 = Buffer.of(0x88);

/** What stands behind the filter says, and why it is wrong. */
const WRONG: Record<string, Buffer> = {
  "no HTTP/2 at all": Buffer.from("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n"),
  "a frame of 16 MiB": Buffer.of(0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1),
  "SETTINGS of 5 bytes": h2(SETTINGS, 0, 0, Buffer.alloc(5)),
  "a PING of 7 bytes": Buffer.concat([settings, h2(PING, 0, 0, Buffer.alloc(7))]),
  "a PING on a stream": Buffer.concat([settings, h2(PING, 0, 1, Buffer.alloc(8))]),
  "DATA on stream 0": Buffer.concat([settings, h2(DATA, 0, 0, Buffer.from("x"))]),
  "a frame size below the least": h2(SETTINGS, 0, 0, Buffer.of(0, 5, 0, 0, 0, 1)),
  "a window beyond 2 GiB": Buffer.concat([
    settings,
    ...[1, 2].map(() => h2(WINDOW_UPDATE, 0, 0, Buffer.of(0x7f, 0xff, 0xff, 0xff))),
  ]),
  "a pushed stream": Buffer.concat([settings, h2(PUSH_PROMISE, END_HEADERS, 1, Buffer.alloc(5))]),
  "headers without :status": Buffer.concat([
    settings,
    h2(HEADERS, END_HEADERS, 1, Buffer.of(0x84)),
  ]),
  "PING within a header block": Buffer.concat([
    settings,
    h2(HEADERS, 0, 1, status200),
    h2(PING, 0, 0, Buffer.alloc(8)),
  ]),
};

let raw: Server;
const peers = new Set<Socket>();
let answer: Buffer;
let good: DubboServer;
let envoy: Envoy;
let rawPort: number;
let goodPort: number;

before(async () => {
  good = await DubboServer.start({ tag: "good" });
  raw = createServer((peer) => {
    peers.add(peer);
    peer.on("error", () => peer.destroy());
    peer.on("close", () => peers.delete(peer));
    peer.once("data", () => peer.write(answer));
  });
  raw.listen(0, "127.0.0.1");
  await once(raw, "listening");
  const subsets = { v1: good.port };
  const { config, ports } = await printed(["raw", "good"].map((name) => ({ name, subsets })));
  [rawPort, goodPort] = ports as [number, number];
  putRawServer(config);
  envoy = await Envoy.start(config);
});

after(async () => {
  await envoy?.stop();
  for (const peer of peers) peer.destroy();
  raw?.close();
  await good.close();
});

/**
 * Puts a tcp_proxy to `raw` behind the filter of the first listener. It picks its cluster only when
 * it gets bytes: one that has picked it would make the filter stand aside.
 */
function putRawServer(config: Printed): void {
  filtersOf(config)[1] = {
    name: "envoy.filters.network.tcp_proxy",
    typed_config: {
      ...{ "@type": `${NETWORK}.tcp_proxy.v3.TcpProxy` },
      ...{ stat_prefix: "raw", cluster: "raw" },
      ...{ upstream_connect_mode: "ON_DOWNSTREAM_DATA", max_early_data_bytes: 65536 },
    },
  };
  const { port } = raw.address() as AddressInfo;
  const address = { socket_address: { address: "127.0.0.1", port_value: port } };
  config.static_resources.clusters.push({
    name: "raw",
    load_assignment: {
      cluster_name: "raw",
      endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }],
    },
  });
}

test("calls get errors and the connection is closed, whatever is wrong in the HTTP/2", async (t) => {
  const bystander = await Bystander.start(goodPort, "good");
  for (const [why, bytes] of Object.entries(WRONG)) {
    await t.test(why, async () => {
      answer = bytes;
      const client = await DubboClient.connect(rawPort);
      const calls = [1n, 2n].map((id) => client.expect(request({ id })));
      client.send(Buffer.concat([request({ id: 1n }), request({ id: 2n })]));
      for (const call of calls) {
        const { status, error } = readReply(await call);
        assert.equal(status, STATUS.SERVER_ERROR);
        assert.match(error ?? "", /argot: .*HTTP\/2/);
      }
      await until(() => client.closed, { what: "end of the connection" });
    });
  }
  await bystander.finish();
  await envoy.until(async () => {
    const { connections_active, ...stats } = await argotStats(envoy, "raw");
    const closed = stats["connections_closed.http2"];
    return closed === Object.keys(WRONG).length && connections_active === 0;
  });
});
