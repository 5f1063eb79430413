import { createHash } from 'node:crypto';
import { isBad } from '@gongfu/shared/model/quality';
import type { FirstPageQuery, HistoryStore, HistoryTag, SamplePage } from '../history/history-store.ts';
import type { NumberedRow } from './row-columns.ts';

/** Samples of one tag that are asked for at once. */
const pageSize = 5_000;
/** Rows remembered, of all tags together: a request that comes again costs no look into the history. */
const rememberedMax = 50_000;
/** Of a longer text the hash is remembered. */
const textMax = 64;

/** What follows is looked up too, shared among the tags: a request that comes again is followed by its successors. */
const aheadMsMax = 6_000_000;

interface Unsure {
  readonly tag: number;
  readonly known: HistoryTag;
  readonly from: number;
  readonly to: number;
  readonly floor: number;
}

/**
 * Knows which rows are stored already. The newest are remembered, as many as memory allows; whatever is not newer than
 * what was forgotten is looked up in the history, so a repetition is recognised however old it is.
 */
export class RepeatedRows {
  readonly #history: Pick<HistoryStore, 'samples' | 'firstPages' | 'latest'>;
  readonly #rememberedMax: number;
  /** By tag: of all that is stored and later than this the rows are remembered. */
  readonly #floors = new Map<number, number>();
  /** In the order they came, the oldest first. */
  readonly #identities = new Set<string>();
  /** What was looked up, by tag; forgotten as a whole when it is too much. */
  readonly #looked = new Map<number, { from: number; to: number; identities: Set<string> }>();
  #lookedCount = 0;

  constructor(
    history: Pick<HistoryStore, 'samples' | 'firstPages' | 'latest'>,
    options: { rememberedMax?: number } = {},
  ) {
    this.#history = history;
    this.#rememberedMax = options.rememberedMax ?? rememberedMax;
  }

