import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { AuditRecord, Records } from '../records/records.ts';
import { AuditLog } from './audit-log.ts';
import { type AuditEntry, type AuditTrail, refusalsPerMinuteMax } from './audit-trail.ts';

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

/** What is asked of the audit; what is left out does not narrow. */
export interface AuditQuery {
  readonly tenantId: string;
  readonly limit: number;
  /** Only records with a smaller number. */
  readonly before?: number | undefined;
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly object?: string | undefined;
  readonly outcome?: AuditRecord['outcome'] | undefined;
  /** UTC epoch ms, from ≤ at < to. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** The audit of every tenant: numbered without holes, appended to, read, and cut at its old end; never changed. */
export class Audit implements AuditTrail {
  readonly #records: Pick<Records, 'audit' | 'counters'>;
  readonly #entries: AuditLog;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #recordsMax: number;
  readonly #sameRefusal = new RateLimiterMemory({ keyPrefix: 'same', points: 1, duration: 60 });
  readonly #ofActor = new RateLimiterMemory({ keyPrefix: 'actor', points: refusalsPerMinuteMax, duration: 60 });

  constructor(options: AuditOptions) {
    this.#records = options.records;
    this.#entries = new AuditLog(options);
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

  async refuse(entry: Omit<AuditEntry, 'outcome'>): Promise<void> {
    const { tenantId, actor, action, object, detail } = entry;
    const actorKey = JSON.stringify([tenantId, actor.kind, actor.id]);
    // Nothing more is remembered of an actor who asks in a flood.
    if (((await this.#ofActor.get(actorKey))?.consumedPoints ?? 0) > refusalsPerMinuteMax) return;
    if ((await countOf(this.#sameRefusal, JSON.stringify([actorKey, action, object, detail]))) > 1) return;
    const count = await countOf(this.#ofActor, actorKey);
    if (count <= refusalsPerMinuteMax) return this.note({ ...entry, outcome: 'refused' });
    // Said once: what follows in this minute is left out.
    if (count === refusalsPerMinuteMax + 1) {
      await this.note({ ...entry, action: 'refusals-left-out', object: '', outcome: 'refused', detail: '' });
    }
  }

  /** Newest first. */
  async list({ tenantId, limit, ...asked }: AuditQuery): Promise<AuditRecord[]> {
    const { before, actor, action, object, outcome, from, to } = asked;
    const number = before === undefined ? {} : { number: { $lt: before } };
    const at = { ...(from === undefined ? {} : { $gte: from }), ...(to === undefined ? {} : { $lt: to }) };
    return this.#records.audit
      .find({
        tenantId,
        ...number,
        ...(actor === undefined ? {} : { 'actor.name': actor }),
        ...(action === undefined ? {} : { action }),
        ...(object === undefined ? {} : { object }),
        ...(outcome === undefined ? {} : { outcome }),
        ...(from === undefined && to === undefined ? {} : { at }),
      })
      .sort({ number: -1 })
      .limit(limit)
      .lean<AuditRecord[]>();
  }

  async #append(entry: AuditEntry): Promise<void> {
    const { tenantId } = entry;
    const number = await this.#entries.append({ at: this.#clock.now(), ...entry });
    if (number % trimEvery !== 0 || number <= this.#recordsMax) return;
    await this.#records.audit.deleteMany({ tenantId, number: { $lte: number - this.#recordsMax } });
  }
}

/** Counts one and says how many there have been of the key in its minute. */
async function countOf(limiter: RateLimiterMemory, key: string): Promise<number> {
  try {
    return (await limiter.consume(key, 1)).consumedPoints;
  } catch (error) {
    if (error instanceof RateLimiterRes) return error.consumedPoints;
    throw error;
  }
}
