import { DOUBLE, type DuckDBConnection, UINTEGER, VARCHAR } from '@duckdb/node-api';
import { Problem } from '@gongfu/shared/base/problem';
import { type ColumnKind, columnKinds } from '@gongfu/shared/model/value-type';
import type { Horizons } from '../horizons.ts';
import { segmentsIn } from './layout.ts';
import type { Picture, RowReader } from './row-reader.ts';
import { rowsOf, sourcesOf } from './sample-source.ts';
import { quoted } from './segment-shelf.ts';
import type { CopyQuery } from './store-message.ts';
import { badFrom } from './store-schema.ts';

const copyTimeoutMs = 600_000;

/** Where the value of a kind stands: each keeps its exact type, the others are null. */
const columnOf: Readonly<Record<ColumnKind, string>> = {
  number: 'number',
  integer64: 'whole',
  unsigned64: 'whole',
  boolean: 'truth',
  text: 'words',
};

const formats = {
  csv: 'FORMAT csv, HEADER true',
  parquet: 'FORMAT parquet, COMPRESSION zstd',
  // One JSON object a line.
  lines: 'FORMAT json',
} as const;

/** Raw samples written to a file by DuckDB itself: sorted on disk where memory does not suffice, and never as objects. */
export class SampleCopy {
  readonly #rows: RowReader;
  readonly #horizons: Horizons;

  constructor(rows: RowReader, horizons: Horizons) {
    this.#rows = rows;
    this.#horizons = horizons;
  }

  async copy(query: CopyQuery): Promise<number> {
    this.#horizons.check('samples', query.tags, query);
    return this.#rows.picture(
      (layout) => segmentsIn(layout, query.from, query.to),
      async (picture) => {
        const { connection } = picture;
        const count = await countOf(picture, query);
        if (count > query.rowsMax) throw tooMuch(count, query.rowsMax);
        await connection.run(`SET TimeZone = ${quoted(query.timeZone)}`);
        await label(connection, query);
        const { rowsChanged } = await connection.run(
          `COPY (${rowsSql(picture, query)}) TO ${quoted(query.file)} (${formats[query.format]})`,
        );
        return rowsChanged;
      },
      copyTimeoutMs,
    );
  }
}

async function countOf(picture: Picture, query: CopyQuery): Promise<number> {
  let count = 0;
  for (const kind of kindsOf(query)) {
    const rows = rowsOf(sourcesOf(kind, picture.layout, picture.segments), where(query, kind));
    await picture.read(`SELECT count(*)::DOUBLE FROM ${rows}`, [], ([found]) => {
      count += found as number;
    });
  }
  return count;
}

/** Names are written by people: they go in as values, never as part of the statement. */
async function label(connection: DuckDBConnection, query: CopyQuery): Promise<void> {
  await connection.run(
    'CREATE OR REPLACE TEMP TABLE labels (tag UINTEGER, place DOUBLE, signal VARCHAR, source VARCHAR, name VARCHAR, unit VARCHAR)',
  );
  for (const [place, { number, label: signal, source, name, unit }] of query.tags.entries()) {
    await connection.run(
      'INSERT INTO labels VALUES ($1, $2, $3, $4, $5, $6)',
      [number, place, signal, source, name, unit],
      [UINTEGER, DOUBLE, VARCHAR, VARCHAR, VARCHAR, VARCHAR],
    );
  }
}

function rowsSql({ layout, segments }: Picture, query: CopyQuery): string {
  const all = kindsOf(query).map((kind) => {
    const columns = ['number', 'whole', 'truth', 'words'].map((column) => {
      const type = { number: 'DOUBLE', whole: 'DECIMAL(20, 0)', truth: 'BOOLEAN', words: 'VARCHAR' }[column]!;
      return columnOf[kind] === column ? `value::${type} AS ${column}` : `NULL::${type} AS ${column}`;
    });
    return `SELECT tag, time, status, ${columns.join(', ')}, epoch, sequence, place
      FROM ${rowsOf(sourcesOf(kind, layout, segments), where(query, kind))}`;
  });
  const joined = `FROM (${all.join(' UNION ALL ')}) s JOIN labels USING (tag)
    ORDER BY s.time, labels.place, s.epoch, s.sequence, s.place`;
  const instant = '(to_timestamp(0) + to_milliseconds(s.time))';
  const quality = `CASE WHEN status >= ${badFrom} THEN 'bad' WHEN status >= ${badFrom / 2} THEN 'uncertain' ELSE 'good' END`;
  const exact = 'coalesce(words, whole::VARCHAR, truth::VARCHAR, number::VARCHAR)';
  if (query.format === 'parquet') {
    return `SELECT ${instant} AS time, tag, signal, source, name, unit, number AS value_number, whole AS value_integer,
      truth AS value_boolean, words AS value_text, ${quality} AS quality, status ${joined}`;
  }
  if (query.format === 'csv') {
    const texts = ['signal', 'source', 'name', 'unit'].map((column) => `${harmless(column)} AS ${column}`).join(', ');
    const value = `CASE WHEN words IS NULL THEN ${exact} ELSE ${harmless('words')} END`;
    return `SELECT ${isoText(instant)} AS ${identifier(`time (${query.timeZone})`)}, tag, ${texts}, ${value} AS value,
      ${quality} AS quality, status ${joined}`;
  }
  // What is no number for a sheet is text: it would lose digits of a whole beyond 2^53.
  return `SELECT epoch_ms(${instant} AT TIME ZONE ${quoted(query.timeZone)}) AS local, ${isoText(instant)} AS iso, tag, signal, source,
    name, unit, number, CASE WHEN number IS NULL THEN ${exact} END AS words, ${quality} AS quality, status ${joined}`;
}

/** A spreadsheet takes such a text for a formula (CWE-1236). */
function harmless(column: string): string {
  return `CASE WHEN regexp_matches(${column}, '^[=+@\\t\\r-]') THEN '''' || ${column} ELSE ${column} END`;
}

/** ISO 8601 with the offset of the zone in full. */
function isoText(instant: string): string {
  const offset = `strftime(${instant}, '%z')`;
  return `strftime(${instant}, '%Y-%m-%dT%H:%M:%S.%g') || CASE WHEN length(${offset}) = 3 THEN ${offset} || ':00' ELSE ${offset} END`;
}

function kindsOf({ tags }: CopyQuery): ColumnKind[] {
  return columnKinds.filter((kind) => tags.some((tag) => tag.kind === kind));
}

function where({ tags, from, to }: CopyQuery, kind: ColumnKind): string {
  const numbers = tags.filter((tag) => tag.kind === kind).map(({ number }) => Math.trunc(number));
  return `tag IN (${numbers.join(', ')}) AND time >= ${Math.trunc(from)} AND time < ${Math.trunc(to)}`;
}

function identifier(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

function tooMuch(count: number, rowsMax: number): Problem {
  return new Problem({
    code: 'export-too-large',
    detail: `${count} samples lie in the time asked for; this format takes at most ${rowsMax}`,
    advice: 'Export a shorter time or fewer tags, or choose Parquet.',
    reaction: 'drop',
    status: 413,
  });
}
