import type { Expiry } from '../history/movable-history.ts';
import { type RetentionClass, retentionClasses } from '../history/retention.ts';
import { compareHistories, gapsOf, type MovedHistory, pagesOf, quarantineOf } from './history-comparison.ts';
import { rollupsLeft, sourceUsed } from './migration-problems.ts';
import { beginMarks, MoveMarks, markOf, quarantineMark, rangesOf, refuseUnfinished, stageMark } from './move-marks.ts';
import { type MovedTag, type MoveUnit, unitsOf } from './move-units.ts';
import { gapBatches, MovedBatches } from './moved-batches.ts';
import type { MovedStore } from './patient-history.ts';

export interface HistoryMoveOptions {
  readonly source: MovedStore;
  readonly target: MovedStore;
  readonly tags: readonly Omit<MovedTag, 'since'>[];
  readonly gatewayIds: readonly string[];
  readonly now: number;
  /** Roll-ups that are kept longer than their samples stay behind, and what they told is expired. */
  readonly leavesRollups: boolean;
  /** Told after each unit. */
  readonly progress: (what: 'history' | 'compared', units: number, of: number) => void;
}

/**
 * Moves a history into an empty store. Each unit is stored together with the mark that says so, so a move that was killed goes
 * on after its last unit and nothing comes twice. In the end all of it is read from both and compared.
 */
export class HistoryMove {
  readonly #options: HistoryMoveOptions;

  constructor(options: HistoryMoveOptions) {
    this.#options = options;
  }

  /** Everything that can be known to be in the way before anything is written. @throws Problem */
  async check(): Promise<MoveMarks> {
    const { source, target, leavesRollups } = this.#options;
    await refuseUnfinished(source);
    if (!leavesRollups) refuseRollups(await source.expired());
    const marks = await MoveMarks.of(target);
    marks.check(await rangesOf(source));
    return marks;
  }

  /** @throws Problem `migration-target-used`, `migration-source-used`, `migration-differs` and those of `check` */
  async run(): Promise<MovedHistory> {
    const { source, target, gatewayIds, now, progress } = this.#options;
    const marks = await this.check();
    const ranges = await rangesOf(source);
    const expired = withAllClasses(await source.expired());
    if (!marks.isBegun) await target.restore({ batches: [], known: beginMarks(ranges), expired });
    const units = await this.#units(expired);
    for (const [place, unit] of units.entries()) {
      if (!marks.has(unit.window, unit.place)) await this.#move(unit, now);
      progress('history', place + 1, units.length);
    }
    if (!marks.hasStage('gaps')) {
      const batches = gapBatches(await gapsOf(source, gatewayIds), ranges);
      await target.restore({ batches, known: [stageMark('gaps')] });
    }
    await this.#moveQuarantine(marks);
    if (!marks.hasStage('ranges')) await target.restore({ batches: [], known: [stageMark('ranges'), ...ranges] });
    if (JSON.stringify(await rangesOf(source)) !== JSON.stringify(ranges)) throw sourceUsed();
    const moved = await compareHistories(this.#options, units, (done) => progress('compared', done, units.length));
    if (!marks.isDone) await target.restore({ batches: [], known: [stageMark('done')] });
    return moved;
  }

  #units(expired: readonly Expiry[]): Promise<MoveUnit[]> {
    const { source, tags } = this.#options;
    const since = new Map(expired.map(({ tag, before }) => [tag, before]));
    return unitsOf(
      source,
      tags.map((tag) => ({ ...tag, since: since.get(tag.number) ?? 0 })),
    );
  }

  async #move(unit: MoveUnit, now: number): Promise<void> {
    const { source, target } = this.#options;
    const moved = new MovedBatches();
    for await (const { tag, samples } of pagesOf(source, unit)) moved.add(tag, samples);
    await target.restore({ batches: moved.batches(now), known: [markOf(unit.window, unit.place)] });
  }

  async #moveQuarantine(marks: MoveMarks): Promise<void> {
    const { source, target } = this.#options;
    let place = 0;
    for await (const { page, records } of quarantineOf(source)) {
      const quarantine = records.map((record, i) => ({ ...record, place: place + i }));
      place += records.length;
      if (!marks.hasQuarantine(page)) await target.restore({ batches: [], known: [quarantineMark(page)], quarantine });
    }
  }
}

/** Where samples are gone and something coarser is not. */
function refuseRollups(expired: readonly Expiry[]): void {
  const of = (wanted: RetentionClass) =>
    new Map(expired.filter(({ what }) => what === wanted).map(({ tag, before }) => [tag, before]));
  const coarser = retentionClasses.slice(1).map(of);
  const left = [...of('samples')].filter(([tag, before]) => coarser.some((one) => (one.get(tag) ?? 0) < before));
  if (left.length > 0) throw rollupsLeft(left.length, Math.max(...left.map(([, before]) => before)));
}

/** No roll-up is there whose samples are not: what is gone of one class is gone of all. */
function withAllClasses(expired: readonly Expiry[]): Expiry[] {
  const latest = new Map<number, number>();
  for (const { tag, before } of expired) latest.set(tag, Math.max(before, latest.get(tag) ?? 0));
  return [...latest].flatMap(([tag, before]) => retentionClasses.map((what) => ({ what, tag, before })));
}
