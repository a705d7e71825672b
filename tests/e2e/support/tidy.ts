/** Ends what a file's tests share. */
import { after, afterEach } from "node:test";
import type { Gate } from "./gate.js";
import type { Stage } from "./stage.js";

/** What there may be; undefined: it was not started. */
interface Shared {
  client: { close(): void } | undefined;
  stage: Stage | undefined;
  servers: readonly { frames: unknown[]; close(): Promise<void> }[];
  gate?: Gate;
}

/** After each test its client goes, and what servers have seen; after all, Envoy and the servers. */
export function tidyUp(shared: () => Shared): void {
  afterEach(() => {
    const { client, servers, gate } = shared();
    client?.close();
    if (gate) gate.width = 0;
    for (const server of servers) server.frames.length = 0;
  });
  after(async () => {
    const { stage, servers } = shared();
    await stage?.stop();
    await Promise.all(servers.map((server) => server.close()));
  });
}
