/** Envoy's own RBAC filter, put into what `argot envoy` prints, judges single Dubbo calls. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DubboClient, DubboServer, STATUS } from "../support/dubbo.js";
import { Envoy } from "../support/envoy.js";
import { filtersOf, printed } from "./support/static.js";
import { argotStats } from "./support/stats.js";

const RBAC = {
  name: "envoy.filters.http.rbac",
  typed_config: {
    "@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC",
    rules: {
      action: "DENY",
      policies: {
        "no-writes-by-guests": {
          permissions: [{ header: { name: "x-argot-method", string_match: { prefix: "write" } } }],
          principals: [
            { header: { name: "x-argot-attachment-user", string_match: { exact: "guest" } } },
          ],
        },
      },
    },
  },
};

let server: DubboServer;
let envoy: Envoy;
let port: number;

before(async () => {
  server = await DubboServer.start({ tag: "v1" });
  const routeOn = ["service", "method", "attachment.user"];
  const setup = { name: "judged", routeOn, subsets: { v1: server.port } };
  const { config, ports } = await printed([setup]);
  filtersOf(config)[1]!.typed_config.http_filters!.unshift(RBAC);
  port = ports[0]!;
  envoy = await Envoy.start(config);
});

after(async () => {
  await envoy?.stop();
  await server.close();
});

test("a call that RBAC denies gets Dubbo's error; others of the connection are answered", async () => {
  const client = await DubboClient.connect(port);
  const replies = await Promise.all(
    ["guest", "owner", "guest", "owner"].flatMap((user) =>
      ["read", "write"].map(async (method) => {
        const reply = await client.call({ method, args: [user], attachments: { user } });
        return { user, method, ...reply };
      }),
    ),
  );
  for (const { user, method, status, value, error } of replies) {
    if (user === "guest" && method === "write") {
      assert.equal(status, STATUS.SERVICE_ERROR);
      assert.match(error ?? "", /RBAC: access denied/);
    } else assert.equal(value, `v1:${user}`);
  }
  assert.equal(server.calls, 6, "what is denied reaches no server");
  client.close();
  await envoy.until(async () => {
    const { requests, error_replies, responses } = await argotStats(envoy, "judged");
    return requests === 8 && error_replies === 2 && responses === 6;
  });
  await envoy.logged('status="403"');
});
