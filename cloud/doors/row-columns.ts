import { isBad } from '@gongfu/shared/model/quality';
import type { ColumnArrays, SampleBlock } from '@gongfu/shared/model/sample';
import { type ColumnKind, columnKinds, type Value } from '@gongfu/shared/model/value-type';

/** A row with the number of its tag within the door, its value as the tag carries it. */
export interface NumberedRow {
  readonly tag: number;
  readonly kind: ColumnKind;
  readonly sourceTime: number;
  readonly status: number;
  readonly value: Value;
}

/** Rows → one block a kind, as a gateway would send them; the order within a kind stays. */
export function blocksOf(rows: readonly NumberedRow[]): SampleBlock[] {
  return columnKinds.flatMap((kind) => {
    const own = rows.filter((row) => row.kind === kind);
    return own.length === 0 ? [] : [blockOf(kind, own)];
  });
}

function blockOf(kind: ColumnKind, rows: readonly NumberedRow[]): SampleBlock {
  return {
    kind,
    count: rows.length,
    tags: Uint32Array.from(rows, ({ tag }) => tag),
    sourceTimes: Float64Array.from(rows, ({ sourceTime }) => sourceTime),
    statuses: Uint32Array.from(rows, ({ status }) => status),
    values: valuesOf(
      kind,
      rows.map(({ status, value }) => (isBad(status) ? null : value)),
    ),
  };
}

function valuesOf(kind: ColumnKind, values: readonly Value[]): ColumnArrays[ColumnKind] {
  switch (kind) {
    case 'number':
      return Float64Array.from(values, (value) => (value ?? 0) as number);
    case 'boolean':
      return Uint8Array.from(values, (value) => (value === true ? 1 : 0));
    case 'integer64':
      return BigInt64Array.from(values, (value) => (value ?? 0n) as bigint);
    case 'unsigned64':
      return BigUint64Array.from(values, (value) => (value ?? 0n) as bigint);
    default:
      return values.map((value) => (value ?? '') as string);
  }
}
