import { Problem } from '@gongfu/shared/base/problem';
import type { ColumnKind } from '@gongfu/shared/model/value-type';
import type {
  FirstPageQuery,
  HistoryStore,
  HistoryTag,
  SamplePage,
  SampleQuery,
  SeriesPoint,
  StoredSample,
  TagColumns,
} from '../history-store.ts';
import { stretchMs } from '../movable-history.ts';
import { firstPlace, formatCursor, startOf } from '../page-cursor.ts';
import { Bucket } from './bucket.ts';
import type { InfluxLink } from './influx-link.ts';
import type { OrderedReader, OrderedSample } from './ordered-reader.ts';
import { latestMs } from './point-scheme.ts';
import { readRaw } from './raw-rows.ts';

const pageRowsMax = 100_000;
const columnRowsMax = 5_000_000;
const seriesPointsMax = 20_000;
const pieceRows = 50_000;
const pagesAtOnce = 8;
const tagsPerQuestion = 100;
const dayMs = 86_400_000;

type ColumnsQuery = Parameters<HistoryStore['columns']>[0];

/** Raw samples, and series made straight from the samples. */
export class SampleReader {
  readonly #link: InfluxLink;
  readonly #ordered: OrderedReader;

  constructor(options: { link: InfluxLink; ordered: OrderedReader }) {
    this.#link = options.link;
    this.#ordered = options.ordered;
  }

  async samples(query: SampleQuery): Promise<SamplePage> {
    const { tag, from, to } = query;
    const limit = Math.max(1, Math.min(query.limit, pageRowsMax));
    const asked = startOf(query);
    const start = asked.time < from ? firstPlace(from) : asked;
    const found: OrderedSample[] = [];
    const begin = start.time < 0 ? firstPlace(0) : start;
    for await (const piece of this.#ordered.pieces(tag, begin, to, limit)) {
      found.push(...piece);
      if (found.length > limit) break;
    }
    const samples = found.slice(0, limit).map(plain);
    return found.length <= limit ? { samples } : { samples, cursor: formatCursor(begin, samples) };
  }

  /**
   * Of one range, where it is short, in a few questions: the server needs longer for a question than for the rows of a tag in it.
   * Others a few at a time: it would read a long range whole for the first page of each.
   */
  async firstPages(queries: readonly FirstPageQuery[]): Promise<SamplePage[]> {
    const alike = new Map<string, FirstPageQuery[]>();
    for (const query of queries) {
      const { tag, from, to, limit } = query;
      if (to - from > stretchMs) continue;
      const name = [tag.kind, from, to, limit].join();
      alike.set(name, [...(alike.get(name) ?? []), query]);
    }
    const found = new Map<FirstPageQuery, SamplePage>();
    for (const some of alike.values()) {
      for (let at = 0; some.length > 1 && at < some.length; at += tagsPerQuestion) {
        await this.#firstPagesOf(some.slice(at, at + tagsPerQuestion), found);
      }
    }
    const others = queries.filter((query) => !found.has(query));
    for (let at = 0; at < others.length; at += pagesAtOnce) {
      const some = others.slice(at, at + pagesAtOnce);
      const pages = await Promise.all(some.map((query) => this.samples(query)));
      for (const [i, query] of some.entries()) found.set(query, pages[i]!);
    }
    return queries.map((query) => found.get(query)!);
  }

  /** Of one kind, range and limit; a page that cannot be told from one look is left out. */
  async #firstPagesOf(queries: readonly FirstPageQuery[], found: Map<FirstPageQuery, SamplePage>): Promise<void> {
    const { from, to, limit: asked } = queries[0]!;
    const limit = Math.max(1, Math.min(asked, pageRowsMax));
    const begin = firstPlace(Math.max(0, from));
    const tags = queries.map(({ tag }) => tag);
    const slices = await this.#ordered.beginnings(tags, begin.time, to, limit + 1);
    for (const [i, { samples, isWhole }] of slices.entries()) {
      if (!isWhole && samples.length <= limit) continue;
      const page = samples.slice(0, limit).map(plain);
      const isAll = samples.length <= limit;
      found.set(queries[i]!, isAll ? { samples: page } : { samples: page, cursor: formatCursor(begin, page) });
    }
  }

  async series(query: Parameters<HistoryStore['series']>[0]): Promise<SeriesPoint[]> {
    const { tag, from, to } = query;
    const span = to - from;
    const points = Math.max(1, Math.min(query.points, span, seriesPointsMax));
    const edges = Array.from({ length: points + 1 }, (_, i) => from + Math.ceil((i * span) / points));
    const buckets = Array.from({ length: points }, () => new Bucket());
    await readRaw(this.#link, { kind: tag.kind, tags: [tag.number], from, to }, (point) => {
      buckets[Math.floor(((point.sourceTime - from) * points) / span)]!.take(tag.kind, point);
    });
    return buckets.map(({ count, badCount, low, high, mean, first, last }, i) => ({
      from: edges[i]!,
      to: edges[i + 1]!,
      count,
      badCount,
      min: low?.value ?? null,
      max: high?.value ?? null,
      mean: mean ?? null,
      first: first?.value ?? null,
      last: last?.value ?? null,
    }));
  }

  async columns(query: ColumnsQuery): Promise<TagColumns> {
    const { tag, to } = query;
    const from = Math.max(0, query.from);
    const [sourceTimes, statuses, values]: [number[], number[], (number | bigint | string)[]] = [[], [], []];
    const keep = ({ sourceTime, status, value }: StoredSample): void => {
      sourceTimes.push(sourceTime);
      statuses.push(status);
      values.push(value === null ? absent(tag.kind) : typeof value === 'boolean' ? Number(value) : value);
    };
    if (query.before) (await this.#ordered.newest([tag], { since: 0, to: from })).forEach(keep);
    for await (const piece of this.#ordered.pieces(tag, firstPlace(from), to, pieceRows)) {
      piece.forEach(keep);
      if (sourceTimes.length > columnRowsMax) throw tooMuch(query);
    }
    return { sourceTimes: Float64Array.from(sourceTimes), statuses: Uint32Array.from(statuses), values };
  }

  async latest(tags: readonly HistoryTag[], now: number): Promise<(StoredSample & { tag: number })[]> {
    const newest = await this.#ordered.newest(tags, { since: 0, to: latestMs, near: now - dayMs });
    return [...newest].map(([{ number }, sample]) => ({ ...plain(sample), tag: number }));
  }
}

function plain({ sourceTime, status, value, epoch, sequence }: OrderedSample): StoredSample {
  return { sourceTime, status, value, epoch, sequence };
}

function absent(kind: ColumnKind): number | bigint | string {
  if (kind === 'text') return '';
  return kind.endsWith('64') ? 0n : 0;
}

function tooMuch({ tag, from, to }: ColumnsQuery): Problem {
  const range = `${new Date(from).toISOString()} to ${new Date(to).toISOString()}`;
  return new Problem({
    code: 'history-too-much',
    detail: `tag ${tag.number} holds more than ${columnRowsMax} samples from ${range}`,
    advice: 'Ask for a shorter time.',
    reaction: 'drop',
    status: 413,
  });
}
