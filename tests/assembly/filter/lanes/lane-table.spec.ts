import { hash64 } from "../../../../assembly/bytes/hash";
import { Lane, LaneGroup } from "../../../../assembly/filter/lanes/lane";
import { LaneTable } from "../../../../assembly/filter/lanes/lane-table";

/** The group that has this key, null if there is none. */
function find(table: LaneTable, key: string): LaneGroup | null {
  const utf8 = String.UTF8.encode(key);
  const p = changetype<usize>(utf8);
  return table.ofKey(hash64(p, utf8.byteLength), p, utf8.byteLength);
}

/** Opens a lane for a key, whose group is made if there is none. */
function open(table: LaneTable, stream: u32, key: string): Lane {
  let group = find(table, key);
  if (group === null) {
    const utf8 = String.UTF8.encode(key);
    const p = changetype<usize>(utf8);
    group = table.newGroup(hash64(p, utf8.byteLength), p, utf8.byteLength);
  }
  const lane = new Lane();
  lane.stream = stream;
  table.add(lane, group);
  return lane;
}

/** Streams of a group's lanes in their order. */
function streams(group: LaneGroup): string {
  const all: string[] = [];
  let lane: Lane | null = group.first;
  while (lane !== null) {
    assert(lane.group === group && !lane.retired);
    const next = lane.nextInGroup;
    assert(next === null || next.previousInGroup === lane);
    all.push(lane.stream.toString());
    lane = next;
  }
  assert(<u32>all.length == group.count);
  return all.join(" ");
}

