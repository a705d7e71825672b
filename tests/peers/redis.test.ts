/** Real Redis servers behind what `protocol: redis` makes of a real Envoy. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Stage } from "../e2e/support/stage.js";
import { freePorts } from "../support/ports.js";
import { RespClient, RespError, type Reply } from "../support/resp.js";
import { until } from "../support/wait.js";
import { modelOf } from "../unit/protocol/support.js";
import { findRedis, RedisServer } from "./support/redis.js";

const redis = await findRedis();
const skip = "missing" in redis ? redis.missing : false;
const path = "path" in redis ? redis.path : "";
const PASSWORD = "open sesame";

describe("redis", { skip }, () => {
  const directory = mkdtempSync(join(tmpdir(), "argot-redis-"));
  const passwordFile = join(directory, "password");
  const servers = new Map<string, RedisServer>();
  const open: RespClient[] = [];
  let stage: Stage;

  before(async () => {
    const ports = await freePorts(5);
    const [a = 0, b = 0, s = 0, locked = 0, dead = 0] = ports;
    const start = async (name: string, port: number, ...args: string[]) =>
      servers.set(name, await RedisServer.start(path, port, ...args));
    await start("a", a);
    await start("b", b);
    await start("s", s);
    await start("locked", locked, "--requirepass", PASSWORD);
    writeFileSync(passwordFile, PASSWORD);
    const at = (...list: number[]) => list.map((port) => `127.0.0.1:${port}`);
    const prefix = (subset: string) => ({
      name: subset,
      match: [{ key: "key", prefix: `${subset}:` }],
      to: [{ subset }],
    });
    const subsets = [
      { name: "session", endpoints: at(s) },
      { name: "dead", endpoints: at(dead) },
      { name: "cache", endpoints: at(a, b) },
    ];
    const routes = [prefix("session"), prefix("dead"), { to: [{ subset: "cache" }] }];
    const one = (port: number) => ({ subsets: [{ name: "only", endpoints: at(port) }] });
    stage = await Stage.start(
      modelOf(
        document("main", {}, { subsets, routes }),
        document("strict", {}, { subsets, routes: [prefix("session")] }),
        document("three", { redis: { resp: 3 } }, one(a)),
        document("locked", { redis: { passwordFile } }, one(locked)),
        document("tcp", { mode: "connection" }, one(a)),
      ),
    );
  });

  after(async () => {
    for (const client of open) client.close();
    await stage?.stop();
    for (const server of servers.values()) await server.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  async function connect(port: number): Promise<RespClient> {
    const client = await RespClient.connect(port);
    open.push(client);
    return client;
  }
  /** A connection to the listener of Envoy that was set up by this name. */
  const through = (name: string) => connect(stage.port(name));

  async function keysOf(server: string): Promise<string[]> {
    const client = await connect(servers.get(server)!.port);
    return (await client.call("KEYS", "*")) as string[];
  }

  it("keeps each key on one of two servers, and finds it again", async () => {
    const client = await through("main");
    const keys = Array.from({ length: 400 }, (_, i) => `key-${i}`);
    for (const key of keys) assert.equal(await client.call("SET", key, `of ${key}`), "OK");
    // In another order: servers that take turns would be found out.
    for (const key of keys.toReversed()) assert.equal(await client.call("GET", key), `of ${key}`);
    const [a, b] = [await keysOf("a"), await keysOf("b")];
    assert.deepEqual([...a, ...b].sort(), [...keys].sort());
    assert.ok(a.length > 100 && b.length > 100, `${a.length} and ${b.length} keys`);
  });

  it("sends keys with a prefix to its subset, those of one command to several", async () => {
    const client = await through("main");
    await client.call("MSET", "session:1", "one", "plain", "two", "session:2", "three");
    assert.deepEqual((await keysOf("s")).sort(), ["session:1", "session:2"]);
    const values = await client.call("MGET", "session:1", "plain", "session:2", "session:3");
    assert.deepEqual(values, ["one", "two", "three", null]);
    assert.equal(await client.call("DEL", "session:1", "plain", "session:2"), 3);
  });

  it("answers 5,000 pipelined commands in their order", async () => {
    const client = await through("main");
    const commands = Array.from({ length: 2_500 }, (_, i) => [
      ["SET", `${i % 3 === 0 ? "session:" : ""}p-${i}`, `${i}`],
      ["GET", `${i % 3 === 0 ? "session:" : ""}p-${i}`],
    ]).flat();
    const replies = await Promise.all(client.callAll(commands));
    replies.forEach((reply, i) => assert.equal(reply, i % 2 === 0 ? "OK" : `${(i - 1) / 2}`));
  });

  it("runs a transaction on the server that its keys' {tag} picks", async () => {
    const client = await through("main");
    const replies = await Promise.all(
      client.callAll([["MULTI"], ["SET", "{t}.a", "1"], ["INCRBY", "{t}.a", "4"], ["EXEC"]]),
    );
    assert.deepEqual(replies, ["OK", "QUEUED", "QUEUED", ["OK", 5]]);
  });

  it("answers with an error at once where there is no server, or no route", async () => {
    const client = await through("main");
    const [dead, alive] = client.callAll([
      ["SET", "dead:1", "x"],
      ["SET", "alive", "y"],
    ]);
    await fails(dead, "upstream failure");
    assert.equal(await alive, "OK");
    const strict = await through("strict");
    await fails(strict.call("GET", "no-such-prefix"), "no upstream host");
  });

  it("loses only the keys of a server that is away, and needs no new connection after it", async () => {
    const client = await through("main");
    const [onA, onB] = [(await keysOf("a"))[0]!, (await keysOf("b"))[0]!];
    const b = servers.get("b")!;
    await b.stop();
    await fails(client.call("GET", onB), "upstream failure");
    assert.notEqual(await client.call("GET", onA), null);
    servers.set("b", await RedisServer.start(path, b.port));
    await until(async () => (await client.call("SET", onB, "again")) === "OK");
    assert.deepEqual(await keysOf("b"), [onB]);
  });

  it("refuses at once what redis_proxy can't do", async () => {
    const client = await through("main");
    await fails(client.call("SUBSCRIBE", "news"), "ERR unknown command 'SUBSCRIBE'");
    await fails(client.call("BLPOP", "list", "1"), "ERR unknown command 'BLPOP'");
  });

  it("speaks version 2 unless the document says 3", async () => {
    const two = await through("main");
    await fails(two.call("HELLO", "3"), "NOPROTO");
    await two.call("HSET", "hash", "field", "value");
    assert.deepEqual(await two.call("HGETALL", "hash"), ["field", "value"]);
    const three = await through("three");
    await fails(three.call("GET", "hash"), "NOPROTO");
    assert.equal(((await three.call("HELLO", "3")) as Map<Reply, Reply>).get("proto"), 3);
    await three.call("HSET", "hash", "field", "value");
    assert.deepEqual(await three.call("HGETALL", "hash"), new Map([["field", "value"]]));
  });

  it("asks clients for the password, and gives it to servers", async () => {
    const client = await through("locked");
    await fails(client.call("GET", "k"), "NOAUTH");
    await fails(client.call("AUTH", "wrong"), "ERR invalid password");
    assert.equal(await client.call("AUTH", PASSWORD), "OK");
    assert.equal(await client.call("SET", "k", "v"), "OK");
    assert.equal(await client.call("GET", "k"), "v");
  });

  it("lets every command through in mode connection", async () => {
    const [subscriber, publisher] = [await through("tcp"), await through("tcp")];
    assert.deepEqual(await subscriber.call("SUBSCRIBE", "news"), ["subscribe", "news", 1]);
    assert.equal(await publisher.call("PUBLISH", "news", "hello"), 1);
    await until(() => subscriber.messages.length > 0);
    assert.deepEqual(subscriber.messages, [["message", "news", "hello"]]);
    const waiting = (await through("tcp")).call("BLPOP", "list", "5");
    await until(async () => {
      const info = await publisher.call("INFO", "clients");
      return String(info).includes("blocked_clients:1");
    });
    await publisher.call("RPUSH", "list", "item");
    assert.deepEqual(await waiting, ["list", "item"]);
    const hello = (await publisher.call("HELLO", "3")) as Map<Reply, Reply>;
    assert.equal(hello.get("server"), "redis");
  });
});

let port = 6379; // only a part of names: Envoy picks the ports

/** A document with one service. */
function document(name: string, spec: object, service: object): object {
  return {
    apiVersion: "argot.dev/v1",
    kind: "ApplicationProtocol",
    metadata: { name },
    spec: {
      protocol: "redis",
      ...spec,
      services: [{ host: `${name}.example`, port: port++, ...service }],
    },
  };
}

async function fails(reply: Promise<Reply> | undefined, message: string): Promise<void> {
  await assert.rejects(reply ?? Promise.resolve(), (error: Error) => {
    assert.ok(error instanceof RespError, error.message);
    assert.ok(error.message.startsWith(message), error.message);
    return true;
  });
}
