import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { systemClock } from '@gongfu/shared/base/clock';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import { Horizons } from '../horizons.ts';
import type { RetentionClass } from '../retention.ts';
import { GapReader } from './gap-reader.ts';
import { LatestReader } from './latest-reader.ts';
import { openGeneration } from './layout.ts';
import { LayoutGate } from './layout-gate.ts';
import { cutUnwrittenTail } from './log-repair.ts';
import { PageReader } from './page-reader.ts';
import { QuarantineReader } from './quarantine-reader.ts';
import { RowReader } from './row-reader.ts';
import { SampleCopy } from './sample-copy.ts';
import { SampleReader } from './sample-reader.ts';
import { readLayout, removeStrays } from './sealing.ts';
import { SegmentShelf } from './segment-shelf.ts';
import { SeriesReader } from './series-reader.ts';
import { StoreBackup } from './store-backup.ts';
import type { StoreOperations, StoreSettings } from './store-message.ts';
import { prepareSchema } from './store-schema.ts';
import { StoreWriter } from './store-writer.ts';
import { TrendReader } from './trend-reader.ts';
import { Upkeep } from './upkeep.ts';

export interface OpenStore {
  readonly operations: StoreOperations;
  close(): Promise<void>;
}

/** Opens the file inside the history process. `fatal` must end the process; see StoreWriter. @throws Problem */
export async function openStore(settings: StoreSettings, fatal: (error: unknown) => void): Promise<OpenStore> {
  const instance = await openInstance(settings);
  const connection: DuckDBConnection = await instance.connect();
  await prepareSchema(connection, settings.file);
  const folder = join(dirname(settings.file), 'days');
  await mkdir(folder, { recursive: true });
  const gate = new LayoutGate(await readLayout(connection));
  await removeStrays(folder, gate.layout);
  const backup = new StoreBackup({ instance, gate, file: settings.file, days: folder });
  await backup.tidy();
  const horizons = await readHorizons(connection);
  const shelf = await SegmentShelf.open(instance, folder);
  const writer = new StoreWriter({ connection, settings, fatal });
  await writer.open(openGeneration(gate.layout).id);
  const rows = new RowReader({ instance, gate, shelf, clock: systemClock, timeoutMs: settings.queryTimeoutMs });
  const reader = new SampleReader(rows, horizons);
  const pages = new PageReader(rows, horizons);
  const newest = new LatestReader(rows);
  const gaps = new GapReader(rows);
  const quarantine = new QuarantineReader(rows);
  const series = new SeriesReader(rows, horizons);
  const trends = new TrendReader(rows, horizons);
  const copies = new SampleCopy(rows, horizons);
  const upkeep = new Upkeep({ instance, gate, shelf, writer, horizons, clock: systemClock, settings, fatal });
  await upkeep.start();
  return {
    operations: {
      append: (batches) => writer.append(batches),
      restore: async (piece) => {
        await writer.restore(piece);
        horizons.take(piece.expired ?? []);
      },
      quarantined: (query) => quarantine.page(query),
      expired: () => Promise.resolve(horizons.list),
      holds: (batch) => writer.holds(batch),
      watermarks: () => writer.watermarks(),
      quarantine: (record) => writer.quarantine(record),
      samples: (query) => reader.samples(query),
      firstPages: (queries) => pages.firstPages(queries),
      series: (query) => series.series(query),
      trend: (query) => trends.trend(query),
      statistics: (query) => trends.statistics(query),
      copy: (query) => copies.copy(query),
      columns: (query) => reader.columns(query),
      latest: (tags) => newest.latest(tags),
      gaps: (query) => gaps.gaps(query),
      retain: (order) => upkeep.retain(order),
      backUp: (target) => backup.backUp(target),
      health: async () => {
        const { generations, segments } = gate.layout;
        const sealedBytes = await bytesOf(segments.map((segment) => shelf.fileOf(segment)));
        const bytes = sealedBytes + (await bytesOf([settings.file, `${settings.file}.wal`]));
        return { bytes, sealedBytes, segments: segments.length, generations: generations.length };
      },
    },
    async close() {
      await upkeep.stop();
      await shelf.close();
      await writer.close();
      instance.closeSync();
    },
  };
}

async function readHorizons(connection: DuckDBConnection): Promise<Horizons> {
  const horizons = new Horizons();
  const found = await connection.runAndReadAll('SELECT class, tag, max(day)::DOUBLE FROM horizons GROUP BY class, tag');
  for (const [what, tag, day] of found.getRows()) {
    horizons.raise(what as RetentionClass, [tag as number], day as number);
  }
  return horizons;
}

async function openInstance({ file, memoryLimit }: StoreSettings): Promise<DuckDBInstance> {
  try {
    return await DuckDBInstance.create(file, {
      memory_limit: memoryLimit,
      threads: '2',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
  } catch (error) {
    if (/could not set lock/i.test(messageOf(error))) throw locked(file, error);
    const kept = await cutUnwrittenTail(file, messageOf(error));
    if (kept !== undefined) throw repaired(file, kept);
    throw new Problem({
      code: 'history-unreadable',
      detail: `history file ${file} cannot be opened: ${messageOf(error)}`,
      advice:
        'Check access rights and free disk space; if the file is damaged, put back the last backup. The file was not changed.',
      reaction: 'stop',
      cause: error,
    });
  }
}

function locked(file: string, cause: unknown): Problem {
  return new Problem({
    code: 'history-locked',
    detail: `history file ${file} is in use by another process: ${messageOf(cause)}`,
    advice: 'Stop the other gongfu-cloud that uses this data folder.',
    reaction: 'retry',
    cause,
  });
}

/** The library is in no state to try again in this process; the service starts another. */
function repaired(file: string, kept: string): Problem {
  return new Problem({
    code: 'history-log-cut',
    detail: `the log of ${file} ended in something never written, as after a power cut; it was cut there, the damaged log is ${kept}`,
    advice: 'Nothing acknowledged was in the part cut off; remove the damaged log when the history is as expected.',
    reaction: 'retry',
  });
}

async function bytesOf(files: readonly string[]): Promise<number> {
  const sizes = await Promise.all(files.map(sizeOf));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch {
    return 0;
  }
}
