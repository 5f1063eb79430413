import { join } from 'node:path';
import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import type { SampleBlock } from '@gongfu/shared/model/sample';
import { DuckdbHistoryStore } from '#cloud/history/duckdb/duckdb-history-store';
import type { HistoryStore } from '#cloud/history/history-store';
import { LoadGateway } from './load-gateway.ts';
import { percentiles, round } from './process-meter.ts';
import { type Cloud, inFolder, startCloud } from './programs.ts';

const start = Date.UTC(2026, 0, 1);
const rowsPerBatch = 20_000;
const spike = 1e6;

interface Signal {
  readonly number: number;
  readonly kind: 'number';
  readonly holdMs: number;
}

/** Where the spike was found: its value, and when. */
interface Seen {
  readonly bucketMs: number;
  readonly max: number | undefined;
  readonly maxTime: number | undefined;
}

type Ask = (from: number, to: number, points: number) => Promise<Seen>;

interface ZoomOptions {
  readonly days: number;
  readonly asks: number;
  readonly points: number;
}

/**
 * One signal at one sample a second for so many days, with one spike of one sample: how quickly each zoom answers, from the
 * store and over HTTP as the page asks it, and whether the spike is seen.
 */
export async function zoomBench(options: ZoomOptions): Promise<object> {
  return inFolder(async (folder) => {
    const { tag, token } = await declared(folder);
    const stored = await inStore(join(folder, 'cloud', 'history'), tag, options);
    const cloud = await startCloud(folder, { token });
    try {
      // The first picture wakes what has slept; a person waits for the second.
      await askHttp(cloud, tag)(start, start + options.days * 86_400_000, options.points);
      return { ...options, ...stored, overHttp: await allZooms(askHttp(cloud, tag), options) };
    } finally {
      await cloud.stop();
    }
  });
}

/** A tag as a gateway declares it, so that it can be asked for. */
async function declared(folder: string): Promise<{ tag: Signal; token: string }> {
  const cloud = await startCloud(folder);
  const gateway = new LoadGateway({ url: cloud.url, code: await cloud.code('bench'), name: 'bench', tags: 1 });
  try {
    await gateway.start();
    const { items } = await cloud.get<{ items: { id: string }[] }>('/api/v1/tags');
    return { tag: { number: Number(items[0]?.id), kind: 'number', holdMs: 3500 }, token: cloud.token };
  } finally {
    gateway.stop();
    await cloud.stop();
  }
}

async function inStore(folder: string, tag: Signal, options: ZoomOptions): Promise<object> {
  const seconds = options.days * 86_400;
  const store = new DuckdbHistoryStore({
    folder,
    log: silentLogger,
    clock: systemClock,
    random: Math.random,
    rollups: { rowsMax: 1_000_000, afterMs: 2000, lookMs: 500 },
  });
  await store.start();
  try {
    const begun = performance.now();
    await fill(store, tag, seconds);
    const fillSeconds = (performance.now() - begun) / 1000;
    await rolledUp(store, tag, seconds);
    const rolledUpAfterSeconds = round((performance.now() - begun) / 1000 - fillSeconds, 1);
    const zooms = await allZooms(askStore(store, tag), options);
    const { bytes } = await store.health();
    return {
      samples: seconds,
      fillSeconds: round(fillSeconds, 1),
      samplesPerSecond: Math.round(seconds / fillSeconds),
      rolledUpAfterSeconds,
      bytesPerSample: round(bytes / seconds, 2),
      zooms,
    };
  } finally {
    await store.stop();
  }
}

function spikePlace(seconds: number): number {
  return Math.floor(seconds * 0.618);
}

async function fill(store: HistoryStore, tag: Signal, seconds: number): Promise<void> {
  const spikeAt = spikePlace(seconds);
  let level = 5000;
  for (let from = 0, sequence = 1; from < seconds; from += rowsPerBatch, sequence += 1) {
    const count = Math.min(rowsPerBatch, seconds - from);
    const block: SampleBlock<'number'> = {
      kind: 'number',
      count,
      tags: new Uint32Array(count).fill(tag.number),
      sourceTimes: Float64Array.from({ length: count }, (_, i) => start + (from + i) * 1000),
      statuses: new Uint32Array(count),
      values: Float64Array.from({ length: count }, (_, i) => {
        level += Math.round(Math.random() * 20 - 10);
        return from + i === spikeAt ? spike : level / 100;
      }),
    };
    const batch = { gatewayId: 'bench', epoch: 1, sequence, ingestTime: start, blocks: [block], gaps: [] };
    await store.append([batch]);
  }
}

/** Until the whole answers as quickly twice: the roll-ups are made in the background and tell nobody. */
async function rolledUp(store: HistoryStore, tag: Signal, seconds: number): Promise<void> {
  const deadline = performance.now() + 120_000;
  for (let quick = 0; quick < 3 && performance.now() < deadline; ) {
    const begun = performance.now();
    await store.trend({ tags: [tag], from: start, to: start + seconds * 1000, points: 1000 });
    quick = performance.now() - begun < 100 ? quick + 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function askStore(store: HistoryStore, tag: Signal): Ask {
  return async (from, to, points) => {
    const { bucketMs, columns } = await store.trend({ tags: [tag], from, to, points });
    const place = columns[0]!.maxs.indexOf(spike);
    return { bucketMs, max: columns[0]!.maxs[place], maxTime: columns[0]!.maxTimes[place] };
  };
}

/** Until the answer has been read, as the page reads it. */
function askHttp(cloud: Cloud, tag: Signal): Ask {
  return async (from, to, points) => {
    const { bucketMs, items } = await cloud.get<{
      bucketMs: number;
      items: { max: (number | null)[]; maxTime: (number | null)[] }[];
    }>(`/api/v1/series?tags=${tag.number}&points=${points}&from=${from}&to=${to}`);
    const place = items[0]!.max.indexOf(spike);
    return { bucketMs, max: items[0]!.max[place] ?? undefined, maxTime: items[0]!.maxTime[place] ?? undefined };
  };
}

async function allZooms(ask: Ask, options: ZoomOptions): Promise<Record<string, object>> {
  const spans = { year: 365, month: 30, week: 7, day: 1, hour: 1 / 24, minute: 1 / 1440, seconds10: 10 / 86_400 };
  const zooms: Record<string, object> = {};
  for (const [name, days] of Object.entries(spans)) {
    zooms[name] = await zoomFigures(ask, options, Math.round(Math.min(days, options.days) * 86_400_000));
  }
  return zooms;
}

async function zoomFigures(ask: Ask, options: ZoomOptions, spanMs: number): Promise<object> {
  const { days, asks, points } = options;
  const spikeTime = start + spikePlace(days * 86_400) * 1000;
  const milliseconds: number[] = [];
  let found = 0;
  let bucketMs = 0;
  for (let count = 0; count < asks; count += 1) {
    // Each ask is another window around the spike, so that nothing is answered twice.
    const latest = start + days * 86_400_000 - spanMs;
    const from = Math.round(Math.max(start, Math.min(latest, spikeTime - spanMs * Math.random())));
    const begun = performance.now();
    const seen = await ask(from, from + spanMs, points);
    milliseconds.push(performance.now() - begun);
    ({ bucketMs } = seen);
    if (seen.max === spike && seen.maxTime === spikeTime) found += 1;
  }
  return { bucketMs, milliseconds: percentiles(milliseconds), spikeFound: `${found} of ${asks}` };
}
