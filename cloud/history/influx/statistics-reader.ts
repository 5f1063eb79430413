import { isBad } from '@gongfu/shared/model/quality';
import type { HeldTag, HistoryStore, TagStatistics } from '../history-store.ts';
import { firstPlace } from '../page-cursor.ts';
import type { OrderedReader, OrderedSample } from './ordered-reader.ts';

const pieceRows = 50_000;

/** Figures of many tags over one range: each tag's samples go by in their order, none is kept. */
export class StatisticsReader {
  readonly #ordered: OrderedReader;

  constructor(ordered: OrderedReader) {
    this.#ordered = ordered;
  }

  async statistics(query: Parameters<HistoryStore['statistics']>[0]): Promise<TagStatistics[]> {
    const found: TagStatistics[] = [];
    for (const tag of query.tags) found.push(await this.#ofTag(tag, query.from, query.to));
    return found;
  }

  async #ofTag(tag: HeldTag, from: number, to: number): Promise<TagStatistics> {
    const figures = new Figures({ from, to, holdMs: tag.holdMs });
    const before = await this.#ordered.newest([tag], { since: from - tag.holdMs, to: from });
    for (const sample of before.values()) figures.hold(sample);
    for await (const piece of this.#ordered.pieces(tag, firstPlace(Math.max(0, from)), to, pieceRows)) {
      for (const sample of piece) figures.take(sample);
    }
    return { tag: { number: tag.number, kind: tag.kind }, ...figures.end() };
  }
}

/** A value holds until the next sample of its tag, at most the tag's holding time; only the part within the range counts. */
class Figures {
  readonly #range: { readonly from: number; readonly to: number; readonly holdMs: number };
  #count = 0;
  #badCount = 0;
  #figures = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #mean = 0;
  #squares = 0;
  #held: OrderedSample | undefined;
  #heldMs = 0;
  #weighedMs = 0;
  #weighed = 0;

  constructor(range: { from: number; to: number; holdMs: number }) {
    this.#range = range;
  }

  take(sample: OrderedSample): void {
    this.#release(sample.sourceTime);
    this.hold(sample);
    if (isBad(sample.status)) {
      this.#badCount += 1;
      return;
    }
    this.#count += 1;
    const value = figureOf(sample);
    if (value === undefined) return;
    this.#figures += 1;
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
    const away = value - this.#mean;
    this.#mean += away / this.#figures;
    this.#squares += away * (value - this.#mean);
  }

  hold(sample: OrderedSample): void {
    this.#held = sample;
  }

  end(): Omit<TagStatistics, 'tag'> {
    this.#release(this.#range.to);
    const isEmpty = this.#figures === 0;
    return {
      count: this.#count,
      badCount: this.#badCount,
      min: isEmpty ? null : this.#min,
      max: isEmpty ? null : this.#max,
      mean: isEmpty ? null : Math.max(this.#min, Math.min(this.#max, this.#mean)),
      standardDeviation: isEmpty ? null : Math.sqrt(this.#squares / this.#figures),
      timeWeightedMean: this.#weighedMs === 0 ? null : this.#weighed / this.#weighedMs,
      heldMs: this.#heldMs,
    };
  }

  #release(next: number): void {
    const held = this.#held;
    if (held === undefined || isBad(held.status)) return;
    const { from, to, holdMs } = this.#range;
    const ms = Math.max(0, Math.min(next, held.sourceTime + holdMs, to) - Math.max(held.sourceTime, from));
    this.#heldMs += ms;
    const value = figureOf(held);
    if (value === undefined) return;
    this.#weighedMs += ms;
    this.#weighed += value * ms;
  }
}

function figureOf({ value }: OrderedSample): number | undefined {
  return value === null || typeof value === 'string' ? undefined : Number(value);
}
