import type { Principal } from '../access/principal.ts';
import type { Sight } from '../assets/sight.ts';
import type { AlarmRecord } from '../records/alarm-record.ts';
import type { Records } from '../records/records.ts';

/** Where a whole page is nothing the principal sees, so many are looked at next. */
const lookedAtOnce = 1_000;

/** An alarm with what is known of its gateway now. */
export interface AlarmView extends AlarmRecord {
  readonly gateway: string;
  /** What is shown is what the machine says now; false: it is as of `unwatchedSince`, or of when the gateway was last heard. */
  readonly watched: boolean;
}

export interface AlarmsOptions {
  readonly records: Pick<Records, 'alarms'>;
  readonly sight: (principal: Principal) => Sight;
  /** Of the tenant, by id. */
  readonly gatewaysOf: (
    tenantId: string,
  ) => Promise<ReadonlyMap<string, { readonly name: string; readonly online: boolean }>>;
}

/** Alarms of machines for people to read: of the sources they see. */
export class Alarms {
  readonly #options: AlarmsOptions;

  constructor(options: AlarmsOptions) {
    this.#options = options;
  }

  /**
   * Newest first: numbers smaller than `before`. `next` is the `before` of the following page; undefined at the end. A page may
   * be short, but none is empty where more is to be seen: nobody would look behind it.
   */
  async list(
    principal: Principal,
    asked: {
      readonly limit: number;
      readonly before?: number | undefined;
      readonly open?: boolean | undefined;
      readonly gateway?: string | undefined;
    },
  ): Promise<{ items: AlarmView[]; next: number | undefined }> {
    const seen = this.#options.sight(principal);
    for (let { before, limit } = asked; ; limit = lookedAtOnce) {
      const found = await this.#find(principal.tenantId, seen, { ...asked, before, limit });
      const visible = found.filter((alarm) => seen.source(alarm.gatewayId, alarm.source));
      const page = visible.slice(0, asked.limit);
      const isMore = page.length < visible.length || found.length === limit;
      const next = isMore ? (page.length < visible.length ? page : found).at(-1)?.number : undefined;
      if (page.length > 0 || next === undefined) return { items: await this.views(principal.tenantId, page), next };
      before = next;
    }
  }

  #find(
    tenantId: string,
    { tagQuery: { gatewayId } }: Sight,
    asked: Parameters<Alarms['list']>[1],
  ): PromiseLike<AlarmRecord[]> {
    const { before, open, gateway, limit } = asked;
    return this.#options.records.alarms
      .find({
        tenantId,
        // Both may name gateways.
        $and: [gatewayId === undefined ? {} : { gatewayId }, gateway === undefined ? {} : { gatewayId: gateway }],
        ...(before === undefined ? {} : { number: { $lt: before } }),
        ...(open === undefined ? {} : { open }),
      })
      .sort({ number: -1 })
      .limit(limit)
      .lean<AlarmRecord[]>();
  }

  async views(tenantId: string, alarms: readonly AlarmRecord[]): Promise<AlarmView[]> {
    if (alarms.length === 0) return [];
    const gateways = await this.#options.gatewaysOf(tenantId);
    return alarms.map((alarm) => {
      const { name, online } = gateways.get(alarm.gatewayId) ?? { name: alarm.gatewayId, online: false };
      return { ...alarm, gateway: name, watched: online && alarm.unwatchedSince === null };
    });
  }
}
