import type { Value, ValueType } from '@gongfu/shared/model/value-type';

/** One value of one signal as a message told it, before it has a tag of ours. */
export interface Reading {
  readonly source: string;
  readonly name: string;
  readonly type: ValueType;
  readonly unit: string;
  /** UTC epoch ms. */
  readonly sourceTime: number;
  /** 32-bit status code; where it is bad `value` is null. */
  readonly status: number;
  readonly value: Value;
}

/** What of a message could not be taken. */
export interface Rejection {
  /** Topic and place within the message. */
  readonly where: string;
  readonly reason: string;
}
