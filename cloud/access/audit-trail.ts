import type { AuditRecord } from '../records/records.ts';

/** What is told; the number and the time are the audit's own. */
export type AuditEntry = Omit<AuditRecord, '_id' | 'number' | 'at'>;

/** Where everything that must be traceable is told. */
export interface AuditTrail {
  /** Before a change: resolves when it is stored. @throws Problem `audit-unavailable`; then the change must not be made. */
  record(entry: AuditEntry): Promise<void>;
  /** After a change, or with a refusal: never fails, because what it tells has already happened. */
  note(entry: AuditEntry): Promise<void>;
}
