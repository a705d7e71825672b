import { Table } from "../../../assembly/bytes/table";

/** Numbers that look random and are the same in every run (xorshift). */
let state: u64 = 0x9e3779b97f4a7c15;
function random(below: u32): u32 {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return <u32>(state % below);
}

/** How many entries of `key` a table has, by going through its slots. */
function countOf(table: Table, key: u64): i32 {
  let n = 0;
  for (let i: u32 = 0; i < table.size; i++) {
    if (table.valueAt(i) != 0 && table.keyAt(i) == key) n++;
  }
  return n;
}

describe("Table", () => {
  test("nothing is in an empty table", () => {
    const table = new Table();
    expect(table.count).toBe(0);
    expect(table.get(0)).toBe(0);
    expect(table.take(7)).toBe(0);
    table.remove(7, 7);
    expect(table.count).toBe(0);
  });

  test("what is added is found, and taken once", () => {
    const table = new Table();
    table.add(0, 1);
    table.add(u64.MAX_VALUE, 2);
    expect(table.get(0)).toBe(1);
    expect(table.get(u64.MAX_VALUE)).toBe(2);
    expect(table.take(0)).toBe(1);
    expect(table.take(0)).toBe(0);
    expect(table.count).toBe(1);
    table.release();
  });

  test("a key may be there several times, and remove takes the entry with the value", () => {
    const table = new Table();
    for (let v: u64 = 1; v <= 5; v++) table.add(9, v);
    table.remove(9, 3);
    table.remove(9, 77);
    expect(table.count).toBe(4);
    let sum: u64 = 0;
    for (let v = table.take(9); v != 0; v = table.take(9)) {
      expect(v).not.toBe(3);
      sum += v;
    }
    expect(sum).toBe(1 + 2 + 4 + 5);
    table.release();
  });

  test("entries of one key among others are removed by their values, none else", () => {
    const table = new Table();
    // Value v belongs to key v % 37; the model knows which values are in.
    const model = new StaticArray<bool>(2_000);
    let all = 0;
    for (let step = 0; step < 50_000; step++) {
      const value = 1 + random(1_999);
      const key = <u64>(value % 37);
      if (!model[value] && random(2) == 0) {
        table.add(key, value);
        model[value] = true;
        all++;
      } else {
        table.remove(key, value);
        table.remove(key + 1, value);
        if (model[value]) all--;
        model[value] = false;
      }
      assert(table.count == all, "step " + step.toString());
    }
    let found = 0;
    for (let i: u32 = 0; i < table.size; i++) {
      const value = <i32>table.valueAt(i);
      if (value == 0) continue;
      assert(model[value] && table.keyAt(i) == value % 37, value.toString());
      found++;
    }
    expect(found).toBe(all);
    table.release();
  });

  test("100,000 random operations leave what they should", () => {
    const table = new Table();
    // The model: how many entries each of 200 keys has; values tell the key again.
    const model = new StaticArray<i32>(200);
    let all = 0;
    for (let step = 0; step < 100_000; step++) {
      const i = random(200);
      // Keys that collide in a table of up to 2^20 slots, and ones that do not.
      const key = i < 100 ? (<u64>i) << 52 : <u64>i;
      const grows = step % 20_000 < 10_000;
      if (random(3) == 0 ? !grows : grows) {
        table.add(key, key + 1);
        model[i]++;
        all++;
      } else {
        const had = model[i] > 0;
        assert(table.take(key) == (had ? key + 1 : 0), "step " + step.toString());
        if (had) {
          model[i]--;
          all--;
        }
      }
      if (step % 5_000 != 0) continue;
      expect(table.count).toBe(all);
      for (let k = 0; k < 200; k++) {
        assert(countOf(table, k < 100 ? (<u64>k) << 52 : <u64>k) == model[k], k.toString());
      }
    }
    table.release();
    expect(table.size).toBe(0);
  });

  test("keys that count up in whichever bits are not crowded", () => {
    for (let shift = 0; shift < 64; shift++) {
      const table = new Table();
      for (let i: u64 = 0; i < 3_000; i++) {
        const key = (i << shift) | (i >> (64 - shift));
        assert(!table.isCrowded(key), "shifted by " + shift.toString());
        table.add(key, 1);
      }
      table.release();
    }
  });

  test("a key that is there many times is crowded; others are not, nor it when it is taken", () => {
    const table = new Table();
    let n = 0;
    while (!table.isCrowded(7)) {
      table.add(7, 1);
      n++;
    }
    expect(n).toBe(512);
    expect(table.isCrowded(1 << 20)).toBe(false);
    expect(table.take(7)).toBe(1);
    expect(table.isCrowded(7)).toBe(false);
    table.release();
  });
});
