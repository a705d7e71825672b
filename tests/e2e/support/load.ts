/** Calls all the time over one connection, of which none may fail. */
import assert from "node:assert/strict";
import { DubboClient, STATUS, type Call } from "../../support/dubbo.js";
import { until } from "../../support/wait.js";

const IN_FLIGHT = 8;

export class Load {
  calls = 0;
  /** Answers by the tag of who gave them, since `share` was called. */
  private seen = new Map<string, number>();
  /** Who gave the last answer, and how many in a row. */
  private last = { tag: "", count: 0 };
  /** When the latest of the calls was made that this tag answered, on `performance`'s clock. */
  private readonly lastAsked = new Map<string, number>();
  private stopped = false;
  private readonly working: Promise<unknown>;

  private constructor(
    readonly client: DubboClient,
    private readonly call: Call,
  ) {
    this.working = Promise.all(Array.from({ length: IN_FLIGHT }, () => this.work()));
    this.working.catch(() => undefined); // told by `finish`
  }

  /** Connects and begins; the servers answer a text x by `<tag>:x`. */
  static async start(port: number, call: Call = {}): Promise<Load> {
    return new Load(await DubboClient.connect(port), call);
  }

  /** Waits for `count` answers, and tells the share of this tag among them in percent. */
  async share(tag: string, count: number): Promise<number> {
    this.seen.clear();
    const all = () => [...this.seen.values()].reduce((sum, n) => sum + n, 0);
    await this.whileWorking(() => all() >= count, `${count} answers`);
    return (100 * (this.seen.get(tag) ?? 0)) / all();
  }

  /** Waits until this tag gives so many answers in a row. */
  async only(tag: string, count: number): Promise<void> {
    const met = () => this.last.tag === tag && this.last.count >= count;
    await this.whileWorking(met, `${count} answers of ${tag} in a row`);
  }

  /**
   * Fails unless calls made later than `limit` milliseconds after `since` are answered by `tag`
   * alone.
   */
  async followed(tag: string, since: number, limit: number): Promise<void> {
    const wanted = () => (this.lastAsked.get(tag) ?? 0) > since + limit;
    await this.whileWorking(wanted, `answers of ${tag}`);
    await this.only(tag, 5 * IN_FLIGHT); // all that were in flight meanwhile
    for (const [other, asked] of this.lastAsked) {
      if (other === tag) continue;
      const late = Math.round(asked - since);
      assert.ok(late <= limit, `${other} was asked ${late} ms after the change`);
    }
  }

  async whileWorking(condition: () => boolean, what: string): Promise<void> {
    await Promise.race([this.working, until(condition, { what })]);
  }

  /** Fails if any call did, or the connection was closed. */
  async finish(): Promise<void> {
    this.stopped = true;
    await this.working;
    assert.equal(this.client.closed, false, "the connection was open all the time");
    this.client.close();
  }

  private async work(): Promise<void> {
    while (!this.stopped) {
      const text = `call ${this.calls++}`;
      const asked = performance.now();
      const { status, value, error } = await this.client.call({ ...this.call, args: [text] });
      assert.equal(status, STATUS.OK, error);
      const [tag = "", said] = String(value).split(":");
      assert.equal(said, text);
      this.seen.set(tag, (this.seen.get(tag) ?? 0) + 1);
      this.last = { tag, count: tag === this.last.tag ? this.last.count + 1 : 1 };
      this.lastAsked.set(tag, Math.max(asked, this.lastAsked.get(tag) ?? 0));
    }
  }
}
