import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { DuckdbHistoryStore } from '#cloud/history/duckdb/duckdb-history-store';
import { historyStoreContract } from './history-store.contract.ts';

historyStoreContract('DuckDB', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'history-'));
  return {
    open: () => new DuckdbHistoryStore({ folder, log: silentLogger, clock: systemClock, random: Math.random }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
});
