import type { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import type { AdmittedBatch } from '#cloud/history/history-store';
import type { InfluxHistoryStore } from '#cloud/history/influx/influx-history-store';
import { batchOf, numberBlock } from '../../../contract/history-store.contract.js';
import { until } from '../../../kit/until.ts';

export const start = Date.UTC(2026, 10, 23, 12);
const hourMs = 3_600_000;

/** Ten samples of the tag of that number: sample n lies at minute n and is n, batch after batch. */
export function numberedBatch(number: number, sequence: number): AdmittedBatch {
  const rows = Array.from({ length: 10 }, (_, i) => {
    const n = sequence * 10 + i;
    return [number, start + n * 60_000, n] as const;
  });
  return batchOf(sequence, [numberBlock(rows)], { gatewayId: `gateway-${number}` });
}

/** As a gateway does: again until it is told that it is stored. */
export async function deliverTo(store: InfluxHistoryStore, ...batches: AdmittedBatch[]): Promise<void> {
  await until(() =>
    store.append(batches).then(
      () => true,
      ({ reaction }: Problem) => {
        expect(reaction).to.equal('retry');
        return false;
      },
    ),
  );
}

/** Each sample of so many batches is there once, in the raw data and in what a trend makes of them, and known as stored. */
export async function auditNumbered(store: InfluxHistoryStore, number: number, batches: number): Promise<void> {
  const tag = { number, kind: 'number' } as const;
  const range = { from: start, to: start + 1e9 };
  const { samples } = await store.samples({ tag, ...range, limit: 10_000 });
  expect(samples.map(({ value }) => value)).to.deep.equal(Array.from({ length: batches * 10 }, (_, n) => n));
  const marks = (await store.watermarks()).filter(({ gatewayId }) => gatewayId === `gateway-${number}`);
  expect(marks).to.deep.equal([{ gatewayId: `gateway-${number}`, epoch: 1, first: 0, last: batches - 1 }]);
  await auditTrend(store, number, batches);
}

async function auditTrend(store: InfluxHistoryStore, number: number, batches: number): Promise<void> {
  const tags = [{ number, kind: 'number', holdMs: 1000 }] as const;
  const { columns } = await store.trend({ tags, from: start, to: start + 48 * hourMs, points: 48 });
  const { counts, mins, maxs } = columns[0]!;
  const hours = Math.ceil((batches * 10) / 60);
  const first = Array.from({ length: hours }, (_, hour) => hour * 60);
  expect([...mins]).to.deep.equal(first);
  expect([...maxs]).to.deep.equal(first.map((n) => Math.min(n + 59, batches * 10 - 1)));
  expect(counts.reduce((sum, count) => sum + count, 0)).to.equal(batches * 10);
}
