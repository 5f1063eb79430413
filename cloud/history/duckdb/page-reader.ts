import { columnKinds } from '@gongfu/shared/model/value-type';
import type { FirstPageQuery, SamplePage, StoredSample } from '../history-store.ts';
import type { Horizons } from '../horizons.ts';
import { firstPlace, formatCursor } from '../page-cursor.ts';
import { segmentsIn } from './layout.ts';
import type { Picture, RowReader } from './row-reader.ts';
import { sampleFields, sampleOf } from './sample-reader.ts';
import { rowsOf, sourcesOf } from './sample-source.ts';

/** First pages of many tags in one question for each kind: one at a time each would cost what all of them cost. */
export class PageReader {
  readonly #rows: RowReader;
  readonly #horizons: Horizons;

  constructor(rows: RowReader, horizons: Horizons) {
    this.#rows = rows;
    this.#horizons = horizons;
  }

  async firstPages(queries: readonly FirstPageQuery[]): Promise<SamplePage[]> {
    for (const query of queries) this.#horizons.check('samples', [query.tag], query);
    const found = queries.map((): StoredSample[] => []);
    await this.#rows.picture(
      ({ segments }) =>
        segments.filter((one) => queries.some(({ from, to }) => segmentsIn({ segments: [one] }, from, to).length > 0)),
      async (picture) => {
        for (const kind of columnKinds) await readKind(picture, kind, queries, found);
      },
    );
    return queries.map(({ from, limit }, place) => {
      const samples = found[place]!;
      if (samples.length <= limit) return { samples };
      samples.pop();
      return { samples, cursor: formatCursor(firstPlace(from), samples) };
    });
  }
}

async function readKind(
  { layout, segments, read }: Picture,
  kind: (typeof columnKinds)[number],
  queries: readonly FirstPageQuery[],
  found: readonly StoredSample[][],
): Promise<void> {
  const wanted = queries.flatMap(({ tag, from, to, limit }, place) =>
    tag.kind === kind ? [[place, tag.number, from, to, limit + 1].map(Math.trunc)] : [],
  );
  if (wanted.length === 0) return;
  const [since, until] = [wanted.map(([, , from]) => from!), wanted.map(([, , , to]) => to!)];
  const rows = rowsOf(
    sourcesOf(kind, layout, segments),
    `tag IN (SELECT tag FROM wanted) AND time >= ${least(since)} AND time < ${-least(until.map((to) => -to))}`,
  );
  await read(
    `WITH wanted(page, tag, since, until, most) AS (VALUES ${wanted.map((one) => `(${one.join(', ')})`).join(', ')})
     SELECT ${sampleFields}, page FROM ${rows} JOIN wanted USING (tag) WHERE time >= since AND time < until
     QUALIFY row_number() OVER (PARTITION BY page ORDER BY time, epoch, sequence, place) <= most
     ORDER BY page, time, epoch, sequence, place`,
    [],
    (row) => found[row[5] as number]!.push(sampleOf(row)),
  );
}

function least(numbers: readonly number[]): number {
  return numbers.reduce((smallest, one) => Math.min(smallest, one));
}
