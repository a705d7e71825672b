/** Apache Thrift in three languages, framed and encoded in all the ways that they share. */
import { testFramework } from "./support/cases.js";
import { thrift } from "./support/thrift.js";

const python = {
  binary: thrift("python", "binary"),
  "binary, not strict": thrift("python", "binary-nonstrict"),
  compact: thrift("python", "compact"),
  multiplexed: thrift("python", "multiplexed"),
  THeader: thrift("python", "header"),
  "THeader, compact": thrift("python", "header-compact"),
};
const node = {
  binary: thrift("node", "binary"),
  compact: thrift("node", "compact"),
  multiplexed: thrift("node", "multiplexed"),
};
const go = {
  binary: thrift("go", "binary"),
  compact: thrift("go", "compact"),
  THeader: thrift("go", "header"),
  "THeader, compact": thrift("go", "header-compact"),
};

/** Clients of Python and Go have a connection for each call under way. */
const each = { connections: 60 };
const languages = {
  "python 0.22.0": { modes: python, refused: "TApplicationException", ...each },
  "node 0.22.0": { modes: node, refused: "TApplicationException" },
  "go 0.17.0": { modes: go, refused: "thrift.tApplicationException", ...each },
};

for (const [language, { modes, ...framework }] of Object.entries(languages)) {
  for (const [mode, programs] of Object.entries(modes)) {
    await testFramework({
      name: `thrift ${language}, ${mode}`,
      protocol: "thrift",
      ...programs,
      ...framework,
      ...(!mode.startsWith("THeader") && { attachment: null }),
    });
  }
}

await testFramework({
  name: "thrift go 0.17.0 client, python 0.22.0 server, THeader",
  protocol: "thrift",
  client: go.THeader.client,
  server: python.THeader.server,
  refused: "thrift.tApplicationException",
  ...each,
});
