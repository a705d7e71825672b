/** The names in a description and their registers, and which of them are needed for what. */
import { Json } from "../../filter/config/json";
import { complain, join } from "../../filter/config/reader";
import { at, child, has, itemsIn, numberIn, numbersIn, textIn } from "./read-json";
import { Need } from "./program";
import { MOST_REGISTERS } from "./registers";
import { Ask, Sum, Test } from "./tests";
import { Lookup } from "./values";

export class Names {
  /** By register. */
  private readonly names: string[] = [];
  /** The element that a register belongs to; of attachments that are looked up -1. */
  private readonly elements: i32[] = [];
  /** Which registers are those of leaves. */
  firstLeaf: i32 = 0;
  leaves: i32 = 0;
  readonly lookups: Lookup[] = [];

  get count(): i32 {
    return this.names.length;
  }

  /** Keeps the first registers for `n` elements, which have no names yet. */
  reserve(n: i32): void {
    for (let i = 0; i < n; i++) {
      this.names.push("");
      this.elements.push(i);
    }
  }

  /** Gives element `i` its name. */
  name(i: i32, name: string, path: string): void {
    if (name == "" || this.names.includes(name)) complain(path, '"' + name + '" is no new name');
    this.names[i] = name;
  }

  /** Gives `name` the next register. */
  add(name: string, element: i32, path: string): u32 {
    if (this.names.includes(name)) complain(path, '"' + name + '" is there twice');
    if (this.names.length >= <i32>MOST_REGISTERS) {
      complain(path, "has too many names");
      return 0;
    }
    this.elements.push(element);
    return this.names.push(name) - 1;
  }

  /** The register of the name in `key`. */
  register(json: Json, path: string, key: string): u32 {
    const name = textIn(json, path, key);
    const i = this.names.indexOf(name);
    if (i < 0) complain(join(path, key), '"' + name + '" is not there');
    return max(i, 0);
  }

  /** The element of the name in `key`. */
  element(json: Json, path: string, key: string): i32 {
    return max(this.elementOf(this.register(json, path, key)), 0);
  }

  elementOf(register: u32): i32 {
    return <i32>register < this.elements.length ? this.elements[register] : -1;
  }

  /** The register for the value of the attachment in `key`. */
  lookup(json: Json, path: string, key: string): u32 {
    const name = textIn(json, path, key);
    const known = "attachment " + name;
    const i = this.names.indexOf(known);
    if (i >= 0) return i;
    const register = this.add(known, -1, path);
    this.lookups.push(new Lookup(register, String.UTF8.encode(name)));
    return register;
  }

  /** Adds to `need` what has to be known for `register`. */
  mark(need: Need, register: u32): void {
    const element = this.elementOf(register);
    if (element < 0) need.attachments = true;
    else need.elements = max(need.elements, <u32>element + 1);
    const leaf = <i32>register - this.firstLeaf;
    if (leaf >= 0 && this.leaves > leaf) need.leaves |= (<u32>1) << leaf;
  }

  sum(json: Json, path: string): Sum {
    const terms = itemsIn(json, path, "terms");
    const registers = new StaticArray<u32>(terms.length);
    const times = new StaticArray<u32>(terms.length);
    if (terms.length > 8) complain(path, "has more than 8 terms");
    for (let i = 0; i < terms.length; i++) {
      const inside = at(join(path, "terms"), i);
      registers[i] = this.register(terms[i], inside, "name");
      times[i] = <u32>numberIn(terms[i], inside, "times", 65535);
    }
    return new Sum(numberIn(json, path, "add", 1 << 30), registers, times);
  }

  /** @param need gets what the conditions need */
  tests(json: Json, path: string, key: string, need: Need): StaticArray<Test> {
    const items = itemsIn(json, path, key);
    const tests = new StaticArray<Test>(items.length);
    for (let i = 0; i < items.length; i++) {
      tests[i] = this.test(items[i], at(join(path, key), i), need);
    }
    return tests;
  }

  private test(json: Json, path: string, need: Need): Test {
    const none = new StaticArray<u64>(0);
    if (has(json, "from")) {
      const server = textIn(json, path, "from") == "server";
      return new Test(server ? Ask.FROM_SERVER : Ask.FROM_CLIENT, 0, none);
    }
    if (has(json, "number")) {
      const register = this.register(json, path, "number");
      this.mark(need, register);
      return new Test(Ask.NUMBER, register, numbersIn(json, path, "in"));
    }
    const register = has(json, "span")
      ? this.register(json, path, "span")
      : this.lookup(json, path, "attachment");
    this.mark(need, register);
    const present = child(json, "present").number != 0;
    return new Test(present ? Ask.PRESENT : Ask.ABSENT, register, none);
  }
}
