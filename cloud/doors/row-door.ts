import type { GapRecord } from '@gongfu/shared/model/sample';
import type { Value, ValueType } from '@gongfu/shared/model/value-type';

/** One value from outside, before it has a tag of ours. */
export interface ForeignRow {
  readonly source: string;
  readonly name: string;
  readonly type: ValueType;
  /** UCUM code, '' when unknown. */
  readonly unit: string;
  /** UTC epoch ms. */
  readonly sourceTime: number;
  /** 32-bit status code; where it is bad `value` is null. */
  readonly status: number;
  /** bigint for the 64-bit types. */
  readonly value: Value;
}

/** Whose rows they are: one credential, broker or device of one tenant. It stands among the gateways by this name. */
export interface RowOrigin {
  readonly tenantId: string;
  readonly name: string;
  /** Longest silence of a tag that still counts as observed. */
  readonly maxSilentMs: number;
}

export interface RowFault {
  readonly code:
    | 'row-name-invalid'
    | 'row-time-invalid'
    | 'row-value-invalid'
    | 'row-type-differs'
    | 'row-tags-too-many';
  readonly reason: string;
}

/** The way in for data of others. */
export interface RowDoor {
  /**
   * Resolves once every row that could be taken is durable: for each row undefined, or why it was not taken. A row that is
   * there already (same tag, time, status and value) is taken without being stored again. Losses the sender can name become
   * durable with the rows.
   * @throws Problem with reaction retry when nothing is certain; sending the same rows again is safe
   */
  write(
    origin: RowOrigin,
    rows: readonly ForeignRow[],
    gaps?: readonly GapRecord[],
  ): Promise<readonly (RowFault | undefined)[]>;
}

/** Characters of text that take about the memory of one row. */
const charactersPerRow = 256;
const sliceRows = 5_000;

/** How many rows without a text one row is worth where rows are counted to bound memory. */
export function weightOf({ value }: Pick<ForeignRow, 'value'>): number {
  return typeof value === 'string' ? 1 + Math.floor(value.length / charactersPerRow) : 1;
}

/** Whether so much is to be written before more is read. */
export function isSlice(weight: number): boolean {
  return weight >= sliceRows;
}

/** Rows in the order they stand, in pieces that may be written one by one: none is too much for a door that is idle. */
export function* slicesOf<R extends ForeignRow>(rows: readonly R[]): Generator<readonly R[]> {
  let [from, weight] = [0, 0];
  for (const [at, row] of rows.entries()) {
    weight += weightOf(row);
    if (!isSlice(weight)) continue;
    yield rows.slice(from, at + 1);
    [from, weight] = [at + 1, 0];
  }
  if (from < rows.length) yield rows.slice(from);
}
