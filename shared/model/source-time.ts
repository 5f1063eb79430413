const tenYearsMs = 10 * 365.25 * 86_400_000;

/** The latest source time that is believed at `now`; both UTC epoch ms. The earliest is 0. */
export function latestSourceTime(now: number): number {
  return now + tenYearsMs;
}

/** Whether something can have been measured then: whole UTC epoch ms, from 1970 to ten years ahead of `now`. */
export function isSourceTime(time: number, now: number): boolean {
  return Number.isSafeInteger(time) && time >= 0 && time <= latestSourceTime(now);
}
