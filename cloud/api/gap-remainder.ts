import type { StoredGap } from '../history/history-store.ts';

/**
 * What of a named loss is truly missing. A gateway whose buffer overflows names the oldest batches as lost, also one that
 * is on the way at that moment, or whose answer was cut off: it may have arrived after all, and stored samples are no loss.
 * `stored`: sequence ranges of the gap's epoch, inclusive, ascending. How many samples the rest had is then unknown (-1).
 */
export function withoutStored(gap: StoredGap, stored: readonly (readonly [number, number])[]): StoredGap[] {
  const { fromSequence, toSequence } = gap;
  if (fromSequence < 0) return [gap];
  const within = stored.filter(([first, last]) => first <= toSequence && last >= fromSequence);
  if (within.length === 0) return [gap];
  const missing: StoredGap[] = [];
  let next = fromSequence;
  for (const [first, last] of [...within, [toSequence + 1, toSequence + 1] as const]) {
    if (first > next) missing.push({ ...gap, fromSequence: next, toSequence: first - 1, samples: -1 });
    next = Math.max(next, last + 1);
  }
  return missing;
}
