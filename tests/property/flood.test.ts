/** A client that has the filter say much, and perhaps never reads it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Connection } from "../host/connection.js";
import { Hcm } from "../host/hcm.js";
import * as dubbo from "../support/dubbo.js";
import { lanesRoot, vm } from "./plugin.js";

const KIB = 1024;
const ONE = dubbo.heartbeat(1n).length;
const READ = 64 * KIB;
const FLOOD = 4 * KIB * KIB;

test("what the filter says by itself is bounded in time, and nothing of it is lost", () => {
  const hcm = new Hcm({ connectionWindow: 1 << 24 });
  const connection = new Connection(vm(), lanesRoot(), hcm);
  const other = new Connection(vm(), lanesRoot(), new Hcm({ connectionWindow: 1 << 24 }));
  const asked = Math.floor(FLOOD / ONE);
  const bytes = Buffer.concat(Array.from({ length: asked }, (_, i) => dubbo.heartbeat(BigInt(i))));
  for (let at = 0; at < bytes.length; at += READ) connection.receive(bytes.subarray(at, at + READ));
  let said = connection.takeWritten().length;
  assert.ok(said <= 512 * KIB + READ, `${said} bytes were said at once`);
  assert.ok(connection.unread > FLOOD / 2, "the rest is left with Envoy, which pushes back");
  other.receive(dubbo.heartbeat(7n));
  assert.equal(other.takeWritten().length, ONE, "another connection does not notice");
  for (let half = 1; connection.open && said < bytes.length; half++) {
    vm().advance(501);
    said += connection.takeWritten().length;
    assert.ok(half < 30, `${said} of ${bytes.length} bytes`);
  }
  assert.equal(said, bytes.length);
  for (const each of [connection, other]) each.disconnect();
});
