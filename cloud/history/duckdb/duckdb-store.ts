import { stat } from 'node:fs/promises';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { systemClock } from '@gongfu/shared/base/clock';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import { GapReader } from './gap-reader.ts';
import { cutUnwrittenTail } from './log-repair.ts';
import { Rollups } from './rollups.ts';
import { RowReader } from './row-reader.ts';
import { SampleCopy } from './sample-copy.ts';
import { SampleReader } from './sample-reader.ts';
import type { StoreOperations, StoreSettings } from './store-message.ts';
import { prepareSchema } from './store-schema.ts';
import { StoreWriter } from './store-writer.ts';
import { TrendReader } from './trend-reader.ts';

export interface OpenStore {
  readonly operations: StoreOperations;
  close(): Promise<void>;
}

/** Opens the file inside the history process. `fatal` must end the process; see StoreWriter. @throws Problem */
export async function openStore(settings: StoreSettings, fatal: (error: unknown) => void): Promise<OpenStore> {
  const instance = await openInstance(settings);
  const connection: DuckDBConnection = await instance.connect();
  await prepareSchema(connection, settings.file);
  const writer = new StoreWriter({ connection, settings, fatal });
  await writer.open();
  const rows = new RowReader({ instance, clock: systemClock, timeoutMs: settings.queryTimeoutMs });
  const reader = new SampleReader(rows);
  const gaps = new GapReader(rows);
  const trends = new TrendReader(rows);
  const copies = new SampleCopy({ instance, clock: systemClock });
  const rollups = new Rollups({ instance, clock: systemClock, pace: settings.rollups, fatal });
  await rollups.start();
  return {
    operations: {
      append: (batches) => writer.append(batches),
      holds: (batch) => writer.holds(batch),
      watermarks: () => writer.watermarks(),
      quarantine: (record) => writer.quarantine(record),
      samples: (query) => reader.samples(query),
      series: (query) => reader.series(query),
      trend: (query) => trends.trend(query),
      statistics: (query) => trends.statistics(query),
      copy: (query) => copies.copy(query),
      columns: (query) => reader.columns(query),
      latest: (tags) => reader.latest(tags),
      gaps: (query) => gaps.gaps(query),
      health: async () => ({ bytes: (await sizeOf(settings.file)) + (await sizeOf(`${settings.file}.wal`)) }),
    },
    async close() {
      await rollups.stop();
      await writer.close();
      instance.closeSync();
    },
  };
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

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch {
    return 0;
  }
}
