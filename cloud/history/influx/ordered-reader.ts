import { flux } from '@influxdata/influxdb-client';
import type { HistoryTag, StoredSample } from '../history-store.ts';
import { firstPlace, formatCursor, type PagePlace, parseCursor } from '../page-cursor.ts';
import type { InfluxLink } from './influx-link.ts';
import { latestMs, type Rank } from './point-scheme.ts';
import { compareRanks, limitOf, parseValue, type RawPoint, readRaw } from './raw-rows.ts';

export type OrderedSample = StoredSample & Rank;

const firstWidthMs = 86_400_000;
const widening = 8;
const nothing = { samples: [], isWhole: true };

/** Samples of one tag in their order, some at a time, whatever the range: values and statuses put together again. */
export class OrderedReader {
  readonly #link: InfluxLink;

  constructor(link: InfluxLink) {
    this.#link = link;
  }

  /** From `place` on, in pieces of about `rows`. A tag that is rarely written is looked through in wider and wider steps. */
  async *pieces(tag: HistoryTag, place: PagePlace, end: number, rows: number): AsyncGenerator<OrderedSample[]> {
    const to = Math.min(end, latestMs);
    let at = place;
    let widthMs = firstWidthMs;
    let limit = rows + 1;
    while (at.time < to) {
      const stop = Math.min(to, at.time + widthMs);
      const [{ samples, isWhole } = nothing] = await this.beginnings([tag], at.time, stop, limit);
      const fresh = after(samples, at);
      if (fresh.length > 0) yield fresh;
      if (isWhole) {
        at = firstPlace(stop);
        if (fresh.length < rows / widening) widthMs *= widening;
        limit = rows + 1;
      } else if (fresh.length === 0) {
        // A crowd of one millisecond, larger than what was asked: the next look reaches further into it.
        limit *= widening;
      } else {
        at = parseCursor(formatCursor(at, fresh));
        widthMs = Math.max(1, Math.ceil((fresh.at(-1)!.sourceTime - fresh[0]!.sourceTime) * 2));
      }
    }
  }

  /**
   * The newest sample with since ≤ sourceTime < to of each tag that has one. Looked for from `near` on first and then further and
   * further back: a tag has a table more for every lap, and most tags are found in the last day.
   */
  async newest(
    tags: readonly HistoryTag[],
    { since, to, near = to - firstWidthMs }: { since: number; to: number; near?: number },
  ): Promise<Map<HistoryTag, OrderedSample>> {
    const found = new Map<HistoryTag, OrderedSample>();
    let missing = tags;
    let widthMs = firstWidthMs;
    for (let [from, end] = [Math.max(since, near), to]; missing.length > 0; ) {
      await this.#newestWithin(missing, from, end, found);
      if (from <= since) break;
      missing = missing.filter((tag) => !found.has(tag));
      widthMs *= widening;
      [from, end] = [Math.max(since, from - widthMs), from];
    }
    return found;
  }

  async #newestWithin(tags: readonly HistoryTag[], from: number, to: number, found: Map<HistoryTag, OrderedSample>) {
    for (const kind of new Set(tags.map((tag) => tag.kind))) {
      const ofKind = new Map(tags.filter((tag) => tag.kind === kind).map((tag) => [tag.number, tag]));
      const points = new Map<number, RawPoint[]>();
      const query = { kind, tags: [...ofKind.keys()], from, to, each: flux`|> last()` };
      await readRaw(this.#link, query, (point) => {
        const list = points.get(point.tag);
        if (list === undefined) points.set(point.tag, [point]);
        else list.push(point);
      });
      for (const [number, list] of points) {
        const tag = ofKind.get(number)!;
        found.set(tag, joined(tag, list.sort(compareRanks)).at(-1)!);
      }
    }
  }

  /**
   * The first samples of each of the tags, which are of one kind: as many as `limit` of each table, and told is only what no
   * table has cut off.
   */
  async beginnings(
    tags: readonly HistoryTag[],
    from: number,
    to: number,
    limit: number,
  ): Promise<{ samples: OrderedSample[]; isWhole: boolean }[]> {
    const kind = tags[0]!.kind;
    const found = new Map(tags.map((tag) => [tag.number, new Beginning(limit)]));
    const query = { kind, tags: [...found.keys()], from, to, each: limitOf(limit) };
    await readRaw(this.#link, query, (point, table) => found.get(point.tag)!.take(point, table));
    return tags.map((tag) => found.get(tag.number)!.end(tag));
  }
}

/** Points of one tag, the first ones of each of its tables. */
class Beginning {
  readonly #limit: number;
  readonly #points: RawPoint[] = [];
  readonly #tables = new Map<string, { rows: number; last: RawPoint }>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  take(point: RawPoint, name: string): void {
    this.#points.push(point);
    const table = this.#tables.get(name);
    if (table === undefined) this.#tables.set(name, { rows: 1, last: point });
    else {
      table.rows += 1;
      table.last = point;
    }
  }

  end(tag: HistoryTag): { samples: OrderedSample[]; isWhole: boolean } {
    const ends = [...this.#tables.values()].filter(({ rows }) => rows >= this.#limit).map(({ last }) => last);
    const end = ends.sort(compareRanks)[0];
    const points = this.#points.sort(compareRanks);
    const sure = end === undefined ? points : points.filter((point) => compareRanks(point, end) <= 0);
    return { samples: joined(tag, sure), isWhole: end === undefined };
  }
}

/** Value and status of one sample stand beside each other. */
function joined({ kind }: HistoryTag, points: readonly RawPoint[]): OrderedSample[] {
  const samples: OrderedSample[] = [];
  for (let i = 0; i < points.length; i += 1) {
    const point = points[i]!;
    const next = points[i + 1];
    const both = next !== undefined && compareRanks(point, next) === 0 ? [point, next] : [point];
    if (both.length === 2) i += 1;
    const value = both.find(({ isValue }) => isValue);
    const status = both.find(({ isValue }) => !isValue);
    const { sourceTime, epoch, sequence, rank } = point;
    samples.push({
      sourceTime,
      status: status === undefined ? 0 : Number(status.text),
      value: value === undefined ? null : parseValue(kind, value.text),
      epoch,
      sequence,
      rank,
    });
  }
  return samples;
}

/** What comes after the first `place` samples of the place's batch. */
function after(samples: readonly OrderedSample[], { time, epoch, sequence, place }: PagePlace): OrderedSample[] {
  const start = samples.findIndex(
    (one) =>
      one.sourceTime > time ||
      (one.sourceTime === time && (one.epoch > epoch || (one.epoch === epoch && one.sequence >= sequence))),
  );
  if (start < 0) return [];
  let skipped = 0;
  const isSame = ({ sourceTime, ...one }: OrderedSample) =>
    sourceTime === time && one.epoch === epoch && one.sequence === sequence;
  while (skipped < place && start + skipped < samples.length && isSame(samples[start + skipped]!)) skipped += 1;
  return samples.slice(start + skipped);
}
