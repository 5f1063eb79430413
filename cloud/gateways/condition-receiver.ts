import type { ConditionReport, ConditionsReceipt } from '@gongfu/shared/wire/condition';
import type { GatewayRecord } from '../records/records.ts';

/** One report of a message; undefined where it cannot be read. */
export interface NumberedReport {
  readonly number: number;
  readonly report: ConditionReport | undefined;
  /** Why it cannot. */
  readonly detail: string;
}

/** Who keeps what machines say of their own conditions. */
export interface ConditionReceiver {
  /** Resolves when all that is not refused is durable; the same number of an epoch a second time changes nothing. */
  take(gateway: GatewayRecord, epoch: number, reports: readonly NumberedReport[]): Promise<ConditionsReceipt>;
}
