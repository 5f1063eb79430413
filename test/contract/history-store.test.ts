import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { DuckdbHistoryStore } from '#cloud/history/duckdb/duckdb-history-store';
import { historyGapsContract } from './history-gaps.contract.ts';
import { historyMoveContract } from './history-move.contract.ts';
import { type HistoryUnderTest, historyStoreContract } from './history-store.contract.ts';
import { historyTrendContract } from './history-trend.contract.ts';

const eager = { rowsMax: 1, afterMs: 0, lookMs: 5 };
const unsealed = { overMs: 1e15, lateMs: 0, rowsMax: 1e12, generationsMax: 9, rowsPerPiece: 1, restShare: 0 };

/** Rolled up all the time, in the middle of everything; or never, so that all is read as it is; or sealed at once, too. */
const paces = {
  eager: { rollups: eager, sealing: unsealed },
  never: { rollups: { rowsMax: 1e12, afterMs: 1e12, lookMs: 1e6 }, sealing: unsealed },
  sealed: { rollups: eager, sealing: { ...unsealed, overMs: -1e15, generationsMax: 0, rowsPerPiece: 50 } },
} as const;

function duckdbAt(pace: keyof typeof paces) {
  return async (): Promise<HistoryUnderTest> => {
    const folder = await mkdtemp(join(tmpdir(), 'history-'));
    const options = { folder, log: silentLogger, clock: systemClock, random: Math.random, ...paces[pace] };
    return {
      open: () => new DuckdbHistoryStore(options),
      remove: () => rm(folder, { recursive: true, force: true }),
    };
  };
}

historyStoreContract('DuckDB', duckdbAt('eager'));
historyStoreContract('DuckDB, sealed at once', duckdbAt('sealed'));
historyMoveContract('DuckDB', duckdbAt('eager'));
historyGapsContract('DuckDB', duckdbAt('never'));
historyTrendContract('DuckDB, rolled up', duckdbAt('eager'));
historyTrendContract('DuckDB, not rolled up', duckdbAt('never'));
historyTrendContract('DuckDB, sealed at once', duckdbAt('sealed'));