  /** The rows not stored yet, each once. `tagOf`: the history's tag of a row. @throws what the history throws */
  async fresh(rows: readonly NumberedRow[], tagOf: (row: NumberedRow) => HistoryTag): Promise<NumberedRow[]> {
    const byTag = grouped(rows);
    await this.#learn(
      [...byTag].flatMap(([tag, [row]]) => (this.#floors.has(tag) ? [] : [{ tag, known: tagOf(row!) }])),
    );
    const share = Math.min(pageSize, Math.max(16, Math.floor(this.#rememberedMax / byTag.size)));
    const unsure: Unsure[] = [];
    for (const [tag, own] of byTag) {
      const floor = this.#floors.get(tag)!;
      const times = own.filter((row) => row.sourceTime <= floor && !this.#remembers(row)).map((row) => row.sourceTime);
      if (times.length > 0) unsure.push({ tag, known: tagOf(own[0]!), ...extent(times), floor });
    }
    const stored = await this.#lookUp(unsure, share);
    const taken = new Set<string>();
    return rows.filter((row) => {
      const once = ownIdentityOf(row.tag, row);
      const isStored = this.#identities.has(once) || stored.get(row.tag)?.has(identityOf(row)) === true;
      if (isStored || taken.has(once)) return false;
      taken.add(once);
      return true;
    });
  }

  /** The rows are durable now. */
  keep(rows: readonly NumberedRow[]): void {
    for (const row of rows) {
      const { tag, sourceTime } = row;
      // What is not later than the floor is asked of the history anyway; only what was looked up must not grow old.
      if (sourceTime <= this.#floors.get(tag)!) this.#addLooked(tag, identityOf(row));
      else this.#identities.add(ownIdentityOf(tag, row));
    }
    this.#forget();
  }

  #addLooked(tag: number, identity: string): void {
    const looked = this.#looked.get(tag);
    if (looked === undefined || looked.identities.has(identity)) return;
    looked.identities.add(identity);
    this.#lookedCount += 1;
  }

  #forget(): void {
    for (const identity of this.#identities) {
      if (this.#identities.size <= this.#rememberedMax) return;
      this.#identities.delete(identity);
      const [tag, sourceTime] = identity.split(' ', 2).map(Number) as [number, number];
      if (sourceTime > this.#floors.get(tag)!) this.#floors.set(tag, sourceTime);
    }
  }

  #remembers(row: NumberedRow): boolean {
    return this.#identities.has(ownIdentityOf(row.tag, row));
  }

  /** At the first sight of a tag: the newest of it is what comes again after a restart. */
  async #learn(tags: readonly { tag: number; known: HistoryTag }[]): Promise<void> {
    if (tags.length === 0) return;
    const newest = await this.#history.latest(tags.map(({ known }) => known));
    const found = new Map(newest.map((sample) => [sample.tag, sample]));
    for (const { tag, known } of tags) {
      const sample = found.get(known.number);
      this.#floors.set(tag, sample?.sourceTime ?? Number.NEGATIVE_INFINITY);
      if (sample !== undefined) this.#identities.add(ownIdentityOf(tag, sample));
    }
  }

  /** What is stored of each tag in [from, to], and of what follows about as much as its share of the memory. */
  async #lookUp(unsure: readonly Unsure[], share: number): Promise<Map<number, ReadonlySet<string>>> {
    const stored = new Map<number, ReadonlySet<string>>();
    // At once: what is learned meanwhile may push it out of the memory.
    for (const { tag, from, to } of unsure) {
      const before = this.#looked.get(tag);
      if (before !== undefined && before.from <= from && to <= before.to) stored.set(tag, before.identities);
    }
    const asked = unsure.filter(({ tag }) => !stored.has(tag));
    // All of a long time would be read for a share of each; one tag alone is read as far as its share goes.
    const aheadMs = asked.length === 1 ? Number.POSITIVE_INFINITY : Math.ceil(aheadMsMax / asked.length);
    const queries = asked.map(({ known, from, to, floor }) => ({
      ...{ tag: known, from, limit: share },
      to: Math.min(floor, to + aheadMs) + 1,
    }));
    const [only] = queries;
    const pages = only !== undefined && queries.length === 1 ? [await this.#history.samples(only)] : [];
    if (queries.length > 1) pages.push(...(await this.#history.firstPages(queries)));
    for (const [i, { tag, to }] of asked.entries())
      stored.set(tag, await this.#learnPages(tag, to, queries[i]!, pages[i]!));
    return stored;
  }

  /** From the first page on until all up to `to` is known. */
  async #learnPages(tag: number, to: number, query: FirstPageQuery, first: SamplePage): Promise<ReadonlySet<string>> {
    const identities = new Set<string>();
    for (let page = first; ; ) {
      for (const sample of page.samples) identities.add(identityOf(sample));
      // Of the last time on a page there may be more on the next one.
      const covered = page.cursor === undefined ? query.to - 1 : page.samples.at(-1)!.sourceTime - 1;
      if (covered >= to || page.cursor === undefined) {
        this.#remember(tag, { from: query.from, to: covered, identities });
        return identities;
      }
      page = await this.#history.samples({ ...query, cursor: page.cursor });
    }
  }

  #remember(tag: number, looked: { from: number; to: number; identities: Set<string> }): void {
    if (this.#lookedCount > this.#rememberedMax) {
      this.#looked.clear();
      this.#lookedCount = 0;
    }
    this.#lookedCount += looked.identities.size;
    this.#looked.set(tag, looked);
  }
}

/** With the tag and the time in front. */
function ownIdentityOf(tag: number, row: Parameters<typeof identityOf>[0]): string {
  return [tag, identityOf(row)].join(' ');
}

/** Joined and not concatenated: it is kept, and a concatenated text keeps its pieces. */
function identityOf({ sourceTime, status, value }: Pick<NumberedRow, 'sourceTime' | 'status' | 'value'>): string {
  const text = isBad(status) ? '' : String(value);
  const shown = text.length <= textMax ? text : createHash('sha256').update(text).digest('base64');
  return [sourceTime, status, shown].join(' ');
}

function extent(times: readonly number[]): { from: number; to: number } {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const time of times) [from, to] = [Math.min(from, time), Math.max(to, time)];
  return { from, to };
}

function grouped(rows: readonly NumberedRow[]): Map<number, NumberedRow[]> {
  const groups = new Map<number, NumberedRow[]>();
  for (const row of rows) {
    const group = groups.get(row.tag);
    if (group === undefined) groups.set(row.tag, [row]);
    else group.push(row);
  }
  return groups;
}
