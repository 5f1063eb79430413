import { flux } from '@influxdata/influxdb-client';
import type { InfluxLink } from './influx-link.ts';
import { nanosecondsOf } from './point-scheme.ts';
import { rangeOf } from './raw-rows.ts';

/** Of all numbers below two to the 53rd. */
const everything = rangeOf(0, 2 ** 53 / 1_000_000)!;

/**
 * Numbers that grow and that nobody has had before, whenever the program before ended: `generations claimed=true <number>`.
 * What is written under one of them lies beside all that was sent under another and may still be on its way.
 */
export class Generations {
  readonly #link: InfluxLink;
  #last = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(link: InfluxLink) {
    this.#link = link;
  }

  async open(): Promise<void> {
    this.#last = 0;
    await this.#link.read(
      flux`|> ${everything} |> filter(fn: (r) => r._measurement == "generations") |> last() |> keep(columns: ["_time", "_value"])`,
      (row, columns) => {
        this.#last = nanosecondsOf(row[columns.time]!);
      },
    );
  }

  /** 1 or more; durable when it resolves. @throws WriteRefused, Problem */
  claim(): Promise<number> {
    const claimed = this.#turn.then(async () => {
      const next = this.#last + 1;
      await this.#link.write(`generations claimed=true ${next}`);
      this.#last = next;
      return next;
    });
    this.#turn = claimed.catch(() => undefined);
    return claimed;
  }
}
