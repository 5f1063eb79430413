import type { HistoryTag } from '../history/history-store.ts';
import { stretchMs } from '../history/movable-history.ts';
import type { MovedStore } from './patient-history.ts';

/** A tag and whose it is. */
export interface MovedTag extends HistoryTag {
  readonly gatewayId: string;
  /** UTC epoch ms: what was before was removed by retention. */
  readonly since: number;
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

/** The same for the same history: a move that goes on finds its units again. */
export async function unitsOf(source: Pick<MovedStore, 'amounts'>, tags: readonly MovedTag[]): Promise<MoveUnit[]> {
  const ordered = [...tags].sort(
    (a, b) =>
      a.since - b.since || (a.gatewayId < b.gatewayId ? -1 : a.gatewayId > b.gatewayId ? 1 : 0) || a.number - b.number,
  );
  const windows = new Map<number, { tag: MovedTag; samples: number }[]>();
  for (const some of alike(ordered)) {
    const named = new Map(some.map((tag, place) => [tag.number, { tag, place }]));
    const asked = some.map(({ number, kind }) => ({ number, kind }));
    const amounts = await source.amounts({ tags: asked, from: some[0]!.since });
    const placeOf = (number: number) => named.get(number)!.place;
    for (const { tag, from, samples } of amounts.toSorted((a, b) => placeOf(a.tag) - placeOf(b.tag))) {
      const held = windows.get(from) ?? [];
      windows.set(from, held);
      held.push({ tag: named.get(tag)!.tag, samples });
    }
  }
  return [...windows].sort(([a], [b]) => a - b).flatMap(([from, held]) => ofWindow(from, held));
}

/** Tags that begin at the same time, some at once. */
function* alike(tags: readonly MovedTag[]): Generator<readonly MovedTag[]> {
  for (let at = 0; at < tags.length; ) {
    const rest = tags.slice(at, at + tagsAtOnce);
    const other = rest.findIndex(({ since }) => since !== rest[0]!.since);
    const some = other < 0 ? rest : rest.slice(0, other);
    yield some;
    at += some.length;
  }
}

function ofWindow(from: number, held: readonly { tag: MovedTag; samples: number }[]): MoveUnit[] {
  const window = from / stretchMs + 1;
  const to = from + stretchMs;
  const units: Omit<MoveUnit, 'place'>[] = [];
  let group: MovedTag[] = [];
  let groupSamples = 0;
  const close = () => {
    if (group.length > 0) units.push({ window, from, to, tags: group });
    group = [];
    groupSamples = 0;
  };
  for (const { tag, samples } of held) {
    const parts = Math.ceil(samples / samplesPerUnit);
    if (parts > 1) {
      const widthMs = Math.ceil(stretchMs / parts);
      for (let part = from; part < to; part += widthMs) {
        units.push({ window, from: part, to: Math.min(to, part + widthMs), tags: [tag] });
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
