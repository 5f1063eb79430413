import type { DuckDBDataChunk } from '@duckdb/node-api';
import type { ColumnKind } from '@gongfu/shared/model/value-type';
import { hasKind, segmentsIn } from './layout.ts';
import type { Picture } from './row-reader.ts';
import { openSource, sealedSource } from './sample-source.ts';

interface Range {
  readonly from: number;
  readonly to: number;
}

/** The generations that hold samples of the kind and time, of whatever tag. */
export async function generationsIn({ layout, read }: Picture, kind: ColumnKind, { from, to }: Range) {
  const touched = [];
  for (const generation of layout.generations) {
    const bounds = [Math.max(from, generation.sealedTo), to];
    const sql = `SELECT 1 FROM ${openSource(kind, generation).table} WHERE time >= $1 AND time < $2 LIMIT 1`;
    let isTouched = false;
    await read(sql, bounds, () => {
      isTouched = true;
    });
    if (isTouched) touched.push(generation);
  }
  return touched;
}

/** One file a day: what they hold of a tag lies there in its order. */
export function isOneADay(segments: readonly { readonly day: number }[]): boolean {
  return new Set(segments.map(({ day }) => day)).size === segments.length;
}

/** Samples of one tag, read as they lie, where all of the time are in segments that are one a day: none needs to be compared with another. */
export async function eachSorted(
  picture: Picture,
  { kind, number }: { readonly kind: ColumnKind; readonly number: number },
  range: Range,
  select: (value: string) => string,
  take: (chunk: DuckDBDataChunk) => void,
): Promise<void> {
  for (const segment of segmentsIn(picture, range.from, range.to)) {
    if (!hasKind(segment, kind)) continue;
    const { table, value } = sealedSource(kind, segment);
    await picture.readChunks(
      `SELECT ${select(value)} FROM ${table} WHERE tag = $1::UINTEGER AND time >= $2 AND time < $3`,
      [number, range.from, range.to],
      take,
    );
  }
}
