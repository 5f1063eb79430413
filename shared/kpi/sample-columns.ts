import type { SampleValue } from './state-mapping.ts';

/** Samples of one tag, row by row; `values[i]` means nothing where `statuses[i]` is bad. */
export interface SampleColumns {
  readonly sourceTimes: ArrayLike<number>;
  readonly statuses: ArrayLike<number>;
  readonly values: ArrayLike<SampleValue>;
}

/** Something that takes samples in the order of their time. */
export interface SampleTimeline {
  /** False, and nothing is taken, when the sample is older than the newest one taken. */
  add(time: number, status: number, value: SampleValue): boolean;
}

/** Adds all rows, oldest first whatever their order: what arrives late changes the order of rows, never the result. */
export function addColumns(timeline: SampleTimeline, columns: SampleColumns): void {
  const { sourceTimes, statuses, values } = columns;
  for (const row of rowsByTime(sourceTimes)) timeline.add(sourceTimes[row]!, statuses[row]!, values[row]!);
}

function rowsByTime(times: ArrayLike<number>): Iterable<number> {
  const rows = Uint32Array.from({ length: times.length }, (_, row) => row);
  const sorted = rows.every((row) => row === 0 || times[row - 1]! <= times[row]!);
  // Equal times keep their order: the later row is the newer word on that instant.
  return sorted ? rows : rows.sort((a, b) => times[a]! - times[b]! || a - b);
}
