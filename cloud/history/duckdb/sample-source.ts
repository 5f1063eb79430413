import type { ColumnKind } from '@gongfu/shared/model/value-type';
import { hasKind, type Layout, type Segment, segmentName } from './layout.ts';
import { sampleTable } from './store-schema.ts';

/** One table samples are read from, and which of its rows count. */
export interface SampleSource {
  readonly table: string;
  readonly where: string;
  /** By tag, time, epoch, sequence and place in the batch, so that the place in the table is the order. */
  readonly isSorted: boolean;
}

/** Tables of the kind: all that are not sealed yet, and the given segments. */
export function sourcesOf(kind: ColumnKind, layout: Layout, segments: readonly Segment[]): SampleSource[] {
  const open = layout.generations.map(({ id, sealedTo }) => ({
    table: sampleTable(kind, id),
    where: `time >= ${sealedTo}`,
    isSorted: false,
  }));
  return [
    ...segments.filter((segment) => hasKind(segment, kind)).map((segment) => sealedSource(kind, segment)),
    ...open,
  ];
}

export function sealedSource(kind: ColumnKind, segment: Segment): SampleSource {
  return { table: `${segmentName(segment)}.${sampleTable(kind)}`, where: 'true', isSorted: true };
}

/** The rows of several tables that meet a condition, with `place` to tell apart what is equal in time, epoch and sequence. */
export function rowsOf(sources: readonly SampleSource[], condition: string): string {
  const rows = sources.map(
    ({ table, where }) =>
      `SELECT tag, time, value, status, epoch, sequence, rowid AS place FROM ${table} WHERE ${where} AND ${condition}`,
  );
  return `(${rows.join(' UNION ALL ')})`;
}
