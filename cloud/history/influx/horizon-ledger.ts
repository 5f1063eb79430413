import { flux } from '@influxdata/influxdb-client';
import { Horizons } from '../horizons.ts';
import type { Expiry } from '../movable-history.ts';
import type { RetentionClass } from '../retention.ts';
import type { InfluxLink } from './influx-link.ts';
import { latestMs, nanosecondsOf } from './point-scheme.ts';
import { rangeOf } from './raw-rows.ts';

const everything = rangeOf(0, latestMs)!;

const daysMax = 1_000_000;
const dayMs = 86_400_000;

/**
 * What was removed by retention before the history came here: `horizons d_<class>=<ms>i <history number × 1,000,000 + day>`,
 * of which the latest counts: none overwrites another, so that a write that comes late takes nothing back. Before, it was
 * `horizons <class>=<ms>i <history number>`.
 */
export class HorizonLedger {
  readonly #link: InfluxLink;
  readonly horizons = new Horizons();

  constructor(link: InfluxLink) {
    this.#link = link;
  }

  async open(): Promise<void> {
    const found: Expiry[] = [];
    await this.#link.read(
      flux`|> ${everything} |> filter(fn: (r) => r._measurement == "horizons") |> keep(columns: ["_time", "_value", "_field"])`,
      (row, columns) => {
        const [, isDaily, what] = /^(d_)?(\w+)$/.exec(row[columns.field]!)!;
        const place = nanosecondsOf(row[columns.time]!);
        const tag = isDaily === undefined ? place : Math.floor(place / daysMax);
        found.push({ what: what as RetentionClass, tag, before: Number(row[columns.value]) });
      },
    );
    this.horizons.take(found);
  }

  async restore(expired: readonly Expiry[]): Promise<void> {
    if (expired.length === 0) return;
    const lines = expired.map(({ what, tag, before }) => {
      const day = Math.floor(before / dayMs);
      return `horizons d_${what}=${before}i ${tag * daysMax + day}`;
    });
    await this.#link.write(lines.join('\n'));
    this.horizons.take(expired);
  }
}
