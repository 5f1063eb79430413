import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { DuckdbHistoryStore } from '#cloud/history/duckdb/duckdb-history-store';
import { historyGapsContract } from './history-gaps.contract.ts';
import { type HistoryUnderTest, historyStoreContract } from './history-store.contract.ts';
import { historyTrendContract } from './history-trend.contract.ts';

/** Rolled up all the time, in the middle of everything; or never, so that all is read as it is. */
const paces = {
  eager: { rowsMax: 1, afterMs: 0, lookMs: 5 },
  never: { rowsMax: 1e12, afterMs: 1e12, lookMs: 1e6 },
} as const;

function duckdbAt(pace: keyof typeof paces) {
  return async (): Promise<HistoryUnderTest> => {
    const folder = await mkdtemp(join(tmpdir(), 'history-'));
    const rollups = paces[pace];
    return {
      open: () =>
        new DuckdbHistoryStore({ folder, log: silentLogger, clock: systemClock, random: Math.random, rollups }),
      remove: () => rm(folder, { recursive: true, force: true }),
    };
  };
}

historyStoreContract('DuckDB', duckdbAt('eager'));
historyGapsContract('DuckDB', duckdbAt('never'));
historyTrendContract('DuckDB, rolled up', duckdbAt('eager'));
historyTrendContract('DuckDB, not rolled up', duckdbAt('never'));