describe("the lanes of a connection", () => {
  test("are found by stream and by key until they are removed", () => {
    const table = new LaneTable();
    const a = open(table, 1, "a");
    const b = open(table, 3, "b");
    expect(table.count).toBe(2);
    expect(table.ofStream(1) === a).toBe(true);
    expect(table.ofStream(3) === b).toBe(true);
    expect(table.ofStream(5) === null).toBe(true);
    expect(find(table, "b") === b.group).toBe(true);
    expect(find(table, "c") === null).toBe(true);
    table.remove(a);
    expect(table.ofStream(1) === null).toBe(true);
    expect(find(table, "a") === null).toBe(true);
    expect(table.first === b).toBe(true);
    expect(table.count).toBe(1);
    table.release();
  });

  test("of one key are a group, the newest first", () => {
    const table = new LaneTable();
    const group = open(table, 1, "k").group!;
    open(table, 3, "k");
    open(table, 5, "other");
    open(table, 7, "k");
    expect(streams(group)).toBe("7 3 1");
    table.withdraw(table.ofStream(3)!);
    expect(streams(group)).toBe("7 1");
    table.remove(table.ofStream(7)!);
    expect(streams(group)).toBe("1");
    expect(find(table, "k") === group).toBe(true);
    expect(table.ofStream(3) === null).toBe(false, "a withdrawn lane still has answers to give");
    table.release();
  });

  test("a key whose last lane retires is forgotten, and begins anew with its successor", () => {
    const table = new LaneTable();
    const old = open(table, 1, "k");
    table.use(old.group!);
    open(table, 3, "before");
    table.use(find(table, "before")!);
    table.withdraw(old);
    table.withdraw(old);
    expect(old.retired).toBe(true);
    expect(find(table, "k") === null).toBe(true);
    expect(table.recentBefore === null).toBe(true, "a group that is freed is nobody's last one");
    const next = open(table, 5, "k");
    expect(table.ofStream(1) === old).toBe(true);
    table.remove(old);
    expect(find(table, "k") === next.group).toBe(true);
    table.use(next.group!);
    table.remove(next);
    expect(table.recent === null).toBe(true);
    table.release();
  });

  test("a group that is kept outlives its last lane", () => {
    const table = new LaneTable();
    const group = open(table, 1, "k").group!;
    group.current = group.first;
    group.kept = true;
    table.remove(table.ofStream(1)!);
    expect(group.count).toBe(0);
    expect(group.current === null).toBe(true);
    expect(find(table, "k") === group).toBe(true);
    group.kept = false;
    expect(open(table, 3, "k").group === group).toBe(true);
    table.release();
  });

  test("the last two groups are remembered", () => {
    const table = new LaneTable();
    const a = open(table, 1, "a").group!;
    const b = open(table, 3, "b").group!;
    table.use(a);
    table.use(a);
    expect(table.recentBefore === null).toBe(true);
    table.use(b);
    expect(table.recent === b && table.recentBefore === a).toBe(true);
    table.use(a);
    expect(table.recent === a && table.recentBefore === b).toBe(true);
    table.release();
  });

  test("keys are compared, not only their hashes", () => {
    const table = new LaneTable();
    const group = open(table, 1, "right").group!;
    const hash = group.hash;
    expect(table.ofKey(hash, group.key.at, 5) === group).toBe(true);
    expect(table.ofKey(hash, group.key.at, 4) === null).toBe(true);
    const other = String.UTF8.encode("wrong");
    expect(table.ofKey(hash, changetype<usize>(other), other.byteLength) === null).toBe(true);
    table.release();
  });

  test("the one that was idle longest is given up first, none that waits or was just used", () => {
    const table = new LaneTable();
    for (let i: u32 = 0; i < 4; i++) open(table, 2 * i + 1, i.toString()).used = 100 + i;
    table.ofStream(1)!.waiting.add(7, 1);
    expect(table.oldestIdle(1_050) === null).toBe(true, "oneway requests may be on their way");
    expect(table.oldestIdle(5_000)!.stream).toBe(3);
    table.remove(table.ofStream(3)!);
    expect(table.oldestIdle(5_000)!.stream).toBe(5);
    table.release();
  });

  test("a changed initial window widens or narrows all", () => {
    const table = new LaneTable();
    open(table, 1, "a");
    open(table, 3, "b");
    table.ofStream(1)!.window = 10;
    table.widen(-100);
    expect(table.ofStream(1)!.window).toBe(-90);
    expect(table.ofStream(3)!.window).toBe(65535 - 100);
    table.release();
  });

  test("10,000 openings and ends of all kinds leave what they should", () => {
    const table = new LaneTable();
    // The model: the stream's key, and whether it is there and takes requests.
    const keyOf: i32[] = [0];
    const there: bool[] = [false];
    const takes: bool[] = [false];
    let state: u32 = 1;
    for (let step = 0; step < 10_000; step++) {
      state = state * 1_664_525 + 1_013_904_223;
      const dice = state >> 16;
      const old = <i32>dice % keyOf.length;
      if (dice % 3 == 0 && table.count < 60) {
        open(table, keyOf.length, (dice % 7).toString());
        keyOf.push(dice % 7);
        there.push(true);
        takes.push(true);
      } else if (there[old]) {
        const lane = table.ofStream(old)!;
        if (dice % 2 == 0) table.withdraw(lane);
        else {
          table.remove(lane);
          there[old] = false;
        }
        takes[old] = false;
      } else assert(table.ofStream(old) === null);
      if (step % 500 == 0) compare(table, keyOf, there, takes);
    }
    table.release();
  });
});

function compare(table: LaneTable, keyOf: i32[], there: bool[], takes: bool[]): void {
  let all: u32 = 0;
  let listed: u32 = 0;
  let lane: Lane | null = table.first;
  while (lane !== null) {
    listed++;
    lane = lane.next;
  }
  for (let key = 0; key < 7; key++) {
    const expected: string[] = [];
    for (let stream = keyOf.length - 1; stream > 0; stream--) {
      if (keyOf[stream] != key) continue;
      if (there[stream]) all++;
      if (takes[stream]) expected.push(stream.toString());
    }
    const group = find(table, key.toString());
    expect(group === null ? "" : streams(group)).toBe(expected.join(" "), key.toString());
  }
  expect(table.count).toBe(all);
  expect(listed).toBe(all);
}
