import { createHash } from 'node:crypto';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { Problem } from '@gongfu/shared/base/problem';
import { Signal } from '@gongfu/shared/base/signal';
import type { ConditionReport, ConditionState, ConditionsReceipt } from '@gongfu/shared/wire/condition';
import type { ConditionReceiver, NumberedReport } from '../gateways/condition-receiver.ts';
import type { AlarmRecord } from '../records/alarm-record.ts';
import { nextNumber } from '../records/counter.ts';
import type { GatewayRecord, Records } from '../records/records.ts';
import { OpenAlarms } from './open-alarms.ts';

/** Open alarms of a tenant; a gateway that tells more is refused those, and writes a gap record. */
const openMaxDefault = 20_000;
/** Alarms of a tenant that are kept, about 1 kB each; of more the oldest that have ended are forgotten. */
const keptMax = 50_000;
const trimEvery = 100;

export interface AlarmLogOptions {
  readonly records: Pick<Records, 'alarms' | 'counters' | 'gateways'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Open alarms of a tenant, 20,000 unless told. */
  readonly openMax?: number;
}

/** Where a report stands among all of its gateway. */
interface Place {
  readonly epoch: number;
  readonly number: number;
}

/** Makes episodes of what machines report of their conditions. Every step is one document; a report a second time changes nothing. */
export class AlarmLog implements Part, ConditionReceiver {
  /** After durability: an alarm is new or another than before. */
  readonly changed: Signal<AlarmRecord>;
  readonly open = new OpenAlarms();
  readonly #records: AlarmLogOptions['records'];
  readonly #clock: Clock;
  readonly #openMax: number;
  #isCounted = false;
  /** Reports of a gateway count in their order, also when two connections bring them at once. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor({ records, clock, log, openMax = openMaxDefault }: AlarmLogOptions) {
    this.#records = records;
    this.#clock = clock;
    this.#openMax = openMax;
    this.changed = new Signal((error) => log.error({ error }, 'a listener failed on an alarm'));
  }

  /** Before any report comes: what is open is counted while nothing changes. */
  start(): Promise<void> {
    return this.#count();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#turns.values());
  }

