import { Problem } from '@gongfu/shared/base/problem';
import type { HistoryStore } from '../history/history-store.ts';
import type { Records, TagRecord } from '../records/records.ts';
import { HistoryMove, type MovedHistory } from './history-move.ts';
import { type MovedRecords, moveRecords } from './records-move.ts';

/** From and to; what is not moved is undefined. Histories are started. */
export interface MigrationOptions {
  /** Which tags and gateways there are is asked here. */
  readonly records: Records;
  readonly history: { readonly source: HistoryStore; readonly target: HistoryStore } | undefined;
  readonly targetRecords: Records | undefined;
  readonly now: number;
  readonly say: (line: string) => void;
}

/** Moves what an installation keeps from one pair of stores to another, counted and compared. */
export async function migrate({ records, history, targetRecords, now, say }: MigrationOptions): Promise<void> {
  if (targetRecords !== undefined) {
    for (const moved of await moveRecords(records, targetRecords)) say(recordsLine(moved));
  }
  if (history === undefined) return;
  const tags = await records.tags.find().select({ number: 1, kind: 1, gatewayId: 1 }).lean<TagRecord[]>();
  const gateways = await records.gateways.find().select({ _id: 1 }).lean<{ _id: string }[]>();
  const known = (await history.source.watermarks()).map(({ gatewayId }) => gatewayId);
  let told = 0;
  const move = new HistoryMove({
    ...history,
    tags: tags.map(({ number, kind, gatewayId }) => ({ number, kind, gatewayId })),
    gatewayIds: [...new Set([...known, ...gateways.map(({ _id }) => _id)])],
    now,
    progress(units, of) {
      const percent = Math.floor((units / of) * 100);
      if (percent > told) say(`history ${percent} %`);
      told = percent;
    },
  });
  say(historyLine(await move.run()));
}

function recordsLine({ model, count, digest }: MovedRecords): string {
  return `records model=${model} count=${count} sha256=${digest}`;
}

function historyLine({ samples, gaps, ranges, digest }: MovedHistory): string {
  return `history samples=${samples} gaps=${gaps} ranges=${ranges} sha256=${digest}`;
}

export function nothingToMove(): Problem {
  return new Problem({
    code: 'migration-nowhere',
    detail: 'neither InfluxDB nor MongoDB is configured, so there is nothing to move to or from',
    advice: 'Set INFLUX_URL and its companions, or MONGODB_URI, or both: what is set is moved.',
    reaction: 'stop',
  });
}
