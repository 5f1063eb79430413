import type { GapRecord } from '@gongfu/shared/model/sample';

/** Losses not yet handed on. Those of one source and reason grow into one record, so the list stays short for ever. */
export class GapList {
  readonly #gaps = new Map<string, GapRecord>();

  add(gap: GapRecord): void {
    const key = `${gap.reason} ${gap.source}`;
    const known = this.#gaps.get(key);
    this.#gaps.set(key, known === undefined ? gap : joined(known, gap));
  }

  take(): GapRecord[] {
    const gaps = [...this.#gaps.values()];
    this.#gaps.clear();
    return gaps;
  }
}

function joined(one: GapRecord, other: GapRecord): GapRecord {
  return {
    ...one,
    fromTime: Math.min(one.fromTime, other.fromTime),
    toTime: Math.max(one.toTime, other.toTime),
    samples: one.samples < 0 || other.samples < 0 ? -1 : one.samples + other.samples,
  };
}
