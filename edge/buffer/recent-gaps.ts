import type { GapRecord } from '@gongfu/shared/model/sample';
import { addGap } from './retention.ts';

const keptMax = 200;

/** The losses that became known since the start, for somebody to look at; the gap records themselves travel to the cloud. */
export class RecentGaps {
  #gaps: readonly GapRecord[] = [];

  /** A loss that goes on lengthens its record; one that is there already is not told twice. */
  add(gaps: readonly GapRecord[]): void {
    for (const gap of gaps) {
      if (!this.#gaps.some((known) => isSame(known, gap))) this.#gaps = addGap(this.#gaps, gap).slice(-keptMax);
    }
  }

  /** The newest last. */
  all(): readonly GapRecord[] {
    return this.#gaps;
  }
}

/** Also part of one: a gap record whose batch is dropped in its turn goes back among those that wait. */
function isSame(known: GapRecord, gap: GapRecord): boolean {
  const isLike = known.reason === gap.reason && known.source === gap.source;
  if (gap.fromSequence < 0) return isLike && known.fromTime === gap.fromTime && known.toTime === gap.toTime;
  return isLike && known.fromSequence <= gap.fromSequence && gap.toSequence <= known.toSequence;
}
