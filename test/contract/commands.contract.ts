import { randomUUID } from 'node:crypto';
import { columnKindOf } from '@gongfu/shared/model/value-type';
import { expect } from 'chai';
import type { Principal } from '#cloud/access/principal';
import { sightOf } from '#cloud/assets/sight';
import { CommandTrail } from '#cloud/commands/command-trail';
import { Commands } from '#cloud/commands/commands';
import type { CommandRecord } from '#cloud/records/command-record';
import type { Records, TagRecord } from '#cloud/records/records';
import { noAudit } from '../cloud/access/access-fixture.ts';
import { FakeClock } from '../kit/fake-clock.ts';
import { failureOf } from './records-fixture.ts';

const gatewayId = 'g-asked';

/** What asking, approving and withdrawing commands ask of the records: one atomic step each, whoever comes at the same time. */
export function commandRules(records: () => Records): void {
  describe('commands: asked, approved, withdrawn', () => {
    let tenants = 0;
    let tenantId: string;
    let commands: Commands;
    let clock: FakeClock;

    beforeEach(async () => {
      tenants += 1;
      tenantId = `asks-${tenants}`;
      clock = new FakeClock();
      commands = new Commands({
        records: records(),
        clock,
        trail: new CommandTrail({ audit: noAudit }),
        sight: (principal) => sightOf(principal, []),
        valueNow: async () => null,
        newId: randomUUID,
        changed: () => undefined,
      });
      const name = { zh: '车间', en: 'hall' };
      await records().tenants.create({ _id: tenantId, name, secondApprover: true });
      const publicKey = { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) };
      await records().gateways.deleteMany({ _id: gatewayId });
      const enrolled = { status: 'enrolled', enrolledAt: 1, publicKey } as const;
      await records().gateways.create({ ...enrolled, _id: gatewayId, tenantId, name: 'line-1' });
    });

    const who = (userName: string): Principal => ({
      ...{ kind: 'user', userId: userName, userName, tenantId, role: 'plant-manager', sessionId: 's' },
      ...{ permissions: new Set(), scope: null },
    });
    const ask = (key: string, fields: { value?: number | string | boolean; type?: TagRecord['type'] } = {}) => {
      const { value = 42.5, type = 'float32' } = fields;
      const kind = columnKindOf(type);
      const tag = {
        _id: '7',
        tenantId,
        gatewayId,
        number: 7,
        source: 'plc',
        name: 'setpoint',
        type,
        scaled: false,
        kind,
      };
      const writable = { minimum: null, maximum: null };
      const asked = { value, reason: 'new recipe', expiresInMs: 60_000, key };
      return commands.request(who('wang'), { ...asked, tag: { ...tag, maxSilentMs: 1, writable } as TagRecord });
    };
    const kept = (id: string) => records().commands.findById(id).lean<CommandRecord>().orFail();

    it('keeps one command for one key, however many ask at once, and a number of its own for each', async () => {
      const same = await Promise.all([1, 2, 3, 4].map(() => ask('same')));
      expect(new Set(same.map(({ _id }) => _id)).size).to.equal(1);
      const other = await Promise.all([1, 2, 3].map((key) => ask(`other-${key}`)));
      expect(new Set(other.map(({ number }) => number)).size).to.equal(3);
      expect(await records().commands.countDocuments({ tenantId })).to.equal(4);
      expect(await failureOf(() => ask('same', { value: 1 }))).to.include({ code: 'command-key-reused' });
    });

    it('gives values back as they were: long integers, empty texts, false', async () => {
      const values = [
        ['9007199254740993', 'int64'],
        ['', 'string'],
        [false, 'bool'],
        [-0.1, 'float64'],
      ] as const;
      for (const [value, type] of values) {
        const { _id } = await ask(`value-${type}`, { value, type });
        expect((await kept(_id)).value).to.equal(value);
      }
    });

    it('lets only one of approval and withdrawal through, and neither after the end', async () => {
      for (const key of ['race-1', 'race-2', 'race-3']) {
        const { _id } = await ask(key);
        const came = await Promise.allSettled([
          commands.approve(who('zhao'), _id),
          commands.approve(who('li'), _id),
          commands.withdraw(who('wang'), _id),
        ]);
        const [first, second, third] = came.map(({ status }) => status === 'fulfilled');
        expect([first, second].filter(Boolean).length, 'approvals').to.be.at.most(1);
        expect(first || second || third, 'one of them').to.equal(true);
        // What was approved may be withdrawn until it is sent; the other way round nothing goes.
        const { state, approver, endedAt } = await kept(_id);
        expect(state).to.equal(third ? 'withdrawn' : 'queued');
        expect(approver !== null).to.equal(first || second);
        expect(endedAt !== null).to.equal(third);
      }
      const late = await ask('late');
      clock.advance(60_000);
      expect(await failureOf(() => commands.approve(who('zhao'), late._id))).to.include({
        code: 'command-not-waiting',
      });
      await records().commands.updateOne({ _id: late._id }, { $set: { state: 'sent' } });
      expect(await failureOf(() => commands.withdraw(who('wang'), late._id))).to.include({
        code: 'command-already-sent',
      });
    });

    it('lists the newest first, page after page, by state and gateway, and of no other tenant', async () => {
      for (let key = 0; key < 5; key += 1) await ask(`page-${key}`);
      const first = await commands.list(who('li'), { limit: 2 });
      expect(first.items.map(({ number }) => number)).to.deep.equal([5, 4]);
      const second = await commands.list(who('li'), { limit: 2, before: first.next });
      expect(second.items.map(({ number }) => number)).to.deep.equal([3, 2]);
      expect((await commands.list(who('li'), { limit: 2, before: second.next })).items).to.have.length(1);
      await commands.withdraw(who('wang'), first.items[0]!._id);
      const withdrawn = await commands.list(who('li'), { limit: 9, state: 'withdrawn', gateway: gatewayId });
      expect(withdrawn.items.map(({ number }) => number)).to.deep.equal([5]);
      expect((await commands.list(who('li'), { limit: 9, gateway: 'another' })).items).to.deep.equal([]);
      expect((await commands.list({ ...who('li'), tenantId: 'nobody' }, { limit: 9 })).items).to.deep.equal([]);
    });
  });
}
