import { join } from 'node:path';
import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import type { SampleBlock } from '@gongfu/shared/model/sample';
import { DuckdbHistoryStore } from '#cloud/history/duckdb/duckdb-history-store';
import type { HistoryStore, Trend } from '#cloud/history/history-store';
import { percentiles, round } from './process-meter.ts';
import { inFolder } from './programs.ts';

const start = Date.UTC(2026, 0, 1);
const rowsPerBatch = 20_000;
const tag = { number: 1, kind: 'number', holdMs: 3500 } as const;
const spike = 1e6;

/** One signal at one sample a second for so many days, with one spike of one sample: how quickly each zoom answers, and whether it is seen. */
export async function zoomBench(options: { days: number; asks: number; points: number }): Promise<object> {
  return inFolder(async (folder) => {
    const seconds = options.days * 86_400;
    const spikeAt = Math.floor(seconds * 0.618);
    const store = new DuckdbHistoryStore({
      folder: join(folder, 'history'),
      log: silentLogger,
      clock: systemClock,
      random: Math.random,
      rollups: { rowsMax: 1_000_000, afterMs: 2000, lookMs: 500 },
    });
    await store.start();
    try {
      const begun = performance.now();
      await fill(store, seconds, spikeAt);
      const fillSeconds = (performance.now() - begun) / 1000;
      await rolledUp(store, seconds);
      const spans = { year: 365, month: 30, week: 7, day: 1, hour: 1 / 24, minute: 1 / 1440, seconds10: 10 / 86_400 };
      const zooms: Record<string, object> = {};
      for (const [name, days] of Object.entries(spans)) {
        const spanMs = Math.min(days, options.days) * 86_400_000;
        zooms[name] = await zoomFigures(store, { ...options, spanMs, seconds, spikeTime: start + spikeAt * 1000 });
      }
      const { bytes } = await store.health();
      return {
        ...options,
        samples: seconds,
        fillSeconds: round(fillSeconds, 1),
        samplesPerSecond: Math.round(seconds / fillSeconds),
        rolledUpAfterSeconds: round((performance.now() - begun) / 1000 - fillSeconds, 1),
        bytesPerSample: round(bytes / seconds, 2),
        zooms,
      };
    } finally {
      await store.stop();
    }
  });
}

async function fill(store: HistoryStore, seconds: number, spikeAt: number): Promise<void> {
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
async function rolledUp(store: HistoryStore, seconds: number): Promise<void> {
  const deadline = performance.now() + 120_000;
  for (let quick = 0; quick < 3 && performance.now() < deadline; ) {
    const begun = performance.now();
    await store.trend({ tags: [tag], from: start, to: start + seconds * 1000, points: 1000 });
    quick = performance.now() - begun < 100 ? quick + 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function zoomFigures(
  store: HistoryStore,
  asked: { asks: number; points: number; spanMs: number; seconds: number; spikeTime: number },
): Promise<object> {
  const { asks, points, spanMs, seconds, spikeTime } = asked;
  const milliseconds: number[] = [];
  let found = 0;
  let bucketMs = 0;
  for (let ask = 0; ask < asks; ask += 1) {
    // Each ask is another window around the spike, so that nothing is answered twice.
    const latest = start + seconds * 1000 - spanMs;
    const from = Math.round(Math.max(start, Math.min(latest, spikeTime - spanMs * Math.random())));
    const begun = performance.now();
    const trend: Trend = await store.trend({ tags: [tag], from, to: from + spanMs, points });
    milliseconds.push(performance.now() - begun);
    bucketMs = trend.bucketMs;
    const columns = trend.columns[0]!;
    const place = columns.maxs.indexOf(spike);
    if (columns.maxTimes[place] === spikeTime) found += 1;
  }
  return { bucketMs, milliseconds: percentiles(milliseconds), spikeFound: `${found} of ${asks}` };
}
