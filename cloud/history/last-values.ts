import { isBad } from '@gongfu/shared/model/quality';
import type { Sample, SampleBlock } from '@gongfu/shared/model/sample';
import type { ColumnKind } from '@gongfu/shared/model/value-type';
import type { Committed } from '../ingest/committed.ts';
import type { HistoryStore, HistoryTag, LongText, StoredSample } from './history-store.ts';
import { LongTexts } from './long-texts.ts';

const firstCapacity = 1024;
/** Texts up to this many characters are always in memory: of half a million tags 200 MB at most. */
const shortTextMax = 200;
/** Characters of all longer texts in memory together, two bytes each at most. */
const longCharactersMax = 16 * 1024 ** 2;
/** Read from the store at once: some tens of megabytes at most, whatever they hold. */
const tagsAtOnce = 20_000;
const textTagsAtOnce = 500;
/** Characters of long texts read at once; one text may be longer. */
const portionCharacters = 4 * 1024 ** 2;

/** Its text is long: in memory only while there is room, and always in the history. */
const long = Symbol('long text');

/**
 * The newest sample of every tag, in memory: dense arrays by history number, so that folding half a million
 * samples a second stays cheap. Newest by source time wins; a late backlog never overwrites it. Of long texts
 * only so many are kept; the others are read from the history when somebody asks, never shortened.
 */
export class LastValues {
  readonly #history: Pick<HistoryStore, 'latest'>;
  readonly #long: LongTexts;
  #times = new Float64Array(firstCapacity).fill(Number.NEGATIVE_INFINITY);
  #statuses = new Uint32Array(firstCapacity);
  /** Of a long text its characters. */
  #numbers = new Float64Array(firstCapacity);
  /** Values that are no numbers; `undefined` where `#numbers` holds the value. */
  readonly #others: (bigint | string | boolean | typeof long | undefined)[] = [];
  /** One portion after the other: who asks together finds what the one before has read. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: {
    history: Pick<HistoryStore, 'latest'>;
    /** Characters of texts longer than 200 that may be in memory, 16 Mi unless told. */
    longCharactersMax?: number;
  }) {
    this.#history = options.history;
    this.#long = new LongTexts({ charactersMax: options.longCharactersMax ?? longCharactersMax });
  }

  /** From the history at start, a portion at a time. */
  async fill(tags: readonly HistoryTag[]): Promise<void> {
    const texts = tags.filter(({ kind }) => kind === 'text');
    const others = tags.filter(({ kind }) => kind !== 'text');
    for (const portion of [...portionsOf(others, tagsAtOnce), ...portionsOf(texts, textTagsAtOnce)]) {
      for (const sample of await this.#history.latest(portion)) this.#take(sample);
    }
  }

  fold({ blocks }: Pick<Committed, 'blocks'>): void {
    for (const block of blocks) {
      this.#growFor(block);
      if (block.kind === 'number') this.#foldNumbers(block as SampleBlock<'number'>);
      else this.#foldOthers(block);
    }
  }

  /** The newest sample of the tag, undefined when none ever came. A long text that is not in memory is to be `read`. */
  newest(tag: number): Sample | LongText | undefined {
    const sourceTime = this.#times[tag];
    if (sourceTime === undefined || sourceTime === Number.NEGATIVE_INFINITY) return undefined;
    const status = this.#statuses[tag]!;
    if (isBad(status)) return { tag, sourceTime, status, value: null };
    const other = this.#others[tag];
    const value = other === long ? this.#long.get(tag) : (other ?? this.#numbers[tag]!);
    return value === undefined ? { tag, characters: this.#numbers[tag]! } : { tag, sourceTime, status, value };
  }

  /**
   * The newest sample of each tag, long texts too; a tag is left out when none ever came, or when its text is long and the
   * history has forgotten it. @throws Problem of the history when a text that is not in memory cannot be read now
   */
  async read(tags: readonly number[]): Promise<ReadonlyMap<number, Sample>> {
    const found = new Map<number, Sample>();
    const absent: LongText[] = [];
    for (const tag of new Set(tags)) {
      const newest = this.newest(tag);
      if (newest === undefined) continue;
      if ('characters' in newest) absent.push(newest);
      else found.set(tag, newest);
    }
    for (const portion of portionsByCharacters(absent)) {
      for (const sample of await this.#inTurn(() => this.#readLong(portion))) found.set(sample.tag, sample);
    }
    return found;
  }

  async #readLong(tags: readonly number[]): Promise<Sample[]> {
    const isAbsent = (tag: number): boolean => 'characters' in (this.newest(tag) ?? {});
    // While this one waited somebody else may have read it, or a shorter one have come.
    const asked = tags.filter(isAbsent).map((number) => ({ number, kind: 'text' }) as const);
    const stored = asked.length === 0 ? [] : await this.#history.latest(asked);
    const read = new Map(stored.map(({ tag, sourceTime, status, value }) => [tag, { tag, sourceTime, status, value }]));
    for (const sample of read.values()) this.#take(sample);
    return tags.flatMap((tag) => {
      const newest = this.newest(tag);
      if (newest !== undefined && !('characters' in newest)) return newest;
      return read.get(tag) ?? [];
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#turn.then(work);
    this.#turn = next.catch(() => undefined);
    return next;
  }

  #take({ tag, sourceTime, status, value }: Pick<StoredSample, 'sourceTime' | 'status' | 'value'> & { tag: number }) {
    this.#grow(tag);
    if (sourceTime < this.#times[tag]!) return;
    this.#times[tag] = sourceTime;
    this.#statuses[tag] = status;
    if (typeof value === 'number') this.#numbers[tag] = value;
    if (typeof value === 'string') this.#keepText(tag, status, value);
    else {
      this.#others[tag] = typeof value === 'number' || value === null ? undefined : value;
      this.#long.delete(tag);
    }
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
      if (kind === 'text') this.#keepText(tag, statuses[row]!, value as string);
      else this.#others[tag] = kind === 'boolean' ? value !== 0 : (value as bigint);
    }
  }

  /** Of a bad sample nobody asks for the text. */
  #keepText(tag: number, status: number, text: string): void {
    if (isBad(status) || text.length <= shortTextMax) {
      this.#others[tag] = isBad(status) ? undefined : text;
      this.#long.delete(tag);
      return;
    }
    this.#others[tag] = long;
    this.#numbers[tag] = text.length;
    this.#long.put(tag, text);
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

function portionsOf<T>(items: readonly T[], most: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / most) }, (_, at) => items.slice(at * most, (at + 1) * most));
}

function portionsByCharacters(texts: readonly LongText[]): number[][] {
  const portions: number[][] = [];
  let room = 0;
  for (const { tag, characters } of texts) {
    room -= characters;
    if (room < 0) {
      portions.push([]);
      room = portionCharacters - characters;
    }
    portions.at(-1)!.push(tag);
  }
  return portions;
}
