import type { StoredGap } from '../history/history-store.ts';
import { Watermark } from './watermark.ts';

/**
 * What of the named losses is truly missing, each sequence once. A gateway whose buffer overflows drops the oldest batches,
 * also one that is on the way at that moment or whose answer was cut off. Such a batch may have arrived after all, and
 * stored samples are no loss; and the gap records it carried are told again by a later batch, perhaps grown, so that a
 * range is named twice. `stored`: sequence ranges the cloud has of one life of a gateway's buffer, inclusive. How many
 * samples the rest of a cut record had is unknown (-1).
 */
export function missingOnly(
  gaps: readonly StoredGap[],
  stored: (gatewayId: string, epoch: number) => readonly (readonly [number, number])[],
): StoredGap[] {
  const known = new Map<string, Watermark>();
  const told = new Set<string>();
  const knownOf = ({ gatewayId, epoch }: StoredGap) => {
    const life = `${gatewayId}/${epoch}`;
    const ranges = known.get(life) ?? watermarkOf(stored(gatewayId, epoch));
    known.set(life, ranges);
    return ranges;
  };
  const remainder = (gap: StoredGap): StoredGap[] => {
    const { fromSequence, toSequence } = gap;
    if (fromSequence < 0) {
      const identity = JSON.stringify({ ...gap, ingestTime: 0 });
      const again = told.has(identity);
      told.add(identity);
      return again ? [] : [gap];
    }
    const ranges = knownOf(gap);
    const missing = ranges.missing(fromSequence, toSequence);
    ranges.add(fromSequence, toSequence);
    return missing.map(([first, last]) =>
      first === fromSequence && last === toSequence
        ? gap
        : { ...gap, fromSequence: first, toSequence: last, samples: -1 },
    );
  };
  // The widest first: of a record and the grown one, the grown one stays whole.
  const byWidth = [...gaps].sort((a, b) => b.toSequence - b.fromSequence - (a.toSequence - a.fromSequence));
  const rest = new Map(byWidth.map((gap) => [gap, remainder(gap)]));
  return gaps.flatMap((gap) => rest.get(gap)!);
}

function watermarkOf(ranges: readonly (readonly [number, number])[]): Watermark {
  const watermark = new Watermark();
  for (const [first, last] of ranges) watermark.add(first, last);
  return watermark;
}
