import { createHash } from 'node:crypto';
import { isBad } from '@gongfu/shared/model/quality';
import type { HistoryStore, HistoryTag } from '../history/history-store.ts';
import type { NumberedRow } from './row-columns.ts';

/** More samples of one tag within a write than this are asked for in slices. */
const pageSize = 5_000;
/** Rows remembered, of all tags together: a request that comes again costs no look into the history. */
const rememberedMax = 50_000;
/** Of a longer text the hash is remembered. */
const textMax = 64;

interface Remembered {
  readonly tag: number;
  readonly sourceTime: number;
  readonly identity: string;
}

/**
 * Knows which rows are stored already. The newest are remembered, as many as memory allows; whatever is not newer than
 * what was forgotten is looked up in the history, so a repetition is recognised however old it is.
 */
export class RepeatedRows {
  readonly #history: Pick<HistoryStore, 'samples' | 'latest'>;
  readonly #rememberedMax: number;
  /** By tag: of all that is stored and later than this the rows are remembered. */
  readonly #floors = new Map<number, number>();
  readonly #identities = new Map<number, Set<string>>();
  /** In the order they came; those before `#forgotten` are gone. */
  #order: Remembered[] = [];
  #forgotten = 0;

  constructor(history: Pick<HistoryStore, 'samples' | 'latest'>, options: { rememberedMax?: number } = {}) {
    this.#history = history;
    this.#rememberedMax = options.rememberedMax ?? rememberedMax;
  }

  /** The rows not stored yet, each once. `tagOf`: the history's tag of a row. @throws what the history throws */
  async fresh(rows: readonly NumberedRow[], tagOf: (row: NumberedRow) => HistoryTag): Promise<NumberedRow[]> {
    const byTag = grouped(rows);
    await this.#learn(
      [...byTag].flatMap(([tag, [row]]) => (this.#floors.has(tag) ? [] : [{ tag, known: tagOf(row!) }])),
    );
    const stored = new Map<number, Set<string>>();
    for (const [tag, own] of byTag) {
      const floor = this.#floors.get(tag)!;
      const times = own.map(({ sourceTime }) => sourceTime).filter((time) => time <= floor);
      const [from, to] = extent(times);
      stored.set(tag, times.length === 0 ? new Set() : await this.#stored(tagOf(own[0]!), from, to + 1));
    }
    return rows.filter((row) => {
      const identity = identityOf(row);
      if (this.#identities.get(row.tag)?.has(identity) === true) return false;
      const known = stored.get(row.tag)!;
      return !known.has(identity) && known.add(identity);
    });
  }

  /** The rows are durable now. */
  keep(rows: readonly NumberedRow[]): void {
    for (const row of rows) {
      const { tag, sourceTime } = row;
      // What is not later than the floor is asked of the history anyway.
      if (sourceTime <= this.#floors.get(tag)!) continue;
      const identity = identityOf(row);
      const known = this.#identities.get(tag);
      if (known === undefined) this.#identities.set(tag, new Set([identity]));
      else known.add(identity);
      this.#order.push({ tag, sourceTime, identity });
    }
    this.#forget();
  }

  #forget(): void {
    while (this.#order.length - this.#forgotten > this.#rememberedMax) {
      const { tag, sourceTime, identity } = this.#order[this.#forgotten]!;
      this.#forgotten += 1;
      const known = this.#identities.get(tag);
      known?.delete(identity);
      if (known?.size === 0) this.#identities.delete(tag);
      if (sourceTime > this.#floors.get(tag)!) this.#floors.set(tag, sourceTime);
    }
    if (this.#forgotten < this.#rememberedMax) return;
    this.#order = this.#order.slice(this.#forgotten);
    this.#forgotten = 0;
  }

  async #learn(tags: readonly { tag: number; known: HistoryTag }[]): Promise<void> {
    if (tags.length === 0) return;
    const newest = await this.#history.latest(tags.map(({ known }) => known));
    const times = new Map(newest.map(({ tag, sourceTime }) => [tag, sourceTime]));
    for (const { tag, known } of tags) this.#floors.set(tag, times.get(known.number) ?? Number.NEGATIVE_INFINITY);
  }

  async #stored(tag: HistoryTag, from: number, to: number): Promise<Set<string>> {
    const found = new Set<string>();
    let cursor: string | undefined;
    do {
      const page = await this.#history.samples({ tag, from, to, limit: pageSize, ...(cursor ? { cursor } : {}) });
      for (const sample of page.samples) found.add(identityOf(sample));
      cursor = page.cursor;
    } while (cursor !== undefined);
    return found;
  }
}

function identityOf({ sourceTime, status, value }: Pick<NumberedRow, 'sourceTime' | 'status' | 'value'>): string {
  const text = isBad(status) ? '' : String(value);
  const shown = text.length <= textMax ? text : createHash('sha256').update(text).digest('base64');
  return `${sourceTime} ${status} ${shown}`;
}

function extent(times: readonly number[]): [number, number] {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const time of times) [from, to] = [Math.min(from, time), Math.max(to, time)];
  return [from, to];
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
