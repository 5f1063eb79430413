import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { DuckdbHistoryStore } from '#cloud/history/duckdb/duckdb-history-store';
import type { StoredSample } from '#cloud/history/history-store';
import type { MovableHistory } from '#cloud/history/movable-history';
import { connectRecords } from '#cloud/records/connect';
import { batchOf, numberBlock } from '../../contract/history-store.contract.js';
import type { InfluxPlace } from '../../kit/servers/influx-server.ts';

export const start = Date.UTC(2026, 0, 1);
export const dayMs = 86_400_000;
export const cloud = 'cloud/bin/gongfu-cloud.js';

export function embeddedHistory(folder: string): DuckdbHistoryStore {
  const parts = { log: silentLogger, clock: systemClock, random: Math.random };
  return new DuckdbHistoryStore({ folder: `${folder}/history`, ...parts });
}

export function openFolder(folder: string) {
  return connectRecords({ folder: `${folder}/records`, log: silentLogger });
}

export function serversOf(address: InfluxPlace, mongoUri: string): Record<string, string> {
  const { url, token, org, bucket } = address;
  return { INFLUX_URL: url, INFLUX_TOKEN: token, INFLUX_ORG: org, INFLUX_BUCKET: bucket, MONGODB_URI: mongoUri };
}

/** One tenant, and tags of one gateway, numbered from 1 on. */
export async function keepTags(folder: string, { tags, salt }: { tags: number; salt: string }): Promise<void> {
  const records = await openFolder(folder);
  await records.tenants.create({ _id: 'acme', name: { zh: '甲', en: 'Acme' } });
  await records.tags.insertMany(
    Array.from({ length: tags }, (_, i) => ({
      ...{ _id: `tag-${i + 1}`, number: i + 1, tenantId: 'acme', gatewayId: salt, source: 'plc', name: `信号 ${i}` },
      ...{ type: 'float64', scaled: false, kind: 'number', unit: '', description: '', maxSilentMs: 1000 },
    })),
  );
  await records.close();
}

/** Tags of one gateway, some of their days, a gap and what was put aside; `salt` is the gateway's name. */
export async function keepSmall(
  folder: string,
  { tags, days, salt, quarantineBytes = 1 }: { tags: number; days: number; salt: string; quarantineBytes?: number },
) {
  await keepTags(folder, { tags, salt });
  const store = embeddedHistory(folder);
  await store.start();
  for (let day = 0; day < days; day += 1) {
    const rows = Array.from({ length: tags * 40 }, (_, i) => {
      const time = start + day * 5 * dayMs + Math.floor(i / tags) * 1_000_000;
      return [1 + (i % tags), time, i / 7] as const;
    });
    await store.append([batchOf(day, [numberBlock(rows)], { gatewayId: salt })]);
  }
  const known = { fromTime: start, toTime: start + 9, samples: 4, source: '', reason: 'buffer-full' as const };
  await store.append([batchOf(99, [], { gatewayId: salt, gaps: [{ ...known, fromSequence: 60, toSequence: 61 }] })]);
  for (let n = 0; n < 120; n += 1) {
    const place = { gatewayId: salt, epoch: 7, sequence: n, ingestTime: start + n };
    await store.quarantine({
      ...place,
      code: 'batch-undecodable',
      detail: `坏 ${n}`,
      bytes: new Uint8Array(quarantineBytes).fill(n),
    });
  }
  await store.stop();
}

/** Everything a history answers with, of those tags. */
export async function allOf(store: MovableHistory, tags: number, gatewayId: string) {
  await store.start();
  try {
    const samples: (readonly StoredSample[])[] = [];
    for (let number = 1; number <= tags; number += 1) {
      const asked = { tag: { number, kind: 'number' } as const, from: 0, to: start * 2, limit: 100_000 };
      samples.push((await store.samples(asked)).samples);
    }
    const { gaps } = await store.gaps({ gatewayIds: [gatewayId], from: 0, to: start * 2, limit: 100 });
    const { records } = await store.quarantined({ limit: 1_000 });
    const watermarks = (await store.watermarks()).filter((range) => range.gatewayId !== 'migration');
    return { samples, gaps, quarantined: records, watermarks };
  } finally {
    await store.stop();
  }
}
