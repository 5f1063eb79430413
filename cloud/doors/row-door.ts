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
