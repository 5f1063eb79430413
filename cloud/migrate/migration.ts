import type { Clock } from '@gongfu/shared/base/clock';
import type { MovableHistory } from '../history/movable-history.ts';
import type { Records, TagRecord } from '../records/records.ts';
import type { MovedHistory } from './history-comparison.ts';
import { HistoryMove } from './history-move.ts';
import { used } from './migration-problems.ts';
import { MoveMarks } from './move-marks.ts';
import { Patience } from './patience.ts';
import { type MovedStore, patiently } from './patient-history.ts';
import { finishRecords, isFinishedRecords, type MovedRecords, moveRecords } from './records-move.ts';

/** From and to; what is not moved is undefined. Histories are started. */
export interface MigrationOptions {
  /** Which tags and gateways there are is asked here. */
  readonly records: Records;
  readonly history: { readonly source: MovableHistory; readonly target: MovableHistory } | undefined;
  readonly targetRecords: Records | undefined;
  readonly leavesRollups: boolean;
  readonly clock: Clock;
  readonly random: () => number;
  /** So long what is away is waited for, each time, before the move ends; it goes on when it is started again. */
  readonly patienceMs: number;
  readonly say: (line: string) => void;
  /** What it waits for just now. */
  readonly warn: (line: string) => void;
}

interface Histories {
  readonly source: MovedStore;
  readonly target: MovedStore;
}

/** Moves what an installation keeps from one pair of stores to another, counted and compared. @throws Problem `migration-…` */
export async function migrate(options: MigrationOptions): Promise<void> {
  const { records, targetRecords, clock, random, patienceMs: limitMs, say, warn } = options;
  const patience = new Patience({ limitMs, clock, random, say: warn });
  const { source, target } = options.history ?? {};
  const history = source && target && { source: patiently(source, patience), target: patiently(target, patience) };
  await refuseFinished(history?.target, targetRecords, patience);
  const move = history && (await historyMove(history, options, patience));
  await move?.check();
  if (targetRecords !== undefined) {
    for (const moved of await moveRecords(records, targetRecords, patience)) say(recordsLine(moved));
  }
  if (move !== undefined) say(historyLine(await move.run()));
  if (targetRecords !== undefined) await patience.through(() => finishRecords(targetRecords));
}

/** A service may have worked there since, so nothing is compared any more. */
async function refuseFinished(
  target: MovedStore | undefined,
  targetRecords: Records | undefined,
  patience: Patience,
): Promise<void> {
  const isMoved = target === undefined || (await MoveMarks.of(target)).isDone;
  const areRecords = targetRecords === undefined || (await patience.through(() => isFinishedRecords(targetRecords)));
  if (isMoved && areRecords) throw used('a migration into the target has ended well: there is nothing left to move');
}

async function historyMove(
  history: Histories,
  { records, clock, leavesRollups, say }: MigrationOptions,
  patience: Patience,
): Promise<HistoryMove> {
  const { tags, gateways } = await patience.through(async () => ({
    tags: await records.tags.find().select({ number: 1, kind: 1, gatewayId: 1 }).lean<TagRecord[]>(),
    gateways: await records.gateways.find().select({ _id: 1 }).lean<{ _id: string }[]>(),
  }));
  const known = (await history.source.watermarks()).map(({ gatewayId }) => gatewayId);
  const told = { history: 0, compared: 0 };
  return new HistoryMove({
    ...history,
    tags: tags.map(({ number, kind, gatewayId }) => ({ number, kind, gatewayId })),
    gatewayIds: [...new Set([...known, ...gateways.map(({ _id }) => _id)])],
    now: clock.now(),
    leavesRollups,
    progress(what, units, of) {
      const percent = Math.floor((units / of) * 100);
      if (percent > told[what]) say(`${what} ${percent} %`);
      told[what] = percent;
    },
  });
}

function recordsLine({ model, count, digest }: MovedRecords): string {
  return `records model=${model} count=${count} sha256=${digest}`;
}

function historyLine({ samples, gaps, ranges, quarantined, digest }: MovedHistory): string {
  return `history samples=${samples} gaps=${gaps} ranges=${ranges} quarantined=${quarantined} sha256=${digest}`;
}
