import { randomUUID } from 'node:crypto';
import { silentLogger } from '@gongfu/shared/base/logger';
import type { ConfigurationOffer, ConfigurationReceipt, ConfigurationResult } from '@gongfu/shared/wire/configuration';
import { expect } from 'chai';
import type { Principal } from '#cloud/access/principal';
import { Configurations } from '#cloud/configurations/configurations';
import type { ConfigurationLine } from '#cloud/gateways/configuration-line';
import type { GatewayRecord, Records } from '#cloud/records/records';
import { noAudit } from '../cloud/access/access-fixture.ts';
import { FakeClock } from '../kit/fake-clock.ts';
import { until } from '../kit/until.ts';
import { failureOf } from './records-fixture.ts';

const text = 'sources: []\n';

/** What versions of a gateway's configuration ask of the records. */
export function configurationRules(records: () => Records): void {
  describe('configurations: written, offered, settled', () => {
    let clock: FakeClock;
    let configurations: Configurations;
    let gateway: GatewayRecord;
    let principal: Principal;

    beforeEach(async () => {
      clock = new FakeClock();
      const options = { records: records(), audit: noAudit, clock, log: silentLogger };
      configurations = new Configurations({ ...options, newId: randomUUID });
      await configurations.start();
      const publicKey = { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) };
      const enrolled = { status: 'enrolled', enrolledAt: 1, lastSeenAt: 1, publicKey } as const;
      gateway = { ...enrolled, _id: randomUUID(), tenantId: randomUUID(), name: 'line-1' };
      await records().gateways.create(gateway);
      principal = {
        ...{ kind: 'user', userId: 'li', userName: 'li', tenantId: gateway.tenantId, role: '', sessionId: 's' },
        ...{ permissions: new Set(), scope: null },
      };
    });
    afterEach(() => configurations.stop());

    const upload = async (note = '') => (await configurations.upload(principal, gateway._id, { text, note }))!;
    const list = async () => (await configurations.list(principal, gateway._id, 50))!;
    const states = async () => (await list()).versions.map(({ number, state }) => `${number} ${state}`);
    function line(answer: (offer: ConfigurationOffer) => Promise<ConfigurationReceipt>, takes = true) {
      const offers: ConfigurationOffer[] = [];
      const offer = (one: ConfigurationOffer) => {
        offers.push(one);
        return answer(one);
      };
      return { gateway, takes, offer, offers } satisfies ConfigurationLine & { offers: ConfigurationOffer[] };
    }
    const received = () => Promise.resolve({ received: true } as const);
    const result = (id: string, fields: Partial<ConfigurationResult> = {}): ConfigurationResult => ({
      ...{ id, outcome: 'applied', code: '', detail: '', places: [], at: 5 },
      ...fields,
    });

    it('gives each version a number of its own, keeps all, and lets only the newest wait', async () => {
      await Promise.all([upload('a'), upload('b'), upload('c')]);
      expect(await states()).to.deep.equal(['3 waiting', '2 replaced', '1 replaced']);
      expect((await list()).takes, 'not connected').to.equal(null);
      expect((await configurations.find(principal, gateway._id, 2))?.text).to.equal(text);
      expect(await configurations.find({ ...principal, tenantId: 'other' }, gateway._id, 2)).to.equal(undefined);
      expect(await configurations.list({ ...principal, tenantId: 'other' }, gateway._id, 9)).to.equal(undefined);
    });

    it('offers until it is received, one that is told of a busy gateway after the one before has ended', async () => {
      const first = await upload();
      let answer: Parameters<typeof line>[0] = () => Promise.reject(new Error('operation has timed out'));
      const open = line((offer) => answer(offer));
      configurations.opened(open);
      await until(() => open.offers.length === 1 && clock.waiting === 1);
      answer = received;
      clock.advance(10_000);
      await until(async () => (await states())[0] === '1 trying');
      const busy = { received: false, code: 'configuration-busy', detail: '' } as const;
      answer = ({ number }) => Promise.resolve(number === 1 ? { received: true } : busy);
      const second = await upload();
      // The one under trial goes out with it: the gateway knows it, and may tell its result again.
      await until(() => open.offers.length === 4);
      expect(await states()).to.deep.equal(['2 waiting', '1 trying']);
      answer = received;
      await configurations.settle(gateway, result(first._id, { outcome: 'rolled-back', code: 'x', detail: 'y' }));
      await until(async () => (await states())[0] === '2 trying');
      expect(open.offers.map(({ number }) => number)).to.deep.equal([1, 1, 1, 2, 2]);
      expect((await list()).takes).to.equal(true);
      await configurations.settle(gateway, result(second._id));
      expect(await states()).to.deep.equal(['2 applied', '1 rolled-back']);
    });

    it('keeps all that a gateway found wrong, at most once, and only of its own versions', async () => {
      const { _id } = await upload();
      const places = [{ where: 'configuration:2:3', what: '' }];
      const refused = result(_id, { outcome: 'refused', code: 'config-invalid', detail: 'one fault', places });
      await configurations.settle({ ...gateway, _id: 'another' }, refused);
      expect(await states()).to.deep.equal(['1 waiting']);
      await configurations.settle(gateway, refused);
      await configurations.settle(gateway, refused);
      const [version] = (await list()).versions;
      expect(version).to.deep.include({ state: 'refused', endedAt: clock.now() });
      expect(version?.result).to.deep.equal({ code: 'config-invalid', detail: 'one fault', places, at: 5 });
    });

    it('keeps nothing for a gateway that takes none, nor a text that is none', async () => {
      configurations.opened(line(received, false));
      expect(await failureOf(() => upload())).to.include({ code: 'configuration-not-taken' });
      configurations.opened(line(received));
      const open = (source: string) =>
        configurations.upload(principal, gateway._id, { text: `sources:\n  - ${source}\n`, note: '' });
      for (const source of [
        '{ name: a, driver: opcua, password: mellon }',
        '{ name: a, driver: opcua, login: { password: [mellon] } }',
        '{ name: a, driver: opcua, endpoint: "opc.tcp://me:mellon@plc:4840" }',
        '{ name: a, driver: opcua, login: { user: me, pwd: mellon } }',
        '{ name: a, driver: opcua } # password: mellon',
        "{ name: a, driver: opcua } # 'pwd' = 'mellon'",
        '{ name: a, driver: opcua } # 密码：mellon',
        '{ name: a, driver: opcua } # was opc.tcp://me:mellon@plc:4840',
        '{ name: a, driver: opcua } # password: "${PW}", later token: mellon',
        '{ driver: opcua }',
      ]) {
        const failure = await failureOf(() => open(source));
        expect(failure, source).to.include({ code: 'configuration-invalid' });
        expect(JSON.stringify([failure, failure.message]), source)
          .to.match(/configuration:2:\d+/)
          .and.not.contain('mellon');
      }
      const variables = '{ name: a, driver: opcua, password: "${PW}", endpoint: "opc.tcp://me:${PW}@plc:4840" }';
      expect((await open(variables))?.number).to.equal(1);
      const harmless = [
        "{ name: 'a #password: mellon', driver: opcua } # password: ${PW}",
        '# the password is in the safe; password:',
        '# opc.tcp://me:${PW}@plc:4840',
        '- { name: b, driver: opcua, note: "no comment # token: mellon" }',
      ];
      expect((await open(harmless.join('\n  ')))?.number).to.equal(2);
    });
  });
}
