/** The only way to the time. Schedules and time-outs use the monotonic side; samples are stamped by the wall side. */
export interface Clock {
  /** UTC epoch ms. May jump. */
  now(): number;
  /** Milliseconds since an arbitrary start, with fraction; never goes back. */
  monotonicMs(): number;
  /** Runs `task` once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, task: () => void): () => void;
}

/** A timer takes a longer delay for one of a millisecond. */
const longestDelayMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, task) {
    if (delayMs > longestDelayMs) return afterLong(delayMs, task);
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};

function afterLong(delayMs: number, task: () => void): () => void {
  let cancel = systemClock.after(longestDelayMs, () => {
    cancel = systemClock.after(delayMs - longestDelayMs, task);
  });
  return () => cancel();
}

export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delayMs, resolve);
  });
}
