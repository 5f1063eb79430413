import { join } from 'node:path';
import { sleep, systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { StatusCode } from '@gongfu/shared/model/quality';
import type { SampleBlock } from '@gongfu/shared/model/sample';
import type { ColumnKind } from '@gongfu/shared/model/value-type';
import { DuckdbHistoryStore } from '#cloud/history/duckdb/duckdb-history-store';
import { connectRecords } from '#cloud/records/connect';
import { HistoryLoad } from './history-load.ts';

const dayMs = 86_400_000;
const firstDay = Date.UTC(2026, 0, 1);

export interface KeptPlantOptions {
  readonly samples: number;
  readonly tags: number;
  readonly days: number;
}

/** Data folder of a service that has run for a while: sealed days, some rows late, gaps, quarantine, and their records. */
export async function keepPlant(folder: string, options: KeptPlantOptions) {
  await keepRecords(folder, options.tags);
  const kept = await keepHistory(folder, options);
  console.error(`  made: ${JSON.stringify(kept)}`);
  return kept;
}

/** As its records name them. */
export function keptTags(tags: number) {
  const kindOf = (number: number): ColumnKind =>
    number <= tags ? 'number' : (['text', 'integer64', 'boolean'] as const)[number - tags - 1]!;
  return Array.from({ length: tags + 3 }, (_, i) => ({ number: i + 1, kind: kindOf(i + 1), gatewayId: 'bench' }));
}

async function keepRecords(folder: string, tags: number): Promise<void> {
  const records = await connectRecords({ folder: join(folder, 'records'), log: silentLogger });
  await records.tenants.create({ _id: 'acme', name: { zh: '甲', en: 'Acme' } });
  await records.tags.insertMany(
    keptTags(tags).map(({ number, kind, gatewayId }) => ({
      ...{ _id: `tag-${number}`, number, tenantId: 'acme', gatewayId, source: 'plc', name: `signal ${number}` },
      ...{ type: 'float64', scaled: false, kind, unit: '', description: '', maxSilentMs: 1000 },
    })),
  );
  await records.close();
}

/** The newest day stays in the open file; the first ones have got rows after they were sealed. */
async function keepHistory(folder: string, { samples, tags, days }: KeptPlantOptions) {
  const store = new DuckdbHistoryStore({
    ...{ folder: join(folder, 'history'), log: silentLogger, clock: systemClock, random: Math.random },
    rollups: { rowsMax: 4_000_000, afterMs: 1_000, lookMs: 200 },
    sealing: { overMs: 0, lateMs: 0, rowsMax: 1e12, generationsMax: 4, rowsPerPiece: 2_000_000, restShare: 0 },
  });
  await store.start();
  const load = new HistoryLoad(tags);
  const rounds = Math.ceil(samples / tags / days);
  const intervalMs = Math.floor(dayMs / rounds);
  for (let day = 0; day < days; day += 1) {
    await load.fill(store, { from: firstDay + day * dayMs, intervalMs, rounds, tags });
    await store.append([strange(firstDay + day * dayMs, day, tags)]);
  }
  const sealed = async (least: number) => {
    while ((await store.health()).segments < least) await sleep(systemClock, 200);
    return (await store.health()).segments;
  };
  const segments = await sealed(days);
  for (let day = 0; day < Math.min(2, days); day += 1) {
    await load.fill(store, { from: firstDay + day * dayMs + 7, intervalMs, rounds: Math.ceil(rounds / 100), tags });
  }
  const withLate = await sealed(segments + Math.min(2, days));
  const today = Math.floor(Date.now() / dayMs) * dayMs;
  await load.fill(store, { from: today + 3_600_000, intervalMs: 100, rounds: 20, tags });
  for (let n = 0; n < 20; n += 1) {
    const place = { gatewayId: 'bench', epoch: 9, sequence: n, ingestTime: firstDay + n };
    await store.quarantine({
      ...place,
      code: 'batch-undecodable',
      detail: 'bench',
      bytes: new Uint8Array(100_000).fill(n),
    });
  }
  const { bytes } = await store.health();
  await store.stop();
  return { samplesWritten: load.written + 5 * days, sealedFiles: withLate, bytes };
}

/** Texts, 64-bit integers, booleans, a bad status and a gap. */
function strange(time: number, day: number, tags: number) {
  const of = { sourceTimes: Float64Array.of(time), statuses: Uint32Array.of(0), count: 1 };
  const blocks: SampleBlock[] = [
    { ...of, kind: 'text', tags: Uint32Array.of(tags + 1), values: [`第 ${day} 天\n"\\`] },
    { ...of, kind: 'integer64', tags: Uint32Array.of(tags + 2), values: BigInt64Array.of(2n ** 53n + BigInt(day)) },
    { ...of, kind: 'boolean', tags: Uint32Array.of(tags + 3), values: Uint8Array.of(day % 2) },
    {
      ...{ kind: 'number', count: 2, tags: Uint32Array.of(1, 1), sourceTimes: Float64Array.of(time, time) },
      ...{
        statuses: Uint32Array.of(StatusCode.BadTimeout, StatusCode.UncertainLastUsableValue),
        values: Float64Array.of(0, -0),
      },
    },
  ];
  const lost = { fromSequence: day * 2 + 1, toSequence: day * 2 + 1, fromTime: time, toTime: time + 5, samples: 3 };
  const gaps = [{ ...lost, reason: 'buffer-full' as const, source: '' }];
  return { gatewayId: 'bench', epoch: 2, sequence: 1_000 + day, ingestTime: time + 9, blocks, gaps };
}
