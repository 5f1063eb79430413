import { flux } from '@influxdata/influxdb-client';
import { Watermark } from '../../ingest/watermark.ts';
import type { AdmittedBatch, WatermarkRange } from '../history-store.ts';
import type { InfluxLink } from './influx-link.ts';
import { tagValue } from './line-encoder.ts';
import { latestMs } from './point-scheme.ts';
import { rangeOf } from './raw-rows.ts';

const everything = rangeOf(0, latestMs)!;

/**
 * What is stored of which gateway, in points whose time is the sequence: `watermarks,g=<gateway> e<epoch>=<last>i <first>`.
 * A range that grows overwrites its point, so there are as many points as ranges. A write that comes late makes a range
 * shorter until the next: then a batch is stored once more, as the same points.
 */
export class Ledger {
  readonly #link: InfluxLink;
  readonly #ranges = new Map<string, Watermark>();
  #turn: Promise<void> = Promise.resolve();

  constructor(link: InfluxLink) {
    this.#link = link;
  }

  async open(): Promise<void> {
    this.#ranges.clear();
    for (const { gatewayId, epoch, first, last } of await this.watermarks())
      this.#of(gatewayId, epoch).add(first, last);
  }

  /** To be told after the rows are durable. */
  add(batches: readonly Pick<AdmittedBatch, 'gatewayId' | 'epoch' | 'sequence'>[]): Promise<void> {
    return this.addRanges(
      batches.map(({ gatewayId, epoch, sequence }) => ({ gatewayId, epoch, first: sequence, last: sequence })),
    );
  }

  /** One after the other, so that a range never becomes shorter. */
  addRanges(ranges: readonly WatermarkRange[]): Promise<void> {
    if (ranges.length === 0) return Promise.resolve();
    // What is in here is durable, also when the point that says so is not: it may go with the next.
    for (const { gatewayId, epoch, first, last } of ranges) this.#of(gatewayId, epoch).add(first, last);
    const written = this.#turn.then(() => this.#link.write(this.#linesOf(ranges).join('\n')));
    this.#turn = written.catch(() => undefined);
    return written;
  }

  async watermarks(): Promise<WatermarkRange[]> {
    const found = new Map<string, { gatewayId: string; epoch: number; ranges: Watermark }>();
    await this.#link.read(
      flux`|> ${everything} |> filter(fn: (r) => r._measurement == "watermarks") |> keep(columns: ["_time", "_value", "_field", "g"])`,
      (row, columns) => {
        const gatewayId = decodeURIComponent(row[columns.gateway]!);
        const epoch = Number(row[columns.field]!.slice(1));
        const name = `${gatewayId}/${epoch}`;
        const one = found.get(name) ?? { gatewayId, epoch, ranges: new Watermark() };
        found.set(name, one);
        one.ranges.add(nanosecondsOf(row[columns.time]!), Number(row[columns.value]));
      },
    );
    return [...found.values()]
      .sort((a, b) => (a.gatewayId < b.gatewayId ? -1 : a.gatewayId > b.gatewayId ? 1 : a.epoch - b.epoch))
      .flatMap(({ gatewayId, epoch, ranges }) =>
        ranges.ranges().map(([first, last]) => ({ gatewayId, epoch, first, last })),
      );
  }

  #linesOf(ranges: readonly WatermarkRange[]): string[] {
    const lines = new Set<string>();
    for (const { gatewayId, epoch, first: sequence } of ranges) {
      const [first, last] = this.#of(gatewayId, epoch).rangeOf(sequence)!;
      lines.add(`watermarks,g=${tagValue(gatewayId)} e${epoch}=${last}i ${first}`);
    }
    return [...lines];
  }

  #of(gatewayId: string, epoch: number): Watermark {
    const name = `${gatewayId}/${epoch}`;
    const ranges = this.#ranges.get(name) ?? new Watermark();
    this.#ranges.set(name, ranges);
    return ranges;
  }
}

/** Of a time of which the sequence was made: below 2^53. */
export function nanosecondsOf(text: string): number {
  const fraction = text.slice(20, -1).padEnd(9, '0');
  return Date.parse(`${text.slice(0, 19)}Z`) * 1_000_000 + Number(fraction);
}
