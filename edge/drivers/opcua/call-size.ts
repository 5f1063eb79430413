import { messageOf } from '@gongfu/shared/base/problem';

const tooBig = /Bad(TooManyOperations|TooManyMonitoredItems|EncodingLimitsExceeded|RequestTooLarge|ResponseTooLarge)/;

/** How many items one call of a service may have: what the server tells, and what it finds out when it tells nothing. */
export class CallSize {
  #most: number;

  /** `told` is the server's own limit; 0 or nothing when it does not say. `most` is ours. */
  constructor(options: { told: number | null | undefined; most: number }) {
    this.#most = Math.min(options.told || options.most, options.most);
  }

  get most(): number {
    return this.#most;
  }

  /**
   * Asks for all items, in order, as many calls as it takes. A call the server finds too big is asked again in halves, and
   * none is that big from then on. @throws what `ask` throws for any other reason, or for a single item
   */
  async ask<T, R>(items: readonly T[], ask: (part: readonly T[]) => Promise<readonly R[]>): Promise<R[]> {
    const answers: R[] = [];
    for (let from = 0; from < items.length; ) {
      const part = items.slice(from, from + this.#most);
      try {
        const answered = await ask(part);
        for (const place of part.keys()) answers.push(answered[place]!);
        from += part.length;
      } catch (error) {
        if (part.length === 1 || !tooBig.test(messageOf(error))) throw error;
        this.#most = Math.ceil(part.length / 2);
      }
    }
    return answers;
  }
}
