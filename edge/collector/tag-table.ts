import { isBad, qualityOf } from '@gongfu/shared/model/quality';
import type { ColumnKind, Value } from '@gongfu/shared/model/value-type';
import type { FollowedTag, TagFollower } from '@gongfu/shared/sdk/driver';
import type { CollectorSource, CollectorTag, TagPage, TagQuality, TagQuery, TagReading } from './collector-types.ts';
import { SwingingDoors } from './swinging-door.ts';
import { absent, TagPlaces } from './tag-places.ts';
import { ValueRanges } from './value-range.ts';

const everySample = -1;

/** What of the interval is left out of the heartbeat, so that a poll a little early still restates in time. */
const heartbeatMargin = 0.75;

/**
 * What the collector knows of each tag of one source, in arrays over a dense index in the order of the configuration:
 * limits, and the sample that passed last.
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
  /** Those who hear the samples of a tag as they come; most tags have none. */
  readonly #followers: (readonly TagFollower[] | undefined)[];
  /** By name; made for the first who follows. */
  #indexes: ReadonlyMap<string, number> | undefined;
  readonly #places: TagPlaces;
  readonly #source: CollectorSource;
  #searched: { readonly search: string; readonly indexes: readonly number[] } = { search: '', indexes: [] };

  /** `places` are shared by the tables of one collector; of two tables with the same tag the newer one has it. */
  constructor(source: CollectorSource, places = new TagPlaces()) {
    const { tags } = source;
    const count = tags.length;
    this.#source = source;
    this.#places = places;
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
    this.#followers = new Array<undefined>(count).fill(undefined);
    places.give(this.numbers);
  }

  get source(): string {
    return this.#source.name;
  }

  get count(): number {
    return this.numbers.length;
  }

  /** Dense index of a tag number; negative when the source has no such tag. */
  indexOf(tag: number): number {
    const index = this.#places.of(tag);
    return this.numbers[index] === tag ? index : absent;
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

  /** True when silence has lasted long enough; also before the first sample and when source time went back. */
  isDue(index: number, sourceTime: number): boolean {
    const silentMs = sourceTime - this.lastTimes[index]!;
    return !(silentMs >= 0 && silentMs < this.restateAfterMs[index]!);
  }

  /** Goes through the arrays and makes objects of those shown only: there may be a hundred thousand. */
  find({ search = '', quality, offset, limit }: Omit<TagQuery, 'source'>): TagPage {
    const named = search === '' ? undefined : this.#named(search);
    const candidates = named?.length ?? this.count;
    const tags: TagReading[] = [];
    let total = 0;
    for (let place = 0; place < candidates; place += 1) {
      const index = named?.[place] ?? place;
      if (quality !== undefined && this.#qualityOf(index) !== quality) continue;
      if (total >= offset && tags.length < limit) tags.push(this.#reading(index));
      total += 1;
    }
    return { total, tags };
  }

  /** Who searches asks for the same again and again, to see how the values move. */
  #named(search: string): readonly number[] {
    if (this.#searched.search !== search) {
      const part = new RegExp(search.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'i');
      const indexes = this.#source.tags.flatMap(({ name }, index) => (part.test(name) ? [index] : []));
      this.#searched = { search, indexes };
    }
    return this.#searched.indexes;
  }

  #qualityOf(index: number): TagQuality {
    return this.#isUnknown(index) ? 'unknown' : qualityOf(this.lastStatuses[index]!);
  }

  #isUnknown(index: number): boolean {
    return Number.isNaN(this.lastTimes[index]!);
  }

  #reading(index: number): TagReading {
    const { name, number } = this.#source.tags[index]!;
    const tag = { source: this.#source.name, tag: number, name };
    if (this.#isUnknown(index)) return { ...tag, value: null, status: null, sourceTime: null };
    const status = this.lastStatuses[index]!;
    return { ...tag, value: this.#lastValue(index, status), status, sourceTime: this.lastTimes[index]! };
  }

  /** The newest sample there is comes at once. Undefined where there is no such tag. */
  follow(tag: string, follower: TagFollower): FollowedTag | undefined {
    const index = this.#indexOfName(tag);
    if (index === undefined) return undefined;
    this.#followers[index] = [...(this.#followers[index] ?? []), follower];
    const { sourceTime, status, value } = this.#reading(index);
    if (sourceTime !== null && status !== null) follower.sample(sourceTime, status, value);
    const { kind, intervalMs } = this.#source.tags[index]!;
    return { kind, intervalMs };
  }

  unfollow(tag: string, follower: TagFollower): void {
    const index = this.#indexOfName(tag);
    if (index === undefined) return;
    const left = this.#followers[index]?.filter((each) => each !== follower);
    this.#followers[index] = left?.length === 0 ? undefined : left;
  }

  #indexOfName(tag: string): number | undefined {
    this.#indexes ??= new Map(this.#source.tags.map(({ name }, index) => [name, index]));
    return this.#indexes.get(tag);
  }

  isFollowed(index: number): boolean {
    return this.#followers[index] !== undefined;
  }

  tell(index: number, sourceTime: number, status: number, value: Value): void {
    for (const follower of this.#followers[index] ?? []) follower.sample(sourceTime, status, value);
  }

  tellAlive(sourceTime: number): void {
    for (const followers of this.#followers) for (const follower of followers ?? []) follower.alive(sourceTime);
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
