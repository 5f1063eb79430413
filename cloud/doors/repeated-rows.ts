import { isBad } from '@gongfu/shared/model/quality';
import type { HistoryStore, HistoryTag } from '../history/history-store.ts';
import type { NumberedRow } from './row-columns.ts';

/** More samples of one tag within a write than this are asked for in slices. */
const pageSize = 5_000;

/**
 * Knows which rows are stored already. What is newer than the newest of its tag cannot be; of that one time is kept for
 * each tag. Anything else is looked up in the history, so a repetition is recognised however old it is.
 */
export class RepeatedRows {
  readonly #history: Pick<HistoryStore, 'samples' | 'latest'>;
  readonly #newest = new Map<number, number>();

  constructor(history: Pick<HistoryStore, 'samples' | 'latest'>) {
    this.#history = history;
  }

  /** The rows not stored yet, each once. `tagOf`: the history's tag of a row. @throws what the history throws */
  async fresh(rows: readonly NumberedRow[], tagOf: (row: NumberedRow) => HistoryTag): Promise<NumberedRow[]> {
    const byTag = grouped(rows);
    await this.#learn(
      [...byTag].flatMap(([tag, [row]]) => (this.#newest.has(tag) ? [] : [{ tag, known: tagOf(row!) }])),
    );
    const stored = new Map<number, Set<string>>();
    for (const [tag, own] of byTag) {
      const newest = this.#newest.get(tag)!;
      const times = own.map(({ sourceTime }) => sourceTime).filter((time) => time <= newest);
      const [from, to] = extent(times);
      stored.set(tag, times.length === 0 ? new Set() : await this.#stored(tagOf(own[0]!), from, to + 1));
    }
    return rows.filter((row) => {
      const known = stored.get(row.tag)!;
      const identity = identityOf(row);
      return !known.has(identity) && known.add(identity);
    });
  }

  /** The rows are durable now. */
  keep(rows: readonly NumberedRow[]): void {
    for (const { tag, sourceTime } of rows) {
      if (sourceTime > (this.#newest.get(tag) ?? Number.NEGATIVE_INFINITY)) this.#newest.set(tag, sourceTime);
    }
  }

  async #learn(tags: readonly { tag: number; known: HistoryTag }[]): Promise<void> {
    if (tags.length === 0) return;
    const newest = await this.#history.latest(tags.map(({ known }) => known));
    const times = new Map(newest.map(({ tag, sourceTime }) => [tag, sourceTime]));
    for (const { tag, known } of tags) this.#newest.set(tag, times.get(known.number) ?? Number.NEGATIVE_INFINITY);
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
  return `${sourceTime} ${status} ${isBad(status) ? '' : String(value)}`;
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
