import { flux } from '@influxdata/influxdb-client';
import { Horizons } from '../horizons.ts';
import type { Expiry } from '../movable-history.ts';
import type { RetentionClass } from '../retention.ts';
import type { InfluxLink } from './influx-link.ts';
import { nanosecondsOf } from './ledger.ts';
import { latestMs } from './point-scheme.ts';
import { rangeOf } from './raw-rows.ts';

const everything = rangeOf(0, latestMs)!;

/** What was removed by retention before the history came here: `horizons <class>=<ms> <history number>`. */
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
        const what = row[columns.field] as RetentionClass;
        found.push({ what, tag: nanosecondsOf(row[columns.time]!), before: Number(row[columns.value]) });
      },
    );
    this.horizons.take(found);
  }

  async restore(expired: readonly Expiry[]): Promise<void> {
    if (expired.length === 0) return;
    await this.#link.write(expired.map(({ what, tag, before }) => `horizons ${what}=${before}i ${tag}`).join('\n'));
    this.horizons.take(expired);
  }
}
