import type { Clock } from '@gongfu/shared/base/clock';
import type { Records, WebhookDeliveryRecord } from '../records/records.ts';

const waitingMax = 10_000;
/** Sent and dead ones that are kept for a look, for each webhook. */
const doneMax = 1_000;
/** So long after it happened an event is found out again: until then its delivery is all that tells it was told. */
const foundAgainMs = 25 * 3_600_000;
/** Of those the most: a plant that has more in a day is told the oldest again rather than filling the disk. */
const doneOfDayMax = 50_000;
const attemptsMax = 30;
const firstWaitMs = 5_000;
const longestWaitMs = 3_600_000;

/** What is to be sent, in the records: a restart loses nothing. Bounded; what will not be sent any more is there to be seen. */
export class Outbox {
  readonly #records: Pick<Records, 'webhookDeliveries'>;
  readonly #clock: Clock;
  readonly #random: () => number;

  constructor(options: { records: Pick<Records, 'webhookDeliveries'>; clock: Clock; random: () => number }) {
    this.#records = options.records;
    this.#clock = options.clock;
    this.#random = options.random;
  }

  has(id: string): Promise<boolean> {
    return this.#records.webhookDeliveries.exists({ _id: id }).then((found) => found !== null);
  }

  /** The same id again is the same event: nothing is added. */
  async add(delivery: Pick<WebhookDeliveryRecord, '_id' | 'tenantId' | 'hook' | 'event' | 'body'>): Promise<void> {
    const now = this.#clock.now();
    const { _id, ...fields } = delivery;
    await this.#records.webhookDeliveries.updateOne(
      { _id },
      { $setOnInsert: { ...fields, state: 'waiting', createdAt: now, nextAt: now, attempts: 0, fault: '' } },
      { upsert: true },
    );
    await this.#bound(delivery.hook);
  }

  /** Of one webhook, or of none of these. */
  due(hook: string | { readonly $nin: readonly string[] }, limit: number): Promise<WebhookDeliveryRecord[]> {
    const now = this.#clock.now();
    return this.#records.webhookDeliveries
      .find({ hook: hook as string, state: 'waiting', nextAt: { $lte: now } })
      .sort({ nextAt: 1 })
      .limit(limit)
      .lean<WebhookDeliveryRecord[]>();
  }

  async sent({ _id, attempts }: WebhookDeliveryRecord, answer: number): Promise<void> {
    const done = { state: 'sent', attempts: attempts + 1, nextAt: null, fault: '', answer } as const;
    await this.#records.webhookDeliveries.updateOne({ _id }, { $set: done });
  }

  /** Tried again later, ever more rarely; after a day, or where it is no use, it is dead. */
  async failed(
    { _id, attempts }: WebhookDeliveryRecord,
    { fault, answer, isFinal }: { fault: string; answer: number | null; isFinal: boolean },
  ): Promise<void> {
    const dead = isFinal || attempts + 1 >= attemptsMax;
    const ceilingMs = Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(attempts, 20));
    const nextAt = dead ? null : Math.trunc(this.#clock.now() + ceilingMs * (0.5 + this.#random() / 2));
    const state = dead ? 'dead' : 'waiting';
    await this.#records.webhookDeliveries.updateOne(
      { _id },
      { $set: { state, attempts: attempts + 1, nextAt, fault, answer } },
    );
  }

  waiting(tenantId: string, hook: string): Promise<number> {
    return this.#records.webhookDeliveries.countDocuments({ tenantId, hook, state: 'waiting' });
  }

  async list(
    tenantId: string,
    query: { state?: WebhookDeliveryRecord['state'] | undefined; limit: number },
  ): Promise<WebhookDeliveryRecord[]> {
    const { state, limit } = query;
    return this.#records.webhookDeliveries
      .find({ tenantId, ...(state === undefined ? {} : { state }) })
      .sort({ createdAt: -1 })
      .limit(limit)
      .lean<WebhookDeliveryRecord[]>();
  }

  /** A dead one is tried anew. False: there is none of that id in the tenant. */
  async revive(tenantId: string, id: string): Promise<boolean> {
    const again = { state: 'waiting', attempts: 0, nextAt: this.#clock.now() } as const;
    const updated = await this.#records.webhookDeliveries.updateOne(
      { _id: id, tenantId, state: 'dead' },
      { $set: again },
    );
    return updated.modifiedCount === 1;
  }

  /** Of too many that wait the oldest are dead; of too many that are done the oldest are forgotten, once nobody finds them again. */
  async #bound(hook: string): Promise<void> {
    const { webhookDeliveries: deliveries } = this.#records;
    const oldest = (states: readonly WebhookDeliveryRecord['state'][], count: number, before?: number) =>
      deliveries
        .find({ hook, state: { $in: [...states] }, ...(before === undefined ? {} : { createdAt: { $lt: before } }) })
        .sort({ createdAt: 1 })
        .limit(count)
        .select({ _id: 1 })
        .lean<{ _id: string }[]>();
    const waiting = (await deliveries.countDocuments({ hook, state: 'waiting' })) - waitingMax;
    if (waiting > 0) {
      const ids = (await oldest(['waiting'], waiting)).map(({ _id }) => _id);
      const fault = `more than ${waitingMax} deliveries were waiting`;
      await deliveries.updateMany({ _id: { $in: ids } }, { $set: { state: 'dead', nextAt: null, fault } });
    }
    const done = await deliveries.countDocuments({ hook, state: { $in: ['sent', 'dead'] } });
    const forget = async (count: number, before?: number) => {
      if (count <= 0) return;
      const ids = (await oldest(['sent', 'dead'], count, before)).map(({ _id }) => _id);
      if (ids.length > 0) await deliveries.deleteMany({ _id: { $in: ids } });
    };
    await forget(done - doneMax, this.#clock.now() - foundAgainMs);
    await forget(done - doneOfDayMax);
  }
}
