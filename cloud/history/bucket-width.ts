const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 86_400_000;

/** Widths a person reads easily. From a minute on each is made of whole minutes, from an hour on of whole hours. */
const widthsMs = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * 1000),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * minuteMs),
  ...[1, 2, 3, 4, 6, 12].map((hours) => hours * hourMs),
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].map((days) => days * dayMs),
];

/** The finest width of which `points` cover the span. */
export function bucketWidthMs(spanMs: number, points: number): number {
  const least = spanMs / points;
  return widthsMs.find((width) => width >= least) ?? Math.ceil(least / dayMs) * dayMs;
}
