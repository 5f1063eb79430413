/** A stretch of time, UTC epoch ms, end exclusive. Lists of intervals are sorted and do not overlap. */
export type Interval = readonly [from: number, to: number];

/** Sorts and joins: what overlaps or adjoins becomes one; empty ones go. */
export function unite(intervals: readonly Interval[]): Interval[] {
  const sorted = intervals.filter(([from, to]) => from < to).sort((a, b) => a[0] - b[0]);
  const united: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = united.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else united.push([from, to]);
  }
  return united;
}

/** The part of `whole` that no interval of `holes` (sorted) covers. */
export function subtract(whole: Interval, holes: readonly Interval[]): Interval[] {
  const rest: Interval[] = [];
  let from = whole[0];
  for (const hole of holes) {
    if (hole[1] <= from) continue;
    if (hole[0] >= whole[1]) break;
    if (hole[0] > from) rest.push([from, hole[0]]);
    from = hole[1];
  }
  if (from < whole[1]) rest.push([from, whole[1]]);
  return rest;
}

/** How many ms of [from, to) the intervals cover. */
export function overlapMs(intervals: readonly Interval[], from: number, to: number): number {
  let sum = 0;
  for (let i = firstEndingAfter(intervals, from); i < intervals.length; i += 1) {
    const [start, end] = intervals[i]!;
    if (start >= to) break;
    sum += Math.min(end, to) - Math.max(start, from);
  }
  return sum;
}

function firstEndingAfter(intervals: readonly Interval[], time: number): number {
  let low = 0;
  let high = intervals.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (intervals[middle]![1] > time) high = middle;
    else low = middle + 1;
  }
  return low;
}
