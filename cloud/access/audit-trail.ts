import type { AuditRecord } from '../records/records.ts';

/** What is told; the number and the time are the audit's own. */
export type AuditEntry = Omit<AuditRecord, '_id' | 'number' | 'at'>;

export const refusalsPerMinuteMax = 60;

/** Somebody who has not shown who it is. All of them count as one actor, or each address could fill the audit. */
export function stranger(address: string | undefined, tenantId: string): Pick<AuditEntry, 'tenantId' | 'actor'> {
  return { tenantId, actor: { kind: 'unknown', id: '', name: address ?? '' } };
}

/** Where everything that must be traceable is told. */
export interface AuditTrail {
  /** Before a change: resolves when it is stored. @throws Problem `audit-unavailable`; then the change must not be made. */
  record(entry: AuditEntry): Promise<void>;
  /** After a change, or with a sign-in refused: never fails, because what it tells has already happened. */
  note(entry: AuditEntry): Promise<void>;
  /**
   * With something denied: never fails. The same denial is told once a minute, and of one actor not more than
   * `refusalsPerMinuteMax`, so that nobody can fill the audit until what they did before falls out of it.
   */
  refuse(entry: Omit<AuditEntry, 'outcome'>): Promise<void>;
}
