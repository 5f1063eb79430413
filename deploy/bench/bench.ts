import { cpus, totalmem } from 'node:os';
import { abuseBench } from './abuse-bench.ts';
import { payloadRows } from './abuse-rows.ts';
import { assistantBench } from './assistant-bench.ts';
import { backupBench } from './backup-bench.ts';
import { browserBench } from './browser-bench.ts';
import { dashboardsBench } from './dashboards-bench.ts';
import { decodeBench } from './decode-bench.ts';
import { edgeHourBench } from './edge/hour-bench.ts';
import { edgeOpcuaBench } from './edge/opcua-bench.ts';
import { edgePeersBench } from './edge/peers-bench.ts';
import { edgeSourcesBench } from './edge/sources-bench.ts';
import { writesBench } from './edge/writes-bench.ts';
import { edgeBench } from './edge-bench.ts';
import { framesBench } from './frames-bench.ts';
import { historyBench } from './history-bench.ts';
import { ingestBench } from './ingest-bench.ts';
import { latencyBench } from './latency-bench.ts';
import { migrateBench } from './migrate-bench.ts';
import { queriesBench } from './queries-bench.ts';
import { restartBench } from './restart-bench.ts';
import { influxBench } from './stores/influx-bench.ts';
import { storesBench } from './stores/stores-bench.ts';
import { zoomBench } from './zoom-bench.ts';

/** `npm run bench [-- NAME …]`: one JSON document on standard output, progress on standard error. */
const waitSeconds = { warmUp: 30, calm: 5, end: 25 };
const keptPlant = {
  samples: Number(process.env.BENCH_SAMPLES ?? 1_000_000),
  tags: 1_000,
  days: Number(process.env.BENCH_DAYS ?? 5),
};
const benches: Record<string, () => Promise<object>> = {
  decode: async () => decodeBench({ tags: 2_000, samples: 5_000_000 }),
  edge: () => edgeBench({ tags: 10_000, seconds: 60 }),
  'edge-peers': () =>
    edgePeersBench({
      seconds: Number(process.env.BENCH_SECONDS ?? 12),
      warmUpSeconds: Number(process.env.BENCH_WARM_UP ?? 10),
      ...(process.env.BENCH_ROWS === undefined ? {} : { rows: process.env.BENCH_ROWS.split(',') }),
    }),
  'edge-sources': () => edgeSourcesBench({ seconds: Number(process.env.BENCH_SECONDS ?? 15) }),
  'edge-opcua': () =>
    edgeOpcuaBench({
      items: Number(process.env.BENCH_TAGS ?? 100_000),
      seconds: Number(process.env.BENCH_SECONDS ?? 20),
      ...(process.env.BENCH_ROWS === undefined ? {} : { rows: process.env.BENCH_ROWS.split(',') }),
    }),
  'edge-hour': () => edgeHourBench({ seconds: Number(process.env.BENCH_SECONDS ?? 3_600) }),
  assistant: () =>
    assistantBench({
      machines: Number(process.env.BENCH_MACHINES ?? 40),
      seed: process.env.BENCH_SEED ?? 'm',
      keyMs: 120,
      lookMs: 900,
    }),
  writes: () =>
    writesBench({ tags: Number(process.env.BENCH_TAGS ?? 100_000), writes: Number(process.env.BENCH_WRITES ?? 500) }),
  ingest: () => ingestBench({ gateways: 8, batchesPerGateway: 750, samplesPerBatch: 2000 }),
  latency: () => latencyBench({ intervalMs: 200, seconds: 60 }),
  browser: () =>
    browserBench({ tags: 2_000, intervalMs: 200, seconds: 60, minutes: Number(process.env.BENCH_MINUTES ?? 3) }),
  frames: () => framesBench({ signals: 10, seconds: 20 }),
  abuse: () =>
    abuseBench({
      seconds: Number(process.env.BENCH_SECONDS ?? 8),
      waitSeconds,
      ...(process.env.BENCH_ROWS === undefined ? {} : { rows: process.env.BENCH_ROWS.split(',') }),
    }),
  payloads: () =>
    abuseBench({
      seconds: Number(process.env.BENCH_SECONDS ?? 10),
      waitSeconds,
      rows: process.env.BENCH_ROWS?.split(',') ?? payloadRows,
      rounds: Number(process.env.BENCH_ROUNDS ?? 3),
    }),
  dashboards: () =>
    dashboardsBench({ normal: 50, paused: 50, updatesPerSecond: 5_000, tags: 500, seconds: 40, waitSeconds }),
  restart: () => restartBench({ sockets: 2_000, gateways: 100 }),
  queries: () => queriesBench({ clients: 20, seconds: 30, samplesStored: 20_000_000, tags: 20 }),
  history: () =>
    historyBench({
      samples: Number(process.env.BENCH_SAMPLES ?? 50_000_000),
      tags: 1000,
      asks: 30,
      ingestRate: 20_000,
    }),
  migrate: () => migrateBench(keptPlant),
  backup: () => backupBench(keptPlant),
  stores: () =>
    storesBench({
      samples: Number(process.env.BENCH_SAMPLES ?? 50_000_000),
      tags: Number(process.env.BENCH_TAGS ?? 1_000),
      asks: 30,
      ingestRate: 20_000,
    }),
  influx: () => influxBench({ samples: Number(process.env.BENCH_SAMPLES ?? 5_000_000), tags: 1_000, pairs: 3 }),
  zoom: () => zoomBench({ days: 365, asks: 30, points: 1000 }),
};

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !(name in benches));
if (unknown !== undefined) {
  console.error(`no bench ${unknown}; there are ${Object.keys(benches).join(', ')}`);
  process.exit(2);
}
const results: Record<string, unknown> = {
  at: new Date().toISOString(),
  node: process.version,
  machine: { cpu: cpus()[0]?.model ?? '', cores: cpus().length, memoryGiB: Math.round(totalmem() / 1024 ** 3) },
};
for (const [name, run] of Object.entries(benches)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.error(`bench ${name} …`);
  results[name] = await run();
}
console.log(JSON.stringify(results, null, 2));
process.exit(0);
