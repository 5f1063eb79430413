import { join } from 'node:path';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { Backup } from './backup/backup.ts';
import { BackupDoor } from './backup/backup-door.ts';
import type { CloudConfig } from './config.ts';
import { DuckdbHistoryStore } from './history/duckdb/duckdb-history-store.ts';
import type { MovableHistory } from './history/movable-history.ts';
import type { SomeHistory } from './history/retention.ts';
import { connectRecords } from './records/connect.ts';
import type { Records } from './records/records.ts';

interface StoreOptions {
  readonly config: CloudConfig;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The history the configuration names. */
export async function historyStore({
  config,
  clock,
  log,
  random,
}: Omit<StoreOptions, 'env'>): Promise<SomeHistory & MovableHistory & Part> {
  const { memory, influx: address } = config.history;
  const embeddedIn = (folder: string) =>
    new DuckdbHistoryStore({ folder, memoryLimit: `${memory}B`, clock, log, random });
  if (address === undefined) return embeddedIn(join(config.data.path, 'history'));
  // Its client is loaded where a server is named; most services name none.
  const { InfluxHistoryStore } = await import('./history/influx/influx-history-store.ts');
  return new InfluxHistoryStore({ address, clock, log, makeScratch: embeddedIn });
}

/** The records the configuration names; also for commands that work while the service does not run. */
export function openRecords({ config, env, log }: Pick<StoreOptions, 'config' | 'env' | 'log'>): Promise<Records> {
  const uri = env.MONGODB_URI;
  return connectRecords({ folder: join(config.data.path, 'records'), ...(uri ? { uri } : {}), log });
}

/** Where a backup of the stores that are embedded is asked for. */
export function backupDoor(
  options: Pick<StoreOptions, 'config' | 'clock' | 'log'> & { history: SomeHistory; records: Records; version: string },
): BackupDoor {
  const { config, log, history } = options;
  const embedded = history instanceof DuckdbHistoryStore ? history : undefined;
  return new BackupDoor({ folder: config.data.path, backup: new Backup({ ...options, history: embedded }), log });
}
