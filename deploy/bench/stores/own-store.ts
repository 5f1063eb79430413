import { join } from 'node:path';
import { sleep, systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { DuckdbHistoryStore } from '#cloud/history/duckdb/duckdb-history-store';
import { forkLoad } from '../fork-load.ts';
import type { IngestLoad, IngestResult } from '../ingest-bench.ts';
import type { Cloud } from '../programs.ts';
import { type Answer, type Questions, type Range, Tally } from './peer.ts';
import type { RowSet } from './walk-rows.ts';

const samplesPerBatch = 2_000;
const tagsPerSeries = 50;

/** The rows of a set by way of gateways that deliver at once, to the acknowledgement of the last. */
export async function deliver(cloud: Cloud, set: RowSet, gateways: number): Promise<IngestResult> {
  const prefix = `from-${set.firstTag}`;
  const codes: string[] = [];
  for (let n = 0; n < gateways; n += 1) codes.push(await cloud.code(`${prefix}-${n}`));
  const { rounds, from, intervalMs } = set;
  return forkLoad<IngestLoad, IngestResult>('ingest-load', {
    ...{ url: cloud.url, codes, prefix, rounds, from, intervalMs, samplesPerBatch },
    tagsPerGateway: set.tags / gateways,
    batchesPerGateway: 0,
  }).result;
}

/** What happens to days half an hour after they are over, now: with the program stopped, on its folder. */
export async function seal(folder: string): Promise<void> {
  const store = new DuckdbHistoryStore({
    folder: join(folder, 'cloud', 'history'),
    log: silentLogger,
    clock: systemClock,
    random: Math.random,
    rollups: { rowsMax: 4_000_000, afterMs: 0, lookMs: 200 },
    sealing: { overMs: 0, lateMs: 0, rowsMax: 1e12, generationsMax: 4, rowsPerPiece: 2_000_000, restShare: 0 },
  });
  await store.start();
  try {
    for (let health = await store.health(); health.segments === 0 || health.generations > 1; ) {
      await sleep(systemClock, 200);
      health = await store.health();
    }
  } finally {
    await store.stop();
  }
}

/** Our service as a page or a script asks it. */
export async function ownQuestions(cloud: Cloud, sets: readonly RowSet[]): Promise<Questions> {
  const ids = await idsOf(cloud, sets);
  const idOf = (tag: number) => ids.get(tag) ?? '';
  const timesOf = ({ from, to }: Range) => `from=${from}&to=${to}`;

  async function series(tags: readonly number[], range: Range, stepMs: number): Promise<Answer> {
    const points = Math.ceil((range.to - range.from) / stepMs);
    const { items } = await cloud.get<{ items: { min: number[]; max: number[] }[] }>(
      `/api/v1/series?tags=${tags.map(idOf).join()}&points=${points}&figures=min,max,mean&${timesOf(range)}`,
    );
    const tally = new Tally();
    for (const { min, max } of items) for (const [i, lowest] of min.entries()) tally.take(lowest, max[i]);
    return tally.answer;
  }

  return {
    async raw(tag, range) {
      const { value } = await cloud.get<{ value: number[] }>(
        `/api/v1/tags/${idOf(tag)}/samples?form=columns&limit=50000&${timesOf(range)}`,
      );
      return tallied(value);
    },
    steps: series,
    async manySteps(range, stepMs) {
      const { firstTag, tags } = sets[0]!;
      const all = Array.from({ length: tags }, (_, i) => firstTag + i);
      return inPieces(all, tagsPerSeries, (some) => series(some, range, stepMs));
    },
    async last() {
      const { value } = await cloud.post<{ value: number[] }>('/api/v1/latest', {
        tags: [...ids.values()],
        form: 'columns',
      });
      return tallied(value);
    },
  };
}

function tallied(values: readonly number[]): Answer {
  const tally = new Tally();
  for (const value of values) tally.take(value);
  return tally.answer;
}

/** Two at a time, as a browser would ask. */
async function inPieces<T>(all: readonly T[], size: number, ask: (some: T[]) => Promise<Answer>): Promise<Answer> {
  const tally = new Tally();
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < all.length) {
      const from = next;
      next += size;
      tally.add(await ask(all.slice(from, from + size)));
    }
  };
  await Promise.all([lane(), lane()]);
  return tally.answer;
}

/** By the number a tag has in its set, the id the service has given it. */
async function idsOf(cloud: Cloud, sets: readonly RowSet[]): Promise<Map<number, string>> {
  const gateways = await cloud.get<{ items: { id: string; name: string }[] }>('/api/v1/gateways');
  const nameOf = new Map(gateways.items.map(({ id, name }) => [id, name]));
  const { items } = await cloud.get<{ items: { id: string; gatewayId: string; name: string }[] }>(
    '/api/v1/tags?limit=10000',
  );
  const ids = new Map<number, string>();
  for (const set of sets) {
    const own = items.filter(({ gatewayId }) => nameOf.get(gatewayId)?.startsWith(`from-${set.firstTag}-`));
    const gatewaysOfSet = new Set(own.map(({ gatewayId }) => gatewayId)).size;
    for (const { id, gatewayId, name } of own) {
      const gateway = Number(nameOf.get(gatewayId)!.split('-').at(-1));
      ids.set(set.firstTag + gateway * (set.tags / gatewaysOfSet) + Number(name.slice(1)), id);
    }
  }
  return ids;
}
