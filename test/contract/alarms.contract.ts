import { silentLogger } from '@gongfu/shared/base/logger';
import type { ConditionReport, ConditionState } from '@gongfu/shared/wire/condition';
import { expect } from 'chai';
import type { Principal } from '#cloud/access/principal';
import { AlarmLog } from '#cloud/alarms/alarm-log';
import { Alarms } from '#cloud/alarms/alarms';
import { sightOf } from '#cloud/assets/sight';
import type { AlarmRecord } from '#cloud/records/alarm-record';
import type { GatewayRecord, Records } from '#cloud/records/records';

/** What becomes of the reports of machines must be the same on every store. */
export function alarmsContract(
  store: string,
  open: () => Promise<{ records: Records; close: () => Promise<void> }>,
): void {
  describe(`alarms of machines on ${store}`, () => {
    let records: Records;
    let close: () => Promise<void>;
    let log: AlarmLog;
    let changes: AlarmRecord[];
    let number = 0;
    const press = gatewayOf('g1');
    const principal = { tenantId: 't', scope: null } as Principal;

    before(async () => {
      ({ records, close } = await open());
    });
    after(() => close());
    beforeEach(async () => {
      await records.alarms.deleteMany({});
      log = new AlarmLog({ records, log: silentLogger });
      changes = [];
      log.changed.on((alarm) => changes.push(alarm));
      number = 0;
    });

    const take = async (
      reports: readonly ConditionReport[],
      { gateway = press, epoch = 7, from = number + 1 } = {},
    ) => {
      const numbered = reports.map((report, place) => ({ number: from + place, report, detail: '' }));
      number = Math.max(number, from + reports.length - 1);
      return log.take(gateway, epoch, numbered);
    };
    const list = async (asked: { open?: boolean; before?: number; limit?: number } = {}, who = principal) => {
      const alarms = new Alarms({
        records,
        sight: ({ scope }) =>
          sightOf({ scope }, [{ assetId: 'site.press', gatewayId: 'g1', source: 'press', tag: 'count' }]),
        gatewaysOf: async () => new Map([['g1', { name: 'line 1', online: true }]]),
      });
      return alarms.list(who, { limit: 100, ...asked });
    };
    const open1 = async () => (await list({ open: true })).items;

    it('gives somebody with a scope no empty page in front of what they see, and each alarm once', async () => {
      const of = (source: string, count: number) =>
        Array.from({ length: count }, (_, at) => state({ source, condition: `${source} ${at}` }));
      await take([...of('press', 3), ...of('other', 5)]);
      const who = { tenantId: 't', scope: ['site'] } as unknown as Principal;
      const seen: string[] = [];
      for (let before: number | undefined; ; ) {
        const { items, next } = await list({ limit: 2, ...(before === undefined ? {} : { before }) }, who);
        seen.push(...items.map(({ condition }) => condition));
        expect(items.length > 0 || next === undefined).to.equal(true);
        if (next === undefined) break;
        before = next;
      }
      expect(seen).to.deep.equal(['press 2', 'press 1', 'press 0']);
    });

    it('opens one when a condition is of interest, follows it, and ends it when it is no more', async () => {
      await take([state({ time: 10 }), state({ time: 20, acknowledged: true, message: 'seen' })]);
      expect(await open1()).to.have.length(1);
      expect((await open1())[0]).to.deep.include({
        ...{ tenantId: 't', gatewayId: 'g1', gateway: 'line 1', source: 'press', name: 'Overheat', severity: 700 },
        ...{ openedAt: 10, changedAt: 20, acknowledged: true, message: 'seen', watched: true, endedAt: null },
      });
      await take([state({ time: 30, active: false, retain: false })]);
      expect(await open1()).to.deep.equal([]);
      const [ended] = (await list()).items;
      expect(ended).to.deep.include({ open: false, active: false, endedAt: 30, ended: 'told', openedAt: 10 });
      await take([state({ time: 40 })]);
      expect(
        (await list()).items.map(({ openedAt }) => openedAt),
        'a new one, newest first',
      ).to.deep.equal([40, 10]);
      expect(changes.map(({ changedAt }) => changedAt)).to.deep.equal([10, 20, 30, 40]);
    });

    it('counts each report once, however often and late it comes', async () => {
      const reports = [state({ time: 10 }), state({ time: 20, retain: false }), state({ time: 30 })];
      await take(reports);
      const before = (await list()).items;
      await take(reports, { from: 1 });
      await take(reports.slice(0, 1), { from: 1 });
      await take(reports.slice(1), { from: 2 });
      expect((await list()).items).to.deep.equal(before);
      expect(changes).to.have.length(3);
      // A lost buffer begins to count anew in a higher epoch.
      await take([state({ time: 50, message: 'new life' })], { epoch: 8, from: 1 });
      expect((await open1())[0]).to.include({ message: 'new life', openedAt: 30 });
    });

    it('takes two messages at once in the order of their numbers', async () => {
      await Promise.all([
        take([state({ time: 10 }), state({ time: 20, retain: false })], { from: 1 }),
        take([state({ time: 30 })], { from: 3 }),
        take([state({ time: 10 }), state({ time: 20, retain: false })], { from: 1 }),
      ]);
      expect((await list()).items.map(({ openedAt, open: still }) => [openedAt, still])).to.deep.equal([
        [30, true],
        [10, false],
      ]);
    });

    it('ends what a refresh does not tell again, as over while nobody watched; other sources are left alone', async () => {
      await take([
        state({ condition: 'a', refresh: 1 }),
        state({ condition: 'b', refresh: 1 }),
        state({ source: 'oven', refresh: 1 }),
      ]);
      await take([state({ condition: 'c' })], { gateway: gatewayOf('g2'), from: 1 });
      await take([{ kind: 'unwatched', source: 'press', time: 50 }], { from: 4 });
      expect((await open1()).map(({ unwatchedSince, watched }) => [unwatchedSince, watched])).to.deep.equal([
        [null, false], // of a gateway that is away
        [null, true],
        [50, false],
        [50, false],
      ]);
      await take([
        state({ condition: 'b', refresh: 2, time: 60 }),
        { kind: 'refreshed', source: 'press', time: 61, refresh: 2 },
      ]);
      const now = new Map((await list()).items.map((alarm) => [`${alarm.source} ${alarm.condition}`, alarm]));
      expect(now.get('press a')).to.include({ open: false, active: false, ended: 'unwatched', endedAt: 61 });
      expect(now.get('press b')).to.include({ open: true, unwatchedSince: null, watched: true });
      expect(now.get('oven Press.Overheat')).to.include({ open: true });
      expect(now.get('press c')).to.include({ open: true });
    });

    it('keeps an earlier state that waits for somebody apart from the present one', async () => {
      await take([state({ branch: 'i=1' }), state({}), state({ retain: false })]);
      expect((await open1()).map(({ branch }) => branch)).to.deep.equal(['i=1']);
    });

    it('refuses what cannot be read alone, by its number, and takes the rest', async () => {
      const receipt = await log.take(press, 7, [
        { number: 1, report: undefined, detail: 'report.time: no' },
        { number: 2, report: state({}), detail: '' },
      ]);
      expect(receipt).to.deep.equal({ received: true, refused: [{ number: 1, detail: 'report.time: no' }] });
      expect(await open1()).to.have.length(1);
    });

    it('shows each tenant its own, and of a part of the plant the sources that feed it, page by page', async () => {
      for (const condition of ['1', '2', '3']) await take([state({ condition })]);
      await take([state({ condition: '4', source: 'oven' })]);
      await take([state({})], { gateway: { ...gatewayOf('g9'), tenantId: 'other' }, from: 1 });
      const first = await list({ limit: 3 });
      expect(first.items.map(({ condition }) => condition)).to.deep.equal(['4', '3', '2']);
      const rest = await list({ limit: 3, before: first.next! });
      expect([rest.items.map(({ condition }) => condition), rest.next]).to.deep.equal([['1'], undefined]);
      const part = await list({}, { ...principal, scope: ['site.press'] });
      expect(part.items.map(({ condition }) => condition)).to.deep.equal(['3', '2', '1']);
      expect((await list({}, { ...principal, scope: ['elsewhere'] })).items).to.deep.equal([]);
      expect((await list({}, { ...principal, tenantId: 'other' })).items).to.have.length(1);
    });
  });
}

function gatewayOf(_id: string): GatewayRecord {
  const publicKey = { kty: 'OKP', crv: 'Ed25519', x: 'x' };
  return { _id, tenantId: 't', name: _id, status: 'enrolled', publicKey, enrolledAt: 1, lastSeenAt: null };
}

function state(fields: Partial<ConditionState>): ConditionState {
  return {
    ...{ kind: 'condition', source: 'press', condition: 'Press.Overheat', branch: '', name: 'Overheat' },
    ...{ origin: 'Press', type: 'AlarmConditionType', message: '炉温过高', severity: 700, active: true },
    ...{ acknowledged: false, confirmed: null, retain: true, time: 10, activeSince: null, refresh: 1 },
    ...fields,
  };
}
