import { isBad } from '@gongfu/shared/model/quality';
import type { ColumnKind, Value } from '@gongfu/shared/model/value-type';
import type { CollectorSource, CollectorTag, LastValue } from './collector-types.ts';
import { SwingingDoors } from './swinging-door.ts';
import { ValueRanges } from './value-range.ts';

const everySample = -1;
const absent = -1;

/** What of the interval is left out of the heartbeat, so that a poll a little early still restates in time. */
const heartbeatMargin = 0.75;

/**
 * What the collector knows of each tag, in arrays over a dense index: limits from the configuration, and the sample
 * that passed last. Tags of one source are neighbours, in the order of the configuration.
 */
export class TagTable {
  readonly numbers: Uint32Array;
  readonly kinds: readonly ColumnKind[];
  /** Change that must be exceeded; negative for a tag that reports every sample. */
  readonly deadbands: Float64Array;
  /** What is added to it, as a share of the value that passed last. */
  readonly deadbandShares: Float64Array;
  /** Place of a tag's door in `swingingDoors`; negative for a tag that has none. */
  readonly doors: Int32Array;
  readonly swingingDoors: SwingingDoors;
  readonly ranges: ValueRanges;
  /** Time after which a sample passes even when nothing has changed. */
  readonly restateAfterMs: Float64Array;
  readonly lastStatuses: Uint32Array;
  /** Source time of the last sample that passed; NaN before the first. */
  readonly lastTimes: Float64Array;
  /** Numbers, and booleans as 0 and 1. */
  readonly lastNumbers: Float64Array;
  readonly lastIntegers: BigInt64Array;
  /** The same memory as `lastIntegers`. */
  readonly lastUnsigned: BigUint64Array;
  readonly lastTexts: string[];
  readonly #indexes: Int32Array;
  readonly #names: readonly { readonly source: string; readonly name: string }[];
  readonly #ranges = new Map<string, readonly [from: number, to: number]>();

  constructor(sources: readonly CollectorSource[]) {
    const tags = sources.flatMap((source) => source.tags);
    const count = tags.length;
    this.numbers = Uint32Array.from(tags, (tag) => tag.number);
    this.kinds = tags.map((tag) => tag.kind);
    this.deadbands = Float64Array.from(tags, deadbandOf);
    this.deadbandShares = Float64Array.from(tags, ({ deadbandPercent = 0 }) => deadbandPercent / 100);
    const deviations: number[] = [];
    this.doors = Int32Array.from(tags, ({ swingingDoor }) =>
      swingingDoor === undefined ? absent : deviations.push(swingingDoor) - 1,
    );
    this.swingingDoors = new SwingingDoors(deviations);
    this.ranges = new ValueRanges(tags.map(({ range }) => range));
    this.restateAfterMs = Float64Array.from(tags, ({ heartbeatMs, intervalMs }) =>
      Math.max(0, heartbeatMs - intervalMs * heartbeatMargin),
    );
    this.lastStatuses = new Uint32Array(count);
    this.lastTimes = new Float64Array(count).fill(Number.NaN);
    this.lastNumbers = new Float64Array(count);
    this.lastIntegers = new BigInt64Array(count);
    this.lastUnsigned = new BigUint64Array(this.lastIntegers.buffer);
    this.lastTexts = new Array<string>(count).fill('');
    this.#names = sources.flatMap((source) => source.tags.map(({ name }) => ({ source: source.name, name })));
    // The buffer gives numbers one after the other, so an array by number is small and far quicker than a Map.
    this.#indexes = new Int32Array(this.numbers.reduce((max, number) => Math.max(max, number), 0) + 1).fill(absent);
    this.numbers.forEach((number, index) => {
      this.#indexes[number] = index;
    });
    let from = 0;
    for (const source of sources) {
      this.#ranges.set(source.name, [from, from + source.tags.length]);
      from += source.tags.length;
    }
  }

  /** Dense index of a tag number; negative when the tag is not in the configuration. */
  indexOf(tag: number): number {
    return this.#indexes[tag] ?? absent;
  }

  /** The change that must be exceeded after this value; negative for a tag that reports every sample. */
  limitOf(index: number, last: number): number {
    return this.deadbands[index]! + this.deadbandShares[index]! * Math.abs(last);
  }

  /** The value delivered last by a tag with a door, held back or not. */
  newestNumber(index: number): number {
    const door = this.doors[index]!;
    const held = !Number.isNaN(this.swingingDoors.heldTime(door));
    return held ? this.swingingDoors.heldValue(door) : this.lastNumbers[index]!;
  }

  /** Indexes of a source's tags, the second exclusive. */
  rangeOf(source: string): readonly [from: number, to: number] {
    return this.#ranges.get(source) ?? [0, 0];
  }

  /** True when silence has lasted long enough; also before the first sample and when source time went back. */
  isDue(index: number, sourceTime: number): boolean {
    const silentMs = sourceTime - this.lastTimes[index]!;
    return !(silentMs >= 0 && silentMs < this.restateAfterMs[index]!);
  }

  lastValues(): LastValue[] {
    return this.#names.flatMap(({ source, name }, index) => {
      const sourceTime = this.lastTimes[index]!;
      if (Number.isNaN(sourceTime)) return [];
      const status = this.lastStatuses[index]!;
      return [{ source, tag: this.numbers[index]!, name, value: this.#lastValue(index, status), status, sourceTime }];
    });
  }

  #lastValue(index: number, status: number): Value {
    if (isBad(status)) return null;
    switch (this.kinds[index]!) {
      case 'number':
        return this.lastNumbers[index]!;
      case 'boolean':
        return this.lastNumbers[index] === 1;
      case 'integer64':
        return this.lastIntegers[index]!;
      case 'unsigned64':
        return this.lastUnsigned[index]!;
      case 'text':
        return this.lastTexts[index]!;
    }
  }
}

function deadbandOf({ deadband, deadbandPercent, swingingDoor, onChange }: CollectorTag): number {
  const thinned = onChange || deadbandPercent !== undefined || swingingDoor !== undefined;
  return deadband ?? (thinned ? 0 : everySample);
}
