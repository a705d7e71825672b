/** A module with a part of Dubbo's serializations, in a real Envoy. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import { test } from "node:test";
import { Stage } from "../e2e/support/stage.js";
import { DubboClient, DubboServer } from "../support/dubbo.js";
import { Project } from "../support/package.js";

/** Two-way, and fastjson2. */
const FLAGS = 0xc0 | 23;
const HEADER = 16;

/** A frame in fastjson2 whose body nobody here reads. */
function frame(flags: number, status: number, id: bigint): Buffer {
  const bytes = Buffer.alloc(HEADER + 1, 0xaf);
  bytes.writeUInt32BE(0xdabb0000 + flags * 256 + status);
  bytes.writeBigUInt64BE(id, 4);
  bytes.writeUInt32BE(1, 12);
  return bytes;
}

test("what it has is routed on, and the rest by its header", async (t) => {
  const project = await Project.create();
  t.after(() => project.remove());
  const built = await project.argot("build", "--codec", "dubbo:hessian2", "--out", "small.wasm");
  assert.equal(built.status, 0, built.stderr);
  const v1 = createServer((socket) => {
    socket.on("data", (bytes) => socket.write(frame(23, 20, bytes.readBigUInt64BE(4))));
  });
  v1.listen(0, "127.0.0.1");
  await once(v1, "listening");
  t.after(() => v1.close());
  const v2 = await DubboServer.start({ tag: "v2" });
  t.after(() => v2.close());
  const setup = {
    name: "parts",
    routeOn: ["method", "attachment.user"],
    subsets: { v1: (v1.address() as AddressInfo).port, v2: v2.port },
    routes: [
      { match: [{ key: "attachment.user", exact: "alice" }], to: [{ subset: "v2" }] },
      { to: [{ subset: "v1" }] },
    ],
  };
  const stage = await Stage.start([setup], 1, project.path("small.wasm"));
  t.after(() => stage.stop());

  const client = await DubboClient.connect(stage.port("parts"));
  t.after(() => client.close());
  const { value } = await client.call({ args: ["x"], attachments: { user: "alice" } });
  assert.equal(value, "v2:x");

  const socket = connect(stage.port("parts"), "127.0.0.1");
  t.after(() => socket.destroy());
  socket.write(frame(FLAGS, 0, 77n));
  const [answer] = (await once(socket, "data")) as [Buffer];
  assert.deepEqual(answer, frame(23, 20, 77n));
});
