import type { MovableHistory } from '../history/movable-history.ts';
import type { Records, TagRecord } from '../records/records.ts';
import type { MovedHistory } from './history-comparison.ts';
import { HistoryMove } from './history-move.ts';
import { used } from './migration-problems.ts';
import { MoveMarks } from './move-marks.ts';
import { finishRecords, isFinishedRecords, type MovedRecords, moveRecords } from './records-move.ts';

/** From and to; what is not moved is undefined. Histories are started. */
export interface MigrationOptions {
  /** Which tags and gateways there are is asked here. */
  readonly records: Records;
  readonly history: { readonly source: MovableHistory; readonly target: MovableHistory } | undefined;
  readonly targetRecords: Records | undefined;
  readonly now: number;
  readonly leavesRollups: boolean;
  readonly say: (line: string) => void;
}

/** Moves what an installation keeps from one pair of stores to another, counted and compared. @throws Problem `migration-…` */
export async function migrate(options: MigrationOptions): Promise<void> {
  const { records, history, targetRecords, say } = options;
  await refuseFinished(options);
  const move = history === undefined ? undefined : await historyMove(records, history, options);
  await move?.check();
  if (targetRecords !== undefined) {
    for (const moved of await moveRecords(records, targetRecords)) say(recordsLine(moved));
  }
  if (move !== undefined) say(historyLine(await move.run()));
  if (targetRecords !== undefined) await finishRecords(targetRecords);
}

/** A service may have worked there since, so nothing is compared any more. */
async function refuseFinished({ history, targetRecords }: MigrationOptions): Promise<void> {
  const isMoved = history === undefined || (await MoveMarks.of(history.target)).isDone;
  const areRecords = targetRecords === undefined || (await isFinishedRecords(targetRecords));
  if (isMoved && areRecords) throw used('a migration into the target has ended well: there is nothing left to move');
}

async function historyMove(
  records: Records,
  history: NonNullable<MigrationOptions['history']>,
  { now, leavesRollups, say }: MigrationOptions,
): Promise<HistoryMove> {
  const tags = await records.tags.find().select({ number: 1, kind: 1, gatewayId: 1 }).lean<TagRecord[]>();
  const gateways = await records.gateways.find().select({ _id: 1 }).lean<{ _id: string }[]>();
  const known = (await history.source.watermarks()).map(({ gatewayId }) => gatewayId);
  const told = { history: 0, compared: 0 };
  return new HistoryMove({
    ...history,
    tags: tags.map(({ number, kind, gatewayId }) => ({ number, kind, gatewayId })),
    gatewayIds: [...new Set([...known, ...gateways.map(({ _id }) => _id)])],
    now,
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
