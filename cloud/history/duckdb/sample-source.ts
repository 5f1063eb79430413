import type { ColumnKind } from '@gongfu/shared/model/value-type';
import { type Generation, hasKind, type Layout, type Segment, segmentName } from './layout.ts';
import { sampleTable, sealedValue } from './store-schema.ts';

/** One table samples are read from, and which of its rows count. */
export interface SampleSource {
  readonly table: string;
  readonly where: string;
  /** What the value is read by. */
  readonly value: string;
  /** By tag, time, epoch, sequence and place in the batch, so that the place in the table is the order. */
  readonly isSorted: boolean;
}

/** Tables of the kind: all that are not sealed yet, and the given segments. */
export function sourcesOf(kind: ColumnKind, layout: Layout, segments: readonly Segment[]): SampleSource[] {
  const sealed = segments.filter((segment) => hasKind(segment, kind)).map((segment) => sealedSource(kind, segment));
  return [...sealed, ...layout.generations.map((generation) => openSource(kind, generation))];
}

export function openSource(kind: ColumnKind, { id, sealedTo }: Generation): SampleSource {
  return { table: sampleTable(kind, id), where: `time >= ${sealedTo}`, value: 'value', isSorted: false };
}

export function sealedSource(kind: ColumnKind, segment: Segment): SampleSource {
  return {
    table: `${segmentName(segment)}.${sampleTable(kind)}`,
    where: 'true',
    value: sealedValue(kind),
    isSorted: true,
  };
}

/** The rows of several tables that meet a condition, with `place` to tell apart what is equal in time, epoch and sequence. */
export function rowsOf(sources: readonly SampleSource[], condition: string): string {
  const rows = sources.map(
    ({ table, where, value }) =>
      `SELECT tag, time, ${value} AS value, status, epoch, sequence, rowid AS place FROM ${table} WHERE ${where} AND ${condition}`,
  );
  return `(${rows.join(' UNION ALL ')})`;
}
