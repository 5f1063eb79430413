import { createHash } from 'node:crypto';
import type { Logger } from '@gongfu/shared/base/logger';
import { Signal } from '@gongfu/shared/base/signal';
import type { ConditionReport, ConditionState, ConditionsReceipt } from '@gongfu/shared/wire/condition';
import type { ConditionReceiver, NumberedReport } from '../gateways/condition-receiver.ts';
import type { AlarmRecord } from '../records/alarm-record.ts';
import { nextNumber } from '../records/counter.ts';
import type { GatewayRecord, Records } from '../records/records.ts';

/** Open alarms of a tenant; a gateway that tells more is refused those, and writes a gap record. */
const openMax = 20_000;
/** Alarms of a tenant that are kept, about 1 kB each; of more the oldest that have ended are forgotten. */
const keptMax = 50_000;
const trimEvery = 100;

export interface AlarmLogOptions {
  readonly records: Pick<Records, 'alarms' | 'counters'>;
  readonly log: Logger;
}

/** Where a report stands among all of its gateway. */
interface Place {
  readonly epoch: number;
  readonly number: number;
}

/** Makes episodes of what machines report of their conditions. Every step is one document; a report a second time changes nothing. */
export class AlarmLog implements ConditionReceiver {
  /** After durability: an alarm is new or another than before. */
  readonly changed: Signal<AlarmRecord>;
  readonly #records: AlarmLogOptions['records'];
  /** Reports of a gateway count in their order, also when two connections bring them at once. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor({ records, log }: AlarmLogOptions) {
    this.#records = records;
    this.changed = new Signal((error) => log.error({ error }, 'a listener failed on an alarm'));
  }

  take(gateway: GatewayRecord, epoch: number, reports: readonly NumberedReport[]): Promise<ConditionsReceipt> {
    const before = this.#turns.get(gateway._id) ?? Promise.resolve();
    const taken = before.then(() => this.#takeAll(gateway, epoch, reports));
    const turn = taken
      .catch(() => undefined)
      .then(() => {
        if (this.#turns.get(gateway._id) === turn) this.#turns.delete(gateway._id);
      });
    this.#turns.set(gateway._id, turn);
    return taken;
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
    const { alarms } = this.#records;
    if ((await alarms.countDocuments({ tenantId, open: true })) >= openMax) return `more than ${openMax} open alarms`;
    const { source, condition, branch, refresh } = state;
    const alarm: AlarmRecord = {
      ...{ _id: `${gatewayId}/${epoch}/${report}`, number: await nextNumber(this.#records, `alarm/${tenantId}`) },
      ...{ tenantId, gatewayId, source, identity, condition, branch, ...shownOf(state), openedAt: state.time },
      ...{ open: true, endedAt: null, ended: null, unwatchedSince: null, refresh, epoch, report },
    };
    await alarms.create(alarm);
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
    const changed = await this.#records.alarms
      .findOneAndUpdate(
        { _id: alarm._id, open: true },
        { $set: { ...change, epoch, report: number } },
        { returnDocument: 'after' },
      )
      .lean<AlarmRecord>();
    if (changed !== null) this.changed.emit(changed);
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
