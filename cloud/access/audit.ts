import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import { nextNumber } from '../records/counter.ts';
import type { AuditRecord, Records } from '../records/records.ts';
import type { AuditEntry, AuditTrail } from './audit-trail.ts';

/** How many records of a tenant are kept. The embedded store holds them in memory, about 1 kB each. */
export const auditRecordsMax = 20_000;
const trimEvery = 200;

export interface AuditOptions {
  readonly records: Pick<Records, 'audit' | 'counters'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Records kept per tenant, at least 1; `auditRecordsMax` unless told. */
  readonly recordsMax?: number;
}

/** The audit of every tenant: numbered without holes, appended to, read, and cut at its old end; never changed. */
export class Audit implements AuditTrail {
  readonly #records: Pick<Records, 'audit' | 'counters'>;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #recordsMax: number;

  constructor(options: AuditOptions) {
    this.#records = options.records;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#recordsMax = options.recordsMax ?? auditRecordsMax;
  }

  async record(entry: AuditEntry): Promise<void> {
    try {
      await this.#append(entry);
    } catch (cause) {
      throw new Problem({
        code: 'audit-unavailable',
        detail: `the audit cannot be written, so ${entry.action} was not done`,
        advice: 'Check the disk and the log of the service, then try again.',
        reaction: 'retry',
        status: 503,
        cause,
      });
    }
  }

  async note(entry: AuditEntry): Promise<void> {
    try {
      await this.#append(entry);
    } catch (error) {
      this.#log.error({ ...entry, error: messageOf(error) }, 'audit: a record could not be written');
    }
  }

  /** Newest first, those with a smaller number than `before`. */
  async list(options: { tenantId: string; before?: number; limit: number }): Promise<AuditRecord[]> {
    const { tenantId, before, limit } = options;
    return this.#records.audit
      .find({ tenantId, ...(before === undefined ? {} : { number: { $lt: before } }) })
      .sort({ number: -1 })
      .limit(limit)
      .lean<AuditRecord[]>();
  }

  async #append(entry: AuditEntry): Promise<void> {
    const { tenantId } = entry;
    const number = await nextNumber(this.#records, `audit/${tenantId}`);
    await this.#records.audit.create({ _id: `${tenantId}/${number}`, number, at: this.#clock.now(), ...entry });
    if (number % trimEvery !== 0 || number <= this.#recordsMax) return;
    await this.#records.audit.deleteMany({ tenantId, number: { $lte: number - this.#recordsMax } });
  }
}
