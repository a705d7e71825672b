/**
 * The model as the oracle: whatever the order and the timing, every request gets its own answer or
 * one error, and nobody else's.
 */
import fc from "fast-check";
import assert from "node:assert/strict";
import { callSpec, ROUTE_ON, ROUTE_ON_HEAD } from "./calls.js";
import { property } from "./check.js";
import { lanesRoot, vm } from "./plugin.js";
import { World } from "./world.js";

const pick = fc.nat({ max: 7 });
const few = fc.oneof(fc.nat({ max: 60 }), fc.nat({ max: 3000 }), fc.nat({ max: 60_000 }));
const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 5 });

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("client" as const), n: few }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant("answer" as const), pick, size: few, sizes }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("flush" as const), n: few }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat({ max: 3 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("grant" as const), pick, n: few }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("kill" as const),
      pick,
      how: fc.constantFrom(
        "end" as const,
        "reset" as const,
        "refuse" as const,
        "local" as const,
        "local body" as const,
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("server" as const),
      pick,
      what: fc.constantFrom("heartbeat" as const, "readonly" as const, "stray" as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("manager" as const),
      what: fc.oneof(fc.constant("ping" as const), fc.integer({ min: 40, max: 100_000 })),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function take(world: World, s: Step): void {
  if (s.do === "client") world.clientSends(s.n);
  else if (s.do === "answer") world.answer(s.pick, s.size, s.sizes);
  else if (s.do === "flush") world.flush(s.n);
  else if (s.do === "wait") world.wait(s.ms);
  else if (s.do === "grant") world.grant(s.pick, s.n);
  else if (s.do === "kill") world.kill(s.pick, s.how);
  else if (s.do === "manager") world.managerSends(s.what);
  else world.serverSends(s.pick, s.what);
}

const writes = fc.constantFrom("frames" as const, "all" as const, "manual" as const);
const routeOn = fc.constantFrom(ROUTE_ON, ROUTE_ON_HEAD);
/** How many lanes a key may have. */
const spread = fc.integer({ min: 1, max: 3 });
const LAST_STEP = 40;
const script = {
  calls: fc.array(callSpec, { minLength: 1, maxLength: 25 }),
  steps: fc.array(step, { maxLength: LAST_STEP }),
  writes,
  routeOn,
};

property(
  "every request gets its own answer, while lanes die",
  150,
  fc.record({ ...script, maxRequests: fc.nat({ max: 4 }), spread }),
  ({ calls, steps, routeOn, writes, maxRequests, spread }) => {
    const root = lanesRoot({ routeOn, lanes: { maxRequests, maxAgeSeconds: 0, spread } });
    const world = new World(vm(), root, calls, { writes, connectionWindow: 1 << 20 }, routeOn);
    for (const s of steps) take(world, s);
    world.finish();
    world.check();
    world.connection.disconnect();
  },
);

property(
  "nothing is lost, and no window is overdrawn, when windows are small and late",
  120,
  fc.record({
    ...script,
    windows: fc.constantFrom("late" as const, "at once" as const),
    initialWindow: fc.oneof(fc.nat({ max: 100 }), fc.nat({ max: 70_000 })),
    connectionWindow: fc.oneof(fc.constant(0), fc.nat({ max: 100_000 })),
    maxFrameSize: fc.constantFrom(16384, 20_000),
    spread,
  }),
  ({
    calls,
    steps,
    routeOn,
    writes,
    windows,
    initialWindow,
    connectionWindow,
    maxFrameSize,
    spread,
  }) => {
    const root = lanesRoot({ routeOn, lanes: { maxRequests: 0, maxAgeSeconds: 0, spread } });
    const world = new World(
      vm(),
      root,
      calls,
      {
        settings: { initialWindow: Math.max(40, initialWindow), maxFrameSize },
        connectionWindow,
        windows,
        writes,
      },
      routeOn,
    );
    for (const s of steps) take(world, s);
    world.finish();
    world.check();
    world.connection.disconnect();
  },
);

property(
  "no more lanes than allowed: the rest waits or is refused",
  60,
  fc.record({
    ...script,
    maxConcurrentStreams: fc.integer({ min: 1, max: 4 }),
    maxLanes: fc.integer({ min: 1, max: 4 }),
    spread,
  }),
  ({ calls, steps, routeOn, writes, maxConcurrentStreams, maxLanes, spread }) => {
    const root = lanesRoot({
      routeOn,
      lanes: { maxRequests: 2, maxAgeSeconds: 0, maxLanes, spread },
    });
    const world = new World(
      vm(),
      root,
      calls,
      {
        settings: { maxConcurrentStreams },
        connectionWindow: 1 << 20,
        writes,
      },
      routeOn,
    );
    for (const s of steps) take(world, s);
    world.finish();
    world.check();
    world.connection.disconnect();
  },
);

property(
  "a draining listener: what was accepted is answered, then the connection is closed",
  80,
  fc.record({
    ...script,
    spread,
    noticeAt: fc.nat({ max: 30 }),
    /** How many steps later lanes end; 0: without a notice, beyond LAST_STEP: never. */
    goawayAfter: fc.nat({ max: LAST_STEP }),
    maxRequests: fc.nat({ max: 3 }),
  }),
  ({ calls, steps, routeOn, writes, noticeAt, goawayAfter, maxRequests, spread }) => {
    const root = lanesRoot({ routeOn, lanes: { maxRequests, maxAgeSeconds: 0, spread } });
    const world = new World(vm(), root, calls, { writes, connectionWindow: 1 << 20 }, routeOn);
    world.clientSends(200); // an HTTP connection manager that never got a byte sends no GOAWAY
    for (let i = 0; i <= LAST_STEP; i++) {
      if (i === noticeAt && goawayAfter > 0) world.notice();
      if (i === noticeAt + goawayAfter) world.goaway();
      const s = steps[i];
      if (s !== undefined) take(world, s);
    }
    world.finish();
    const lanes = world.hcm.opened.length;
    world.checkReplies();
    assert.equal(world.goodbyes, 1, "goodbyes");
    world.wait(5000);
    assert.ok(!world.connection.open, "nothing is in flight, and it is still open");
    assert.equal(world.hcm.opened.length, lanes);
  },
);

property(
  "lanes retire by age, and their successors carry on",
  60,
  fc.record({ ...script, pauses: fc.array(fc.nat({ max: 1500 }), { maxLength: 40 }) }),
  ({ calls, steps, routeOn, writes, pauses }) => {
    const root = lanesRoot({ routeOn, lanes: { maxRequests: 0, maxAgeSeconds: 2 } });
    const world = new World(vm(), root, calls, { writes, connectionWindow: 1 << 20 }, routeOn);
    steps.forEach((s, i) => {
      take(world, s);
      world.wait(pauses[i] ?? 0);
    });
    world.finish();
    world.check();
    world.connection.disconnect();
  },
);
