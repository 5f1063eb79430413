import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import type { AuditTrail } from '../access/audit-trail.ts';
import type { Records, TagRecord } from '../records/records.ts';
import type { HistoryRetention, Removal, Retention, RetentionClass, RetentionOrder } from './retention.ts';

const everyMs = 3_600_000;
/** A start has enough to do. */
const firstMs = 60_000;

export interface RetentionScheduleOptions {
  /** Not every store forgets. */
  readonly history: Partial<HistoryRetention>;
  readonly records: Pick<Records, 'tags'>;
  readonly audit: Pick<AuditTrail, 'note'>;
  /** What all tenants have that have none of their own. */
  readonly retention: Retention;
  readonly tenants: Readonly<Record<string, { readonly retention: Retention }>>;
  /** Whose audit is told of what all others lose. */
  readonly homeTenantId: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Lets the history forget, once an hour. */
export class RetentionSchedule implements Part {
  readonly #options: RetentionScheduleOptions;
  readonly #days: Record<RetentionClass, number> = { samples: 0, minutes: 0, hours: 0, days: 0 };
  #cancel: () => void = () => undefined;
  #wanted = false;

  constructor(options: RetentionScheduleOptions) {
    this.#options = options;
  }

  /** Days taken away since the start, by class; a day of two rules counts twice. */
  get removedDays(): Readonly<Record<RetentionClass, number>> {
    return this.#days;
  }

  /** @throws Problem `config-invalid` when something is to be forgotten by a store that cannot */
  start(): Promise<void> {
    const { history, retention, tenants } = this.#options;
    const isAsked = [retention, ...Object.values(tenants).map((one) => one.retention)].some(hasEnd);
    if (!isAsked) return Promise.resolve();
    if (history.retain === undefined) return Promise.reject(unable());
    this.#wanted = true;
    this.#later(firstMs);
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#wanted = false;
    this.#cancel();
    return Promise.resolve();
  }

  #later(ms: number): void {
    this.#cancel = this.#options.clock.after(ms, () => {
      void this.#run().then(() => {
        if (this.#wanted) this.#later(everyMs);
      });
    });
  }

  async #run(): Promise<void> {
    const { history, log } = this.#options;
    try {
      for (const removal of (await history.retain?.(await this.#order())) ?? []) {
        this.#days[removal.what] += removal.days;
        await this.#tell(removal);
      }
    } catch (error) {
      log.error({ error: messageOf(error) }, 'retention failed, is tried again in an hour');
    }
  }

  /** As it is now: tags come and go. */
  async #order(): Promise<RetentionOrder> {
    const { records, retention, tenants } = this.#options;
    const rules = Object.entries(tenants).map(async ([name, { retention: keep }]) => {
      const tags = await records.tags
        .find({ tenantId: name })
        .select({ number: 1 })
        .lean<Pick<TagRecord, 'number'>[]>();
      return { name, keep, tags: tags.map(({ number }) => number) };
    });
    return { keep: retention, rules: await Promise.all(rules) };
  }

  async #tell({ name, what, firstDay, lastDay }: Removal): Promise<void> {
    const [first, last] = [firstDay, lastDay].map((time) => new Date(time).toISOString().slice(0, 10));
    await this.#options.audit.note({
      tenantId: name ?? this.#options.homeTenantId,
      actor: { kind: 'unknown', id: '', name: 'retention' },
      action: 'history-remove',
      object: what,
      outcome: 'done',
      address: '',
      detail: `${first} to ${last}`,
    });
  }
}

function hasEnd(retention: Retention): boolean {
  return Object.values(retention).some((days) => days !== undefined);
}

function unable(): Problem {
  return new Problem({
    code: 'config-invalid',
    detail: 'history.retention is set, and the history is kept by a server that has a retention of its own',
    advice: 'Set how long the bucket keeps on that server, and leave the keys out here.',
    reaction: 'stop',
  });
}
