/** tRPC-Go, with calls of all kinds and streams. */
import assert from "node:assert/strict";
import { testFramework } from "./support/cases.js";
import { trpc } from "./support/trpc.js";

const ERROR = "errs.Error";

await testFramework({
  name: "trpc-go 1.0.3",
  protocol: "trpc",
  ...trpc,
  onWire: (method) => `/trpc.peers.demo.Echo/${method}`,
  refused: ERROR,
  connections: 3, // of its pools
  more(it, peers) {
    it("streams are routed, and carry messages both ways", async () => {
      const { client } = peers();
      assert.equal(await client.value("chat", { arg: "a b c" }), "v1:a v1:b v1:c");
      const attachments = { user: "gray" };
      assert.equal(await client.value("chat", { arg: "a b c", attachments }), "v2:a v2:b v2:c");
    });

    it("50 streams at once, among calls", async () => {
      const { client } = peers();
      const words = Array.from({ length: 20 }, (_, i) => `w${i}`);
      const chats: Promise<string>[] = [];
      const calls: Promise<string>[] = [];
      for (let i = 0; i < 50; i++) {
        chats.push(client.value("chat", { arg: words.join(" ") }));
        calls.push(client.value("echo", { arg: `c${i}` }));
      }
      const said = words.map((word) => `v1:${word}`).join(" ");
      assert.deepEqual(await Promise.all(chats), Array<string>(50).fill(said));
      assert.deepEqual(
        await Promise.all(calls),
        calls.map((_, i) => `v1:c${i}`),
      );
    });

    it("a stream that its server ends with an error", async () => {
      const outcome = await peers().client.call("chat", { arg: "a fail b" });
      assert.ok(outcome.error?.includes(ERROR), JSON.stringify(outcome));
      assert.match(outcome.message ?? "", /10002.*v1:x/);
    });
  },
});
