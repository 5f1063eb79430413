import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** Of one address before the next attempt waits for the rest of the window. */
export const attemptsMax = 10;
const windowSeconds = 300;
/** Attempts that may be under way at once, of all addresses: passwords are compared one after the other. */
const waitingMax = 8;

/** How often somebody may try a password. */
export class AttemptLimit {
  readonly #byAddress = new RateLimiterMemory({ points: attemptsMax, duration: windowSeconds });
  #underWay = 0;

  /**
   * Runs one attempt; what was right counts no more. Answers the seconds to wait where there were too many.
   */
  async attempt(
    address: string,
    judge: () => Promise<boolean>,
  ): Promise<{ readonly matches: boolean } | { readonly waitSeconds: number }> {
    if (this.#underWay >= waitingMax) return { waitSeconds: 3 };
    this.#underWay += 1;
    try {
      await this.#byAddress.consume(address, 1);
      const matches = await judge();
      if (matches) await this.#byAddress.delete(address);
      return { matches };
    } catch (error) {
      if (error instanceof RateLimiterRes) return { waitSeconds: Math.ceil(error.msBeforeNext / 1000) };
      throw error;
    } finally {
      this.#underWay -= 1;
    }
  }
}
