import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sleep, systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { DuckdbHistoryStore } from '#cloud/history/duckdb/duckdb-history-store';
import { LastValues } from '#cloud/history/last-values';
import { HistoryLoad } from './history-load.ts';
import { percentiles, round } from './process-meter.ts';
import { inFolder } from './programs.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;
/** A day of many tags, and a month of ten. */
const day = Date.UTC(2026, 0, 1);
const month = Date.UTC(2026, 1, 1);
const monthDays = 30;
const monthTags = 10;
const monthIntervalMs = 10_000;

export interface HistoryBenchOptions {
  readonly samples: number;
  readonly tags: number;
  readonly asks: number;
  /** Samples a second that go on coming in while it is sealed and asked. */
  readonly ingestRate: number;
}

/** As the other stores are asked. */
const figures = ['mins', 'maxs', 'means'] as const;

const held = (number: number) => ({ number, kind: 'number', holdMs: 5000 }) as const;

/** The embedded store alone: written, asked as it arrived, sealed, asked again, and both beside ingest. */
export async function historyBench(options: HistoryBenchOptions): Promise<object> {
  return inFolder(async (root) => {
    const folder = join(root, 'history');
    const load = new HistoryLoad(options.tags);
    let store = await opened(folder, false);
    const written = await write(store, load, options);
    console.error(`  written: ${JSON.stringify(written)}`);
    const asArrived = await questions(store, options);
    await store.stop();
    store = await opened(folder, true);
    const ingest = load.steady(store, options.ingestRate);
    const begun = performance.now();
    const segments = monthDays + Math.ceil(options.samples / options.tags / 86_400);
    while ((await store.health()).segments < segments) await sleep(systemClock, 100);
    const sealing = { seconds: round((performance.now() - begun) / 1000, 1), commits: ingest.take() };
    console.error(`  sealed: ${JSON.stringify(sealing)}`);
    const besideIngest = { ...(await questions(store, options)), commits: ingest.take() };
    const extra = await ingest.stop();
    const sealed = await questions(store, options);
    const { bytes } = await store.health();
    const ofTheDay = await sealedBytesOf(folder, day);
    const lastValues = await lastOf(store, options);
    await store.stop();
    return {
      ...options,
      ...written,
      asArrived,
      sealing,
      // With its minutes. What the open file has kept is used again by the samples of the next day.
      sealedBytesPerSampleOfTheDay: round(ofTheDay / written.samplesOfTheDay, 2),
      bytesPerSampleWithTheOpenFile: round(bytes / (written.samplesWritten + extra), 2),
      besideIngest,
      sealed,
      lastValues,
    };
  });
}

async function opened(folder: string, isSealed: boolean): Promise<DuckdbHistoryStore> {
  const store = new DuckdbHistoryStore({
    folder,
    log: silentLogger,
    clock: systemClock,
    random: Math.random,
    rollups: { rowsMax: 4_000_000, afterMs: 5_000, lookMs: 200 },
    sealing: {
      overMs: isSealed ? 0 : 1e15,
      lateMs: 0,
      rowsMax: 1e12,
      generationsMax: 4,
      rowsPerPiece: 2_000_000,
      restShare: 0.5,
    },
  });
  await store.start();
  return store;
}

async function write(store: DuckdbHistoryStore, load: HistoryLoad, { samples, tags }: HistoryBenchOptions) {
  const begun = performance.now();
  await load.fill(store, { from: day, intervalMs: 1000, rounds: Math.floor(samples / tags), tags });
  const seconds = (performance.now() - begun) / 1000;
  await load.fill(store, {
    from: month,
    intervalMs: monthIntervalMs,
    rounds: (monthDays * dayMs) / monthIntervalMs,
    tags: monthTags,
  });
  return {
    samplesWritten: load.written,
    samplesOfTheDay: Math.floor(samples / tags) * tags,
    writeSeconds: round(seconds, 1),
    samplesPerSecond: Math.round((Math.floor(samples / tags) * tags) / seconds),
  };
}

async function questions(store: DuckdbHistoryStore, { samples, tags, asks }: HistoryBenchOptions): Promise<object> {
  const spanMs = Math.floor(samples / tags) * 1000;
  const some = (count: number) => Array.from({ length: count }, (_, i) => held(1 + Math.floor((i * tags) / count)));
  const all = some(tags);
  const hour = () => day + Math.floor(Math.random() * Math.max(1, spanMs - hourMs));
  const one = () => held(1 + Math.floor(Math.random() * tags));
  return {
    rawHourOfOneTag: await timed(asks, () => {
      const from = hour();
      return store.columns({ tag: one(), from, to: from + hourMs, before: false });
    }),
    tenTagsTo1000Points: await timed(asks, () =>
      store.trend({ tags: some(10), from: day, to: day + spanMs, points: 1000, figures }),
    ),
    monthOfTenTagsTo1000Points: await timed(asks, () =>
      store.trend({ tags: some(monthTags), from: month, to: month + monthDays * dayMs, points: 1000, figures }),
    ),
    dayOfAllTagsByMinute: await timed(3, () =>
      store.trend({ tags: all, from: day, to: day + dayMs, points: 1440, figures }),
    ),
    newestOfAllTagsFromTheStore: await timed(3, () => store.latest(all)),
  };
}

export async function sealedBytesOf(folder: string, time: number): Promise<number> {
  const days = join(folder, 'days');
  const prefix = new Date(time).toISOString().slice(0, 10);
  const names = (await readdir(days)).filter((name) => name.startsWith(prefix));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(days, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Filled from the store as at a start, then asked as pages ask. */
async function lastOf(store: DuckdbHistoryStore, { tags, asks }: HistoryBenchOptions): Promise<object> {
  const numbers = Array.from({ length: 5000 }, (_, i) => 1 + (i % tags));
  const lastValues = new LastValues({ history: store });
  const begun = performance.now();
  await lastValues.fill(numbers.slice(0, tags).map(held));
  const fillMilliseconds = round(performance.now() - begun, 1);
  const of5000 = await timed(asks, () => Promise.resolve(numbers.map((number) => lastValues.newest(number))));
  return { fillMilliseconds, of5000 };
}

async function timed(times: number, ask: () => Promise<unknown>): Promise<object> {
  const milliseconds: number[] = [];
  for (let i = 0; i < times; i += 1) {
    const begun = performance.now();
    await ask();
    milliseconds.push(performance.now() - begun);
  }
  return percentiles(milliseconds);
}
