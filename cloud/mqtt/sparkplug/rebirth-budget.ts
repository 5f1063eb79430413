const firstWaitMs = 5_000;
const longestWaitMs = 300_000;
const windowMs = 10_000;
const perWindowMax = 200;

/**
 * How often rebirths may be asked for: a node that does not answer ever more rarely, and after a restart of the service
 * not of a whole plant in the same second.
 */
export class RebirthBudget {
  readonly #asked = new Map<string, { readonly at: number; readonly waitMs: number }>();
  #windowBegan = 0;
  #inWindow = 0;

  /** True when the node may be asked now; it then counts as asked. */
  take(node: string, now: number): boolean {
    const last = this.#asked.get(node);
    if (last !== undefined && now < last.at + last.waitMs && now >= last.at) return false;
    if (now - this.#windowBegan >= windowMs || now < this.#windowBegan) {
      this.#windowBegan = now;
      this.#inWindow = 0;
    }
    if (this.#inWindow >= perWindowMax) return false;
    this.#inWindow += 1;
    const waitMs = last === undefined ? firstWaitMs : Math.min(longestWaitMs, last.waitMs * 2);
    this.#asked.set(node, { at: now, waitMs });
    return true;
  }

  /** A birth came. It may be asked again, but never at once: births that never help would go around for ever. */
  settled(node: string): void {
    const last = this.#asked.get(node);
    if (last !== undefined) this.#asked.set(node, { at: last.at, waitMs: firstWaitMs });
  }

  /** Nothing more is known of the node. */
  forget(node: string): void {
    this.#asked.delete(node);
  }
}
