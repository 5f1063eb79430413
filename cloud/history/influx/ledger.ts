import { flux } from '@influxdata/influxdb-client';
import { Watermark } from '../../ingest/watermark.ts';
import type { AdmittedBatch, WatermarkRange } from '../history-store.ts';
import type { Generations } from './generations.ts';
import type { InfluxLink } from './influx-link.ts';
import { tagValue } from './line-encoder.ts';
import { PointTimes } from './point-scheme.ts';

const slots = 1_000;
/** All slots of all sequences, which end at two to the 53rd. */
const everything = flux`range(start: time(v: 0), stop: time(v: 9007199254740992000))`;

/**
 * What is stored of which gateway, in points whose time is a sequence and a slot:
 * `watermarks,g=<gateway> r<epoch>=<last>i <first × 1,000 + slot>`. What is read is the union of all, for each is true for
 * ever. A range that grows overwrites its point. A write nobody knows the end of may come late and would make its point
 * shorter again, so after one, and after a start, the slot is another: a generation's number, of which the last three
 * digits do. There are as many points as ranges, and one more for each range that grew in another generation.
 * Before there were slots a point was `e<epoch>=<last>i <first>`; none is written any more.
 */
export class Ledger {
  readonly #link: InfluxLink;
  readonly #generations: Generations;
  readonly #ranges = new Map<string, Watermark>();
  #slot: number | undefined;
  #turn: Promise<void> = Promise.resolve();

  constructor(options: { link: InfluxLink; generations: Generations }) {
    this.#link = options.link;
    this.#generations = options.generations;
  }

  async open(): Promise<void> {
    this.#ranges.clear();
    this.#slot = undefined;
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
    const written = this.#turn.then(() => this.#write(ranges));
    this.#turn = written.catch(() => undefined);
    return written;
  }

  async watermarks(): Promise<WatermarkRange[]> {
    const found = new Map<string, { gatewayId: string; epoch: number; ranges: Watermark }>();
    const times = new PointTimes();
    await this.#link.read(
      flux`|> ${everything} |> filter(fn: (r) => r._measurement == "watermarks") |> keep(columns: ["_time", "_value", "_field", "g"])`,
      (row, columns) => {
        const gatewayId = decodeURIComponent(row[columns.gateway]!);
        const field = row[columns.field]!;
        const epoch = Number(field.slice(1));
        const name = `${gatewayId}/${epoch}`;
        const one = found.get(name) ?? { gatewayId, epoch, ranges: new Watermark() };
        found.set(name, one);
        times.read(row[columns.time]!);
        const first = field.startsWith('r')
          ? times.ms * slots + Math.floor(times.below / slots)
          : times.nanosecondsAfter(0);
        one.ranges.add(first, Number(row[columns.value]));
      },
    );
    return [...found.values()]
      .sort((a, b) => (a.gatewayId < b.gatewayId ? -1 : a.gatewayId > b.gatewayId ? 1 : a.epoch - b.epoch))
      .flatMap(({ gatewayId, epoch, ranges }) =>
        ranges.ranges().map(([first, last]) => ({ gatewayId, epoch, first, last })),
      );
  }

  async #write(ranges: readonly WatermarkRange[]): Promise<void> {
    const slot = this.#slot ?? (await this.#generations.claim()) % slots;
    // Unless it ends well.
    this.#slot = undefined;
    await this.#link.write(this.#linesOf(ranges, slot).join('\n'));
    this.#slot = slot;
  }

  #linesOf(ranges: readonly WatermarkRange[], slot: number): string[] {
    const lines = new Set<string>();
    for (const { gatewayId, epoch, first: sequence } of ranges) {
      const [first, last] = this.#of(gatewayId, epoch).rangeOf(sequence)!;
      lines.add(`watermarks,g=${tagValue(gatewayId)} r${epoch}=${last}i ${first}${String(slot).padStart(3, '0')}`);
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
