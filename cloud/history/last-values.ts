import { isBad } from '@gongfu/shared/model/quality';
import type { Sample, SampleBlock } from '@gongfu/shared/model/sample';
import type { ColumnKind } from '@gongfu/shared/model/value-type';
import type { Committed } from '../ingest/committed.ts';
import type { StoredSample } from './history-store.ts';

const firstCapacity = 1024;

/**
 * The newest sample of every tag, in memory: dense arrays by history number, so that folding half a million
 * samples a second stays cheap. Newest by source time wins; a late backlog never overwrites it.
 */
export class LastValues {
  #times = new Float64Array(firstCapacity).fill(Number.NEGATIVE_INFINITY);
  #statuses = new Uint32Array(firstCapacity);
  #numbers = new Float64Array(firstCapacity);
  /** Values that are neither number nor boolean; `undefined` where `#numbers` holds the value. */
  readonly #others: (bigint | string | boolean | undefined)[] = [];

  /** From the store at start. */
  fill(samples: readonly (StoredSample & { tag: number })[]): void {
    for (const { tag, sourceTime, status, value } of samples) {
      this.#grow(tag);
      if (sourceTime < this.#times[tag]!) continue;
      this.#times[tag] = sourceTime;
      this.#statuses[tag] = status;
      this.#numbers[tag] = typeof value === 'number' ? value : 0;
      this.#others[tag] = typeof value === 'number' || value === null ? undefined : value;
    }
  }

  fold({ blocks }: Pick<Committed, 'blocks'>): void {
    for (const block of blocks) {
      this.#growFor(block);
      if (block.kind === 'number') this.#foldNumbers(block as SampleBlock<'number'>);
      else this.#foldOthers(block);
    }
  }

  /** The newest sample of the tag, undefined when none ever came. */
  get(tag: number): Sample | undefined {
    const sourceTime = this.#times[tag];
    if (sourceTime === undefined || sourceTime === Number.NEGATIVE_INFINITY) return undefined;
    const status = this.#statuses[tag]!;
    return { tag, sourceTime, status, value: isBad(status) ? null : (this.#others[tag] ?? this.#numbers[tag]!) };
  }

  #foldNumbers({ count, tags, sourceTimes, statuses, values }: SampleBlock<'number'>): void {
    for (let row = 0; row < count; row += 1) {
      const tag = tags[row]!;
      const time = sourceTimes[row]!;
      if (time < this.#times[tag]!) continue;
      this.#times[tag] = time;
      this.#statuses[tag] = statuses[row]!;
      this.#numbers[tag] = values[row]!;
    }
  }

  #foldOthers({ kind, count, tags, sourceTimes, statuses, values }: SampleBlock<ColumnKind>): void {
    for (let row = 0; row < count; row += 1) {
      const tag = tags[row]!;
      const time = sourceTimes[row]!;
      if (time < this.#times[tag]!) continue;
      this.#times[tag] = time;
      this.#statuses[tag] = statuses[row]!;
      const value = values[row]!;
      this.#others[tag] = kind === 'boolean' ? value !== 0 : (value as bigint | string);
    }
  }

  #growFor({ count, tags }: SampleBlock): void {
    let highest = 0;
    for (let row = 0; row < count; row += 1) if (tags[row]! > highest) highest = tags[row]!;
    this.#grow(highest);
  }

  #grow(tag: number): void {
    if (tag < this.#times.length) return;
    const capacity = Math.max(tag + 1, this.#times.length * 2);
    const times = new Float64Array(capacity).fill(Number.NEGATIVE_INFINITY);
    times.set(this.#times);
    this.#times = times;
    const statuses = new Uint32Array(capacity);
    statuses.set(this.#statuses);
    this.#statuses = statuses;
    const numbers = new Float64Array(capacity);
    numbers.set(this.#numbers);
    this.#numbers = numbers;
  }
}