  /** @throws Problem `gateway-revoked`: what it brings came after nobody watched it any more */
  take(gateway: GatewayRecord, epoch: number, reports: readonly NumberedReport[]): Promise<ConditionsReceipt> {
    return this.#inTurn(gateway._id, async () => {
      const now = await this.#records.gateways.findOne({ _id: gateway._id }).lean<GatewayRecord>();
      if (now?.status === 'revoked') throw revoked(gateway.name);
      return this.#takeAll(gateway, epoch, reports);
    });
  }

  /** What is open of a gateway, or of one source of it, ends: nobody will hear of it again. What has ended stays as it is. */
  end(gatewayId: string, ended: 'gateway-revoked' | 'source-removed', source?: string): Promise<void> {
    return this.#inTurn(gatewayId, async () => {
      const { alarms } = this.#records;
      const which = { gatewayId, open: true, ...(source === undefined ? {} : { source }) };
      if (!this.#isCounted) await this.#count();
      const open = await alarms.find(which).lean<AlarmRecord[]>();
      if (open.length === 0) return;
      const now = this.#clock.now();
      const over = { open: false, ended, endedAt: now } as const;
      await this.#countedOn(alarms.updateMany({ ...which, unwatchedSince: null }, { $set: { unwatchedSince: now } }));
      await this.#countedOn(alarms.updateMany(which, { $set: over }));
      for (const alarm of open) {
        this.open.remove(alarm);
        this.changed.emit({ ...alarm, ...over, unwatchedSince: alarm.unwatchedSince ?? now });
      }
    });
  }

  #inTurn<T>(gatewayId: string, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(gatewayId) ?? Promise.resolve();
    const done = before.then(work);
    const turn = done
      .catch(() => undefined)
      .then(() => {
        if (this.#turns.get(gatewayId) === turn) this.#turns.delete(gatewayId);
      });
    this.#turns.set(gatewayId, turn);
    return done;
  }

  async #count(): Promise<void> {
    const open = await this.#records.alarms
      .find({ open: true })
      .select({ tenantId: 1, gatewayId: 1, source: 1 })
      .lean<AlarmRecord[]>();
    this.open.fill(open);
    this.#isCounted = true;
  }

  /** Of a change that failed nobody knows whether it was made: what is open is counted anew before it counts again. */
  async #countedOn<T>(change: PromiseLike<T>): Promise<T> {
    try {
      return await change;
    } catch (error) {
      this.#isCounted = false;
      throw error;
    }
  }

  async #takeAll(gateway: GatewayRecord, epoch: number, reports: readonly NumberedReport[]) {
    const refused: { number: number; detail: string }[] = [];
    for (const { number, report, detail } of reports) {
      const fault = report === undefined ? detail : await this.#take(gateway, { epoch, number }, report);
      if (fault !== undefined) refused.push({ number, detail: fault });
    }
    return { received: true as const, refused };
  }

  /** Why it can never be taken; undefined when it was. */
  #take(gateway: GatewayRecord, place: Place, report: ConditionReport): Promise<string | undefined> {
    if (report.kind === 'condition') return this.#fold(gateway, place, report);
    return this.#foldAll(gateway, place, report);
  }

  async #fold(gateway: GatewayRecord, place: Place, state: ConditionState): Promise<string | undefined> {
    const identity = identityOf(gateway._id, state);
    const newest = await this.#records.alarms.findOne({ identity }).sort({ number: -1 }).lean<AlarmRecord>();
    if (newest !== null && !isLater(place, newest)) return undefined;
    if (newest?.open === true) {
      await this.#update(newest, place, {
        ...shownOf(state),
        unwatchedSince: null,
        refresh: state.refresh,
        ...(state.retain ? {} : { open: false, endedAt: state.time, ended: 'told' }),
      });
      return undefined;
    }
    return state.retain ? this.#openNew(gateway, place, { state, identity }) : undefined;
  }

  async #openNew(
    { _id: gatewayId, tenantId }: GatewayRecord,
    { epoch, number: report }: Place,
    { state, identity }: { state: ConditionState; identity: string },
  ): Promise<string | undefined> {
    if (!this.#isCounted) await this.#count();
    if (this.open.ofTenant(tenantId) >= this.#openMax) return `more than ${this.#openMax} open alarms`;
    const { source, condition, branch, refresh } = state;
    const alarm: AlarmRecord = {
      ...{ _id: `${gatewayId}/${epoch}/${report}`, number: await nextNumber(this.#records, `alarm/${tenantId}`) },
      ...{ tenantId, gatewayId, source, identity, condition, branch, ...shownOf(state), openedAt: state.time },
      ...{ open: true, endedAt: null, ended: null, unwatchedSince: null, refresh, epoch, report },
    };
    this.open.add(alarm);
    await this.#countedOn(this.#records.alarms.create(alarm));
    this.changed.emit(alarm);
    await this.#trim(alarm);
    return undefined;
  }

  /** Of all that is open of a source: nobody hears of it any more, or what it has not told again is over. */
  async #foldAll(
    { _id: gatewayId }: GatewayRecord,
    place: Place,
    report: Exclude<ConditionReport, { kind: 'condition' }>,
  ): Promise<undefined> {
    const { source, time } = report;
    const open = await this.#records.alarms.find({ gatewayId, source, open: true }).lean<AlarmRecord[]>();
    for (const alarm of open) {
      if (!isLater(place, alarm)) continue;
      if (report.kind === 'unwatched') await this.#update(alarm, place, { unwatchedSince: time });
      else if (alarm.refresh !== report.refresh)
        await this.#update(alarm, place, { open: false, active: false, endedAt: time, ended: 'unwatched' });
    }
  }

  async #update(alarm: AlarmRecord, { epoch, number }: Place, change: Partial<AlarmRecord>): Promise<void> {
    const changed = await this.#countedOn(
      this.#records.alarms
        .findOneAndUpdate(
          { _id: alarm._id, open: true },
          { $set: { ...change, epoch, report: number } },
          { returnDocument: 'after' },
        )
        .lean<AlarmRecord>(),
    );
    if (changed === null) return;
    if (!changed.open) this.open.remove(changed);
    this.changed.emit(changed);
  }

  async #trim({ tenantId, number }: AlarmRecord): Promise<void> {
    if (number % trimEvery !== 0 || number <= keptMax) return;
    await this.#records.alarms.deleteMany({ tenantId, open: false, number: { $lte: number - keptMax } });
  }
}

function shownOf(state: ConditionState) {
  const { name, origin, type, message, severity, active, acknowledged, confirmed, activeSince, time } = state;
  return { name, origin, type, message, severity, active, acknowledged, confirmed, activeSince, changedAt: time };
}

function identityOf(gatewayId: string, { source, condition, branch }: ConditionState): string {
  const text = JSON.stringify([gatewayId, source, condition, branch]);
  return createHash('sha256').update(text).digest('base64url');
}

function isLater({ epoch, number }: Place, { epoch: known, report }: AlarmRecord): boolean {
  return epoch > known || (epoch === known && number > report);
}

function revoked(name: string): Problem {
  return new Problem({
    code: 'gateway-revoked',
    detail: `gateway ${name} was revoked`,
    advice: 'Enrol it again with a new one-time code if it is to deliver again; its buffer is kept.',
    reaction: 'stop',
    status: 403,
  });
}
