import { Problem } from '@gongfu/shared/base/problem';
import { type RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** Counts one attempt before it is judged. @throws Problem `sign-in-too-often` */
export async function countAttempt(limiter: RateLimiterMemory, key: string): Promise<void> {
  try {
    await limiter.consume(key, 1);
  } catch (error) {
    if (error instanceof RateLimiterRes) throw tooOften(error.msBeforeNext);
    throw error;
  }
}

function tooOften(retryAfterMs: number): Problem {
  return new Problem({
    code: 'sign-in-too-often',
    detail: 'There were too many failed sign-ins with this name or from this address.',
    advice: `Wait ${Math.ceil(retryAfterMs / 1_000)} s, then try again.`,
    reaction: 'retry',
    status: 429,
    retryAfterMs,
  });
}
