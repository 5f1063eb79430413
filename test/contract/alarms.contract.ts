import { silentLogger } from '@gongfu/shared/base/logger';
import { Signal } from '@gongfu/shared/base/signal';
import type { ConditionReport, ConditionState } from '@gongfu/shared/wire/condition';
import { expect } from 'chai';
import type { Principal } from '#cloud/access/principal';
import { AlarmLog } from '#cloud/alarms/alarm-log';
import { AlarmWatch } from '#cloud/alarms/alarm-watch';
import { Alarms } from '#cloud/alarms/alarms';
import { sightOf } from '#cloud/assets/sight';
import type { AlarmRecord } from '#cloud/records/alarm-record';
import type { GatewayRecord, Records } from '#cloud/records/records';
import { FakeClock } from '../kit/fake-clock.ts';
import { until } from '../kit/until.ts';
import { failureOf } from './records-fixture.ts';

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
    let clock: FakeClock;
    let number = 0;
    const press = gatewayOf('g1');
    const principal = { tenantId: 't', scope: null } as Principal;

    before(async () => {
      ({ records, close } = await open());
    });
    after(() => close());
    beforeEach(async () => {
      await records.alarms.deleteMany({});
      await records.gateways.deleteMany({});
      clock = new FakeClock();
      log = new AlarmLog({ records, clock, log: silentLogger });
      await log.start();
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

    it('takes so many open ones of a tenant, without counting them anew for each, and knows how many after a restart', async () => {
      const asked: string[] = [];
      const alarms = new Proxy(records.alarms, {
        get: (model, name, receiver) => {
          if (name === 'countDocuments' || name === 'find') asked.push(name);
          return Reflect.get(model, name, receiver);
        },
      });
      const counted = { ...records, alarms };
      log = new AlarmLog({ records: counted, clock, log: silentLogger, openMax: 3 });
      await log.start();
      asked.length = 0;
      const tell = async (...told: Partial<ConditionState>[]) => {
        const receipt = await take(told.map((fields) => state(fields)));
        return 'refused' in receipt ? receipt.refused.map(({ detail }) => detail) : receipt;
      };
      expect(await tell({ condition: 'a' }, { condition: 'b' }, { condition: 'c' })).to.deep.equal([]);
      expect(await tell({ condition: 'd' })).to.deep.equal(['more than 3 open alarms']);
      expect(await tell({ condition: 'a', retain: false }, { condition: 'e' }, { condition: 'f' })).to.have.length(1);
      expect(asked).to.deep.equal([]);
      await log.end('g1', 'source-removed', 'press');
      expect(await tell({ condition: 'g' }, { condition: 'h' })).to.deep.equal([]);
      log = new AlarmLog({ records: counted, clock, log: silentLogger, openMax: 3 });
      await log.start();
      expect(await tell({ condition: 'i' }, { condition: 'j' })).to.have.length(1);
      await take([state({})], { gateway: { ...gatewayOf('g9'), tenantId: 'other' }, from: 1 });
      expect((await list({}, { ...principal, tenantId: 'other' })).items).to.have.length(1);
    });

    describe('that nobody watches any more', () => {
      let watch: AlarmWatch;
      let presence: Signal<{ readonly gateway: Parameters<typeof heard>[0] }>;
      const heard = (gateway: {
        readonly gatewayId: string;
        readonly status: 'enrolled' | 'revoked';
        readonly heartbeat: { readonly sources: [] } | null;
      }) => presence.emit({ gateway });

      beforeEach(() => {
        presence = new Signal((error) => {
          throw error;
        });
        watch = new AlarmWatch({ alarms: log, changed: presence, records, clock, log: silentLogger });
      });
      afterEach(async () => {
        await watch.stop();
        expect(clock.waiting).to.equal(0);
      });

      const beat = (...names: string[]) => {
        const sources = names.map((name) => ({ name })) as unknown as [];
        heard({ gatewayId: 'g1', status: 'enrolled', heartbeat: { sources } });
      };
      const ends = async () =>
        (await list()).items.map(({ source, condition, ended }) => `${source} ${condition} ${ended}`).sort();
      /** What was said is done once the next report is. */
      const settled = () => take([state({ source: 'settled', condition: 'settled' })]);

      it('end when their gateway is revoked, once, and nothing it still brings is taken until it comes back', async () => {
        await records.gateways.create(press);
        await watch.start();
        await take([state({ condition: 'a' }), state({ condition: 'b' }), state({ condition: 'b', retain: false })]);
        await take([state({ condition: 'c' })], { gateway: gatewayOf('g2'), from: 1 });
        await records.gateways.updateOne({ _id: 'g1' }, { $set: { status: 'revoked' } });
        const now = clock.now();
        for (let time = 0; time < 3; time += 1) heard({ gatewayId: 'g1', status: 'revoked', heartbeat: null });
        expect(await failureOf(() => take([state({ condition: 'late' })]))).to.include({ code: 'gateway-revoked' });
        expect(await ends()).to.deep.equal(['press a gateway-revoked', 'press b told', 'press c null']);
        const ended = (await list({ open: false })).items.find(({ condition }) => condition === 'a');
        expect(ended).to.include({ endedAt: now, unwatchedSince: now, active: true, watched: false });
        expect(changes.filter((change) => change.ended === 'gateway-revoked')).to.have.length(1);
        await records.gateways.updateOne({ _id: 'g1' }, { $set: { status: 'enrolled' } });
        await take([state({ condition: 'a', time: 99 })]);
        expect((await open1()).map(({ condition, openedAt }) => [condition, openedAt])).to.deep.equal([
          ['a', 99],
          ['c', 10],
        ]);
      });

      it('end at the next start where the gateway was revoked before it, and within a minute where nobody told', async () => {
        await take([state({ condition: 'a' })]);
        await records.gateways.create({ ...press, status: 'revoked' });
        await watch.start();
        expect(await ends()).to.deep.equal(['press a gateway-revoked']);
        await records.gateways.create(gatewayOf('g2'));
        await take([state({ condition: 'b' })], { gateway: gatewayOf('g2'), from: 1 });
        await records.gateways.updateOne({ _id: 'g2' }, { $set: { status: 'revoked' } });
        clock.advance(60_000);
        await until(async () => (await ends()).includes('press b gateway-revoked'));
        expect(changes.filter(({ ended }) => ended !== null)).to.have.length(2);
      });

      it('end when heartbeats have not named their source for a minute; those that name none end nothing', async () => {
        await watch.start();
        await take([state({ condition: 'a' }), state({ source: 'oven' }), state({ source: 'saw' })]);
        for (let beats = 0; beats < 11; beats += 1) {
          beat();
          beat('oven', 'other');
          clock.advance(5_000);
        }
        await settled();
        expect(await open1()).to.have.length(4);
        beat('oven', 'saw', 'settled');
        clock.advance(6_000);
        beat('oven', 'settled');
        await settled();
        expect(await ends()).to.deep.equal([
          'oven Press.Overheat null',
          'press a source-removed',
          'saw Press.Overheat null',
          'settled settled null',
        ]);
      });
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
