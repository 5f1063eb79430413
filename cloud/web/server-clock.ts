/**
 * The platform's time as far as this browser knows it. A tablet on the shop floor may be minutes off: every age on the
 * page would lie by that much. The `Date` of each answer tells the difference; within its resolution nothing is corrected.
 */
const toleranceMs = 2_000;
let offsetMs = 0;

export function observeServerDate(header: string | null): void {
  const serverTime = header === null ? Number.NaN : Date.parse(header);
  if (Number.isNaN(serverTime)) return;
  const difference = serverTime + 500 - Date.now();
  offsetMs = Math.abs(difference) > toleranceMs ? difference : 0;
}

/** UTC epoch ms. */
export function serverNow(): number {
  return Date.now() + offsetMs;
}
