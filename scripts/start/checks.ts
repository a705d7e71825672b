/** What the demonstration claims, and whether all of it turned out true. */
import { verdict } from "./screen.js";

export class Checks {
  private readonly list: { ok: boolean; text: string; group: string }[] = [];

  /** Notes a claim. Claims of one group are one: it holds if all do. */
  add(ok: boolean, text: string, group = text): void {
    const known = this.list.find((check) => check.group === group);
    if (known === undefined) this.list.push({ ok, text, group });
    else known.ok &&= ok;
  }

  /** Shows all claims and forgets them; false if one does not hold. */
  show(): boolean {
    for (const { ok, text } of this.list) verdict(ok, text);
    return this.list.every(({ ok }) => ok);
  }
}
