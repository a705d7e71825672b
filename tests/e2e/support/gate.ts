/** Answers that wait for each other, so that calls are surely in flight at the same time. */
export class Gate {
  /** How many have to wait before all may go on; 0: nobody waits. */
  width = 0;
  private waiting: (() => void)[] = [];

  /** Waits until `width` are here. */
  async pass(): Promise<void> {
    if (this.width === 0) return;
    const here = new Promise<void>((go) => this.waiting.push(go));
    if (this.waiting.length >= this.width) for (const go of this.waiting.splice(0)) go();
    await here;
  }
}
