import type { AlarmEnd } from '@gongfu/shared/model/alarm-end';

/**
 * One episode of a condition of a machine: from when it was first of interest until it is no more. The condition is the same for
 * ever by gateway, source, `condition` and `branch`; at most one episode of it is open. Times are UTC epoch ms, by the clock of the source.
 */
export interface AlarmRecord {
  /** Gateway, epoch and number of the report that opened it. */
  _id: string;
  tenantId: string;
  /** Counts up in the tenant. */
  number: number;
  gatewayId: string;
  source: string;
  /** SHA-256 of gateway, source, condition and branch. */
  identity: string;
  condition: string;
  branch: string;
  name: string;
  /** What in the machine it is about. */
  origin: string;
  type: string;
  message: string;
  severity: number | null;
  /** Null: the condition knows no such state. */
  active: boolean | null;
  acknowledged: boolean | null;
  confirmed: boolean | null;
  openedAt: number;
  activeSince: number | null;
  changedAt: number;
  open: boolean;
  endedAt: number | null;
  /**
   * `told` by the machine, or `unwatched`: it was over when the machine was asked again, so `endedAt` is the latest it can have been.
   * `gateway-revoked`, `source-removed`: nobody watches it since `endedAt`, by the clock of the cloud; what became of it is not known.
   */
  ended: AlarmEnd | null;
  /** Since then nobody hears what becomes of it; null: the machine is watched. */
  unwatchedSince: number | null;
  /** Of the report that counts last. */
  refresh: number;
  epoch: number;
  report: number;
}
