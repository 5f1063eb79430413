import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { DuckdbHistoryStore } from '#cloud/history/duckdb/duckdb-history-store';
import { InfluxHistoryStore } from '#cloud/history/influx/influx-history-store';
import { type InfluxServer, requireInflux } from '../kit/servers/influx-server.ts';
import { historyGapsContract } from './history-gaps.contract.ts';
import { historyMoveContract } from './history-move.contract.ts';
import { type HistoryUnderTest, historyStoreContract } from './history-store.contract.ts';
import { historyTrendContract } from './history-trend.contract.ts';

/** Rolled up all the time, in the middle of everything; or never, so that all is read as it is. */
const paces = {
  eager: { lookMs: 25, settleMs: 0, shortenMs: 0 },
  never: { lookMs: 1e9, settleMs: 0, shortenMs: 0 },
} as const;

describe('history on an InfluxDB server', function () {
  this.timeout(60_000);
  let server: InfluxServer | undefined;

  before(async function () {
    server = await requireInflux(this);
  });
  after(() => server?.stop());

  function influxAt(pace: keyof typeof paces) {
    return async (): Promise<HistoryUnderTest> => {
      const address = await server!.bucket();
      const makeScratch = (folder: string) =>
        new DuckdbHistoryStore({ folder, log: silentLogger, clock: systemClock, random: Math.random });
      const rollups = paces[pace];
      return {
        open: () => new InfluxHistoryStore({ address, log: silentLogger, clock: systemClock, makeScratch, rollups }),
        remove: () => server!.remove(address),
      };
    };
  }

  historyStoreContract('InfluxDB', influxAt('eager'));
  historyMoveContract('InfluxDB', influxAt('eager'));
  historyGapsContract('InfluxDB', influxAt('never'));
  historyTrendContract('InfluxDB, rolled up', influxAt('eager'));
  historyTrendContract('InfluxDB, not rolled up', influxAt('never'));
});
