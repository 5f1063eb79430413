import { type ColumnKind, columnKinds } from '@gongfu/shared/model/value-type';

export const dayMs = 86_400_000;

/** Tables in order of arrival. The newest is written to; of the others one day after the other is sealed, oldest first. */
export interface Generation {
  readonly id: number;
  /** What lies before is in sealed segments: rows of it are still here until the tables are dropped, and count no more. */
  readonly sealedTo: number;
}

/** Ways minutes lie in a file, by the name of their table: see `sealed-minutes.ts`. */
export type MinuteTable = 'rollups_minute' | 'minutes';

/** Samples of one UTC day, sorted, in a file that never changes. A day has one, or more where late data came. */
export interface Segment {
  readonly id: number;
  /** Days since the epoch. */
  readonly day: number;
  readonly rows: number;
  /** One bit for each of `columnKinds` that samples in it are of. */
  readonly kinds: number;
  /** Which samples are in it of those it was made of: retention may have taken some. */
  readonly samples: 'all' | 'some' | 'none';
  /** The table its minutes are in; none where retention took them. */
  readonly minutes: MinuteTable | 'none';
}

/** Where the samples are at one moment; a change makes a new one. */
export interface Layout {
  /** By id; the last one is written to. */
  readonly generations: readonly Generation[];
  /** By day, then id. */
  readonly segments: readonly Segment[];
}

export function openGeneration({ generations }: Layout): Generation {
  return generations.at(-1)!;
}

export function byDay(segments: readonly Segment[]): Segment[] {
  return segments.toSorted((a, b) => a.day - b.day || a.id - b.id);
}

/** With samples of days that touch from ≤ time < to. */
export function segmentsIn({ segments }: Pick<Layout, 'segments'>, from: number, to: number): Segment[] {
  return segments.filter(({ day, samples }) => samples !== 'none' && (day + 1) * dayMs > from && day * dayMs < to);
}

/** With minutes of days that touch from ≤ time < to. */
export function minutesIn({ segments }: Pick<Layout, 'segments'>, from: number, to: number): Segment[] {
  return segments.filter(({ day, minutes }) => minutes !== 'none' && (day + 1) * dayMs > from && day * dayMs < to);
}

export function hasKind({ kinds }: Segment, kind: ColumnKind): boolean {
  return (kinds & kindBit(kind)) !== 0;
}

export function kindBit(kind: ColumnKind): number {
  return 1 << columnKinds.indexOf(kind);
}

export function segmentFile({ id, day }: Pick<Segment, 'id' | 'day'>): string {
  return `${new Date(day * dayMs).toISOString().slice(0, 10)}.${id}.duckdb`;
}

/** Name under which its file is attached. */
export function segmentName({ id }: Pick<Segment, 'id'>): string {
  return `segment_${id}`;
}
