import { Metadata, Slot } from "../../../../assembly/codecs/metadata";
import { RouteKeys } from "../../../../assembly/filter/keys";
import { LaneGroup } from "../../../../assembly/filter/lanes/lane";
import { buildKey, KEY_AT, keyMatches } from "../../../../assembly/filter/lanes/routing-key";
import { hexOf } from "../../codecs/support";
import { set } from "./support";

describe("the routing key", () => {
  test("tells values, their order and their absence apart", () => {
    const m = new Metadata();
    const keys = new RouteKeys(["service", "method", "attachment.user"], m);
    const user = keys.slots[2];
    const seen: string[] = [];
    const texts = ["", "a", "ab", "b"];
    for (let s = -1; s < texts.length; s++) {
      for (let n = -1; n < texts.length; n++) {
        for (let u = -1; u < texts.length; u++) {
          m.clear();
          if (s >= 0) set(m, Slot.SERVICE, texts[s]);
          if (n >= 0) set(m, Slot.METHOD, texts[n]);
          if (u >= 0) set(m, user, texts[u]);
          const length = buildKey(m, keys.slots, 100);
          const key = hexOf(KEY_AT, <u32>length);
          expect(seen.includes(key)).toBe(false, key);
          seen.push(key);
          const group = new LaneGroup();
          group.key.append(KEY_AT, length);
          expect(keyMatches(group, m, keys.slots)).toBe(true);
          set(m, Slot.METHOD, "other");
          expect(keyMatches(group, m, keys.slots)).toBe(false);
          group.release();
        }
      }
    }
    expect(seen.length).toBe(125);
  });

  test("is refused when its values are too long, together or alone", () => {
    const m = new Metadata();
    const keys = new RouteKeys(["service", "method"], m);
    set(m, Slot.SERVICE, "x".repeat(60));
    set(m, Slot.METHOD, "y".repeat(40));
    expect(buildKey(m, keys.slots, 100)).not.toBe(0);
    expect(buildKey(m, keys.slots, 99)).toBe(0);
    m.set(Slot.METHOD, KEY_AT, u32.MAX_VALUE);
    expect(buildKey(m, keys.slots, 100)).toBe(0);
  });

  test("without any key to route on, all requests have the same", () => {
    const m = new Metadata();
    const keys = new RouteKeys([], m);
    const length = buildKey(m, keys.slots, 100);
    expect(length).not.toBe(0);
    const group = new LaneGroup();
    group.key.append(KEY_AT, length);
    set(m, Slot.SERVICE, "any");
    expect(keyMatches(group, m, keys.slots)).toBe(true);
    group.release();
  });

  test("matches exactly the requests that build it", () => {
    const m = new Metadata();
    const keys = new RouteKeys(["service", "method"], m);
    const texts = ["", "a", "b", "aa", "ab", "a\0", "ba"];
    for (let one = 0; one < 49; one++) {
      set(m, Slot.SERVICE, texts[one / 7]);
      set(m, Slot.METHOD, texts[one % 7]);
      const group = new LaneGroup();
      group.key.append(KEY_AT, buildKey(m, keys.slots, 100));
      for (let other = 0; other < 49; other++) {
        set(m, Slot.SERVICE, texts[other / 7]);
        set(m, Slot.METHOD, texts[other % 7]);
        assert(keyMatches(group, m, keys.slots) == (one == other), one.toString());
      }
      group.release();
    }
  });
});
