import { type Clock, systemClock } from '@gongfu/shared/base/clock';
import { type Logger, silentLogger } from '@gongfu/shared/base/logger';
import { DuckdbHistoryStore } from '#cloud/history/duckdb/duckdb-history-store';
import { type InfluxHistoryOptions, InfluxHistoryStore } from '#cloud/history/influx/influx-history-store';

/** A store on that bucket, not started. */
export function influxStore(
  options: Pick<InfluxHistoryOptions, 'address' | 'rollups' | 'patience'> & { log?: Logger; clock?: Clock },
): InfluxHistoryStore {
  const clock = options.clock ?? systemClock;
  const makeScratch = (folder: string) =>
    new DuckdbHistoryStore({ folder, log: silentLogger, clock, random: Math.random });
  return new InfluxHistoryStore({ log: silentLogger, makeScratch, ...options, clock });
}
