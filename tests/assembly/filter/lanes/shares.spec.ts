import { STRIDE } from "../../../../assembly/filter/draws";
import {
  Share,
  Shares,
  readWeight,
  weightFrom,
  weightTo,
  weightTotal,
} from "../../../../assembly/filter/lanes/shares";

function weight(text: string, random: u64 = 0): string {
  const utf8 = String.UTF8.encode(text);
  readWeight(changetype<usize>(utf8), utf8.byteLength, random);
  return `${weightFrom}-${weightTo}/${weightTotal}`;
}

/** Deals `n` runs of `run` requests; how many each share took, in the order of their intervals. */
function deal(shares: Shares, known: Share[], n: i32, run: u32): i32[] {
  const taken = known.map<i32>(() => 0);
  for (let i = 0; i < n; i++) {
    const share = shares.due(<u64>i * STRIDE);
    assert(share !== null, "nothing is open");
    shares.count(share, run);
    taken[known.indexOf(share!)] += run;
  }
  return taken;
}

describe("the weight that a lane tells", () => {
  test("is an interval of a total", () => {
    expect(weight("0-80/100")).toBe("0-80/100");
    expect(weight("80-100/100")).toBe("80-100/100");
    expect(weight("7-8/2147483639")).toBe("7-8/2147483639");
  });

  test("is the part of all weights in which the lane's number lies", () => {
    expect(weight("80,20", 79)).toBe("0-80/100");
    expect(weight("80,20", 80)).toBe("80-100/100");
    expect(weight("80,20", 12_345_678_901_285)).toBe("80-100/100");
    expect(weight("50,30,0,20", 80)).toBe("80-100/100");
    expect(weight("1", 7)).toBe("0-1/1");
  });

  test("is the whole if it is not there or makes no sense", () => {
    const bad = [
      "",
      "1",
      "1-",
      "1-2",
      "1-2/",
      "-2/3",
      "2-2/3",
      "2-1/3",
      "0-4/3",
      "0-1/3 ",
      "a-b/c",
      "80,",
      ",80",
      "80,,20",
      "80,x",
      "0,0",
      "2147483640,2147483640",
    ];
    for (let i = 0; i < bad.length; i++) expect(weight(bad[i])).toBe("0-1/1", bad[i]);
    expect(weight("0-1/99999999999")).toBe("0-1/1");
  });
});

describe("shares of a key's requests", () => {
  test("follow the weights to the request, whatever the runs", () => {
    const shares = new Shares();
    const known = [shares.learn(0, 80, 100, 0)!, shares.learn(80, 100, 100, 0)!];
    const single = deal(shares, known, 1000, 1);
    expect(single).toStrictEqual([800, 200]);
    const runs = deal(shares, known, 1000, 32);
    expect(abs(runs[0] - 25600)).toBeLessThan(65);
    expect(runs[0] + runs[1]).toBe(32000);
    shares.release();
  });

  test("follow the weights over millions of requests", () => {
    const shares = new Shares();
    const known = [
      shares.learn(0, 1, 1000, 0)!,
      shares.learn(1, 400, 1000, 0)!,
      shares.learn(400, 1000, 1000, 0)!,
    ];
    const taken = deal(shares, known, 100_000, 32);
    expect(abs(taken[0] - 3200)).toBeLessThan(100);
    expect(abs(taken[1] - 1_276_800)).toBeLessThan(100);
    shares.release();
  });

  test("that no lane has told are wanted in proportion, by a number that is theirs", () => {
    const shares = new Shares();
    expect(shares.due(7) === null).toBe(true);
    expect(shares.random).toBe(7);
    const middle = shares.learn(30, 60, 100, 0);
    expect(shares.due(159) === middle).toBe(true);
    expect(shares.random).toBe(159);
    expect(shares.due(160) === null).toBe(true);
    expect(shares.random).toBe(160);
    const low = shares.learn(0, 30, 100, 0);
    let open = 0;
    for (let i = 0; i < 100; i++) {
      const share = shares.due(<u64>i * STRIDE);
      if (share === null) open++;
      shares.count(share, 1);
    }
    expect(open).toBe(40);
    expect(low === null).toBe(false);
    shares.release();
  });

  test("count what a lane took before it told its own", () => {
    const shares = new Shares();
    shares.count(null, 80);
    const first = shares.learn(0, 80, 100, 80);
    expect(shares.due(80) === null).toBe(true);
    shares.count(null, 20);
    const second = shares.learn(80, 100, 100, 20)!;
    shares.count(second, 1);
    expect(shares.due(79) === first).toBe(true);
    expect(shares.due(180) === second).toBe(true);
    shares.count(first, 200);
    expect(shares.due(79) === second).toBe(true);
    expect(shares.random).toBe(80);
    shares.release();
  });

  test("that contradict each other are not learned", () => {
    const shares = new Shares();
    const first = shares.learn(0, 80, 100, 0);
    expect(shares.learn(0, 80, 100, 0) === first).toBe(true);
    expect(shares.learn(0, 90, 100, 0) === null).toBe(true);
    expect(shares.learn(79, 100, 100, 0) === null).toBe(true);
    expect(shares.learn(80, 100, 200, 0) === null).toBe(true);
    shares.forget();
    expect(shares.learn(0, 90, 100, 0) === null).toBe(false);
    shares.release();
  });
});
