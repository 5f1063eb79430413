import type { HistoryStore, HistoryTag } from '../history/history-store.ts';

/** A tag and whose it is. */
export interface MovedTag extends HistoryTag {
  readonly gatewayId: string;
}

/** What moves at once. */
export interface MoveUnit {
  /** From 1 on; what is 0 is the move itself. */
  readonly window: number;
  /** Within the window, from 1 on. */
  readonly place: number;
  readonly from: number;
  readonly to: number;
  readonly tags: readonly MovedTag[];
}

const tagsAtOnce = 500;
const samplesPerUnit = 200_000;
/** A tag with more of them in one window moves by the hour. */
const samplesPerWindowMax = 1_000_000;
const points = 20_000;
const hourMs = 3_600_000;
const tenYearsMs = 11 * 366 * 24 * hourMs;

/** The same for the same history: a move that goes on finds its units again. */
export async function unitsOf(source: HistoryStore, tags: readonly MovedTag[], now: number): Promise<MoveUnit[]> {
  const ordered = [...tags].sort(
    (a, b) => (a.gatewayId < b.gatewayId ? -1 : a.gatewayId > b.gatewayId ? 1 : 0) || a.number - b.number,
  );
  const windows = new Map<number, { tag: MovedTag; samples: number }[]>();
  let widthMs = 0;
  for (let at = 0; at < ordered.length; at += tagsAtOnce) {
    const some = ordered.slice(at, at + tagsAtOnce);
    const held = some.map(({ number, kind }) => ({ number, kind, holdMs: 0 }));
    const trend = await source.trend({ tags: held, from: 0, to: now + tenYearsMs, points });
    widthMs = trend.bucketMs;
    for (const [place, { times, counts, badCounts }] of trend.columns.entries()) {
      for (const [i, from] of times.entries()) {
        const of = windows.get(from) ?? [];
        windows.set(from, of);
        of.push({ tag: some[place]!, samples: counts[i]! + badCounts[i]! });
      }
    }
  }
  return [...windows].sort(([a], [b]) => a - b).flatMap(([from, held]) => ofWindow(from, widthMs, held));
}

function ofWindow(from: number, widthMs: number, held: readonly { tag: MovedTag; samples: number }[]): MoveUnit[] {
  const window = from / widthMs + 1;
  const range = { from, to: from + widthMs };
  const units: Omit<MoveUnit, 'place'>[] = [];
  let group: MovedTag[] = [];
  let groupSamples = 0;
  const close = () => {
    if (group.length > 0) units.push({ window, ...range, tags: group });
    group = [];
    groupSamples = 0;
  };
  for (const { tag, samples } of held) {
    if (samples > samplesPerWindowMax) {
      for (let hour = from; hour < range.to; hour += hourMs) {
        units.push({ window, from: hour, to: hour + hourMs, tags: [tag] });
      }
      continue;
    }
    if (groupSamples + samples > samplesPerUnit) close();
    group.push(tag);
    groupSamples += samples;
  }
  close();
  return units.map((unit, i) => ({ ...unit, place: i + 1 }));
}
