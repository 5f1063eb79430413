import { join } from 'node:path';
import { sleep, systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { StatusCode } from '@gongfu/shared/model/quality';
import type { SampleBlock } from '@gongfu/shared/model/sample';
import { DuckdbHistoryStore } from '#cloud/history/duckdb/duckdb-history-store';
import { connectRecords } from '#cloud/records/connect';
import { HistoryLoad } from './history-load.ts';
import { familyOf, megabytes, percentiles, round, usageOf } from './process-meter.ts';
import { inFolder, startProgram } from './programs.ts';

const dayMs = 86_400_000;
const firstDay = Date.UTC(2026, 0, 1);
const serverNames = ['INFLUX_URL', 'INFLUX_TOKEN', 'INFLUX_ORG', 'INFLUX_BUCKET', 'MONGODB_URI'] as const;

export interface MigrateBenchOptions {
  readonly samples: number;
  readonly tags: number;
  readonly days: number;
}

/** Embedded stores with sealed days, late segments and gaps, moved to the servers of the environment (empty ones) and back. */
export async function migrateBench(options: MigrateBenchOptions): Promise<object> {
  const missing = serverNames.filter((name) => !process.env[name]);
  if (missing.length > 0) return { skipped: `it moves to servers: set ${missing.join(', ')}` };
  return inFolder(async (root) => {
    const [old, returned] = [join(root, 'old'), join(root, 'returned')];
    await keepRecords(old, options.tags);
    const kept = await keepHistory(old, options);
    console.error(`  made: ${JSON.stringify(kept)}`);
    const there = await moved('servers', old);
    console.error(`  to servers: ${JSON.stringify({ ...there, lines: undefined })}`);
    const back = await moved('embedded', returned);
    const same = JSON.stringify(there.lines) === JSON.stringify(back.lines);
    const { lines, ...toServers } = there;
    const { lines: _, ...toEmbedded } = back;
    return { ...options, ...kept, toServers, toEmbedded, same, history: lines.at(-1) };
  });
}

async function keepRecords(folder: string, tags: number): Promise<void> {
  const records = await connectRecords({ folder: join(folder, 'records'), log: silentLogger });
  await records.tenants.create({ _id: 'acme', name: { zh: '甲', en: 'Acme' } });
  const kindOf = (number: number) =>
    number <= tags ? 'number' : (['text', 'integer64', 'boolean'] as const)[number - tags - 1]!;
  await records.tags.insertMany(
    Array.from({ length: tags + 3 }, (_, i) => ({
      ...{
        _id: `tag-${i + 1}`,
        number: i + 1,
        tenantId: 'acme',
        gatewayId: 'bench',
        source: 'plc',
        name: `signal ${i}`,
      },
      ...{ type: 'float64', scaled: false, kind: kindOf(i + 1), unit: '', description: '', maxSilentMs: 1000 },
    })),
  );
  await records.close();
}

/** The newest day stays in the open file; the first ones have got rows after they were sealed. */
async function keepHistory(folder: string, { samples, tags, days }: MigrateBenchOptions): Promise<object> {
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

async function moved(to: 'servers' | 'embedded', folder: string) {
  const begun = performance.now();
  const program = startProgram('cloud/bin/gongfu-cloud.js', ['migrate', '--to', to], { DATA_DIR: folder });
  const memory: number[] = [];
  const meter = setInterval(() => memory.push(megabytes(rssOf(program.pid))), 1000);
  const [text = ''] = await program.line(/(?:.*\n)*history samples=.*$/m, 3 * 3_600_000);
  clearInterval(meter);
  const seconds = (performance.now() - begun) / 1000;
  await program.stop();
  const lines = text.split('\n').filter((line) => line.includes('sha256='));
  const samples = Number(/^history samples=(\d+)/m.exec(text)?.[1]);
  const halves = [memory.slice(0, memory.length / 2), memory.slice(memory.length / 2)];
  return {
    seconds: round(seconds, 1),
    samples,
    samplesPerSecond: Math.round(samples / seconds),
    /** Of the program and its history process: first and second half of the move. */
    rssMB: halves.map((half) => percentiles(half)),
    lines,
  };
}

function rssOf(pid: number): number {
  let bytes = 0;
  for (const one of familyOf(pid)) {
    try {
      bytes += usageOf(one).rssBytes;
    } catch {
      // ended between listing and looking
    }
  }
  return bytes;
}
