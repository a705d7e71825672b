/** A client that does nothing wrong, and so must not notice what others do. */
import assert from "node:assert/strict";
import { DubboClient, STATUS } from "../../support/dubbo.js";
import { until } from "../../support/wait.js";

export class Bystander {
  calls = 0;
  private stopped = false;
  private readonly working: Promise<void>;

  private constructor(
    private readonly client: DubboClient,
    private readonly tag: string,
  ) {
    this.working = this.work();
    this.working.catch(() => undefined); // told by `finish`
  }

  /** Connects, and calls `demo.Greeter.hello` one after the other, which `tag` must answer. */
  static async start(port: number, tag: string): Promise<Bystander> {
    const bystander = new Bystander(await DubboClient.connect(port), tag);
    await until(() => bystander.calls > 0, { what: "answer to the bystander" });
    return bystander;
  }

  /** Waits for five calls more, and fails if any went wrong. */
  async finish(): Promise<void> {
    const target = this.calls + 5;
    await Promise.race([
      this.working,
      until(() => this.calls >= target, { what: "further answers to the bystander" }),
    ]);
    this.stopped = true;
    await this.working;
    this.client.close();
  }

  private async work(): Promise<void> {
    while (!this.stopped) {
      const text = `bystander ${this.calls}`;
      const { status, value, error } = await this.client.call({ args: [text] });
      assert.equal(status, STATUS.OK, error);
      assert.equal(value, `${this.tag}:${text}`);
      this.calls++;
    }
  }
}
