import { silentLogger } from '@gongfu/shared/base/logger';
import { expect } from 'chai';
import { ApiKeys, keyLifeMs } from '#cloud/access/api-keys';
import { type Permission, type Principal, permissions } from '#cloud/access/principal';
import { permissionsOf } from '#cloud/access/roles';
import type { UserRecord } from '#cloud/records/records';
import { FakeClock } from '../../kit/fake-clock.ts';
import { addUser, makeRecords, type RecordsFixture } from './access-fixture.ts';

const reading: Permission[] = ['assets:read', 'samples:read', 'gateways:enrol'];
const staleMs = 4_000;

describe('api keys', () => {
  let fixture: RecordsFixture;
  let clock: FakeClock;
  let keys: ApiKeys;
  let user: UserRecord;
  let ended: string[];

  beforeEach(async () => {
    fixture = await makeRecords();
    clock = new FakeClock();
    keys = new ApiKeys({ records: fixture.records, clock, log: silentLogger });
    user = await addUser(fixture.records);
    const asset = { tenantId: 'qingdao', level: 'line', name: { zh: '线', en: 'Line' }, order: 0 } as const;
    await fixture.records.assets.create(
      ['a', 'a.b', 'c'].map((assetId) => ({ ...asset, _id: `qingdao/${assetId}`, assetId })),
    );
    ended = [];
    keys.ended.on(({ sessionId }) => ended.push(sessionId));
  });
  afterEach(() => fixture.remove());

  const maker = (scope: string[] | null = null): Principal => ({
    kind: 'user',
    userId: user._id,
    userName: user.name,
    tenantId: user.tenantId,
    role: user.role,
    sessionId: 's',
    permissions: permissionsOf(user.role, scope),
    scope,
  });
  const make = (more: object = {}) => keys.create(maker(), { name: 'bi', permissions: reading, scope: null, ...more });
  const rights = async (key: string) => {
    const principal = await keys.authenticate(key);
    return principal && { permissions: [...principal.permissions].sort(), scope: principal.scope };
  };
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => 'no problem',
      (error: { code?: string }) => error.code,
    );

  it('opens what was given, is not a user, and is kept as a hash', async () => {
    const { key, record } = await make({ scope: ['a'], permissions: ['assets:read'] });
    const principal = await keys.authenticate(key);
    expect(principal).to.include({
      kind: 'api-key',
      userName: 'bi',
      tenantId: 'qingdao',
      sessionId: record._id,
      role: '',
    });
    expect(await rights(key)).to.deep.equal({ permissions: ['assets:read'], scope: ['a'] });
    expect(JSON.stringify(await fixture.records.apiKeys.find().lean())).to.not.include(key.slice(4));
    for (const wrong of ['', 'gfk_', `${key}x`, key.slice(4), key.slice(0, -1), record._id]) {
      expect(await keys.authenticate(wrong), wrong).to.equal(undefined);
    }
  });

  it('never has more than its maker, nor what manages people, nor with a scope what is of the whole tenant', async () => {
    for (const permission of permissions) {
      const isForPeople = ['session:own', 'users:manage', 'api-keys:manage', 'tenants:manage'].includes(permission);
      const code = await codeOf(make({ name: permission.replace(':', ' '), permissions: [permission] }));
      expect(code, permission).to.equal(isForPeople ? 'api-key-permissions-unfit' : 'no problem');
      const scoped = await codeOf(
        make({ name: `${permission.replace(':', ' ')} a`, permissions: [permission], scope: ['a'] }),
      );
      const may = permissionsOf('platform-admin', ['a']).has(permission) && !isForPeople;
      expect(scoped, `${permission} with a scope`).to.equal(may ? 'no problem' : 'api-key-permissions-unfit');
    }
    const narrow = { name: 'x', permissions: ['assets:read'] as Permission[] };
    expect(await codeOf(keys.create(maker(['a']), { ...narrow, scope: null }))).to.equal('api-key-permissions-unfit');
    expect(await codeOf(keys.create(maker(['a']), { ...narrow, scope: ['c'] }))).to.equal('api-key-permissions-unfit');
    expect(await codeOf(keys.create(maker(['a']), { ...narrow, scope: ['a.b'] }))).to.equal('no problem');
    expect(await codeOf(make({ name: 'y', scope: ['nowhere'], permissions: ['assets:read'] }))).to.equal(
      'scope-asset-unknown',
    );
  });

  it('loses what its maker loses, within seconds, and comes back with it', async () => {
    const { key } = await make();
    expect((await rights(key))?.permissions).to.deep.equal([...reading].sort());
    const set = async (change: Partial<UserRecord>) => {
      await fixture.records.users.updateOne({ _id: user._id }, { $set: change });
      clock.advance(staleMs);
    };
    await set({ role: 'viewer' });
    expect((await rights(key))?.permissions).to.deep.equal(['assets:read', 'samples:read']);
    await set({ scope: ['a'] });
    expect(await rights(key)).to.deep.equal({ permissions: ['assets:read', 'samples:read'], scope: ['a'] });
    await set({ disabled: true });
    expect(await rights(key)).to.equal(undefined);
    await set({ disabled: false, role: 'platform-admin', scope: null });
    expect(await rights(key)).to.deep.equal({ permissions: [...reading].sort(), scope: null });
    await fixture.records.users.deleteOne({ _id: user._id });
    clock.advance(staleMs);
    expect(await rights(key)).to.equal(undefined);
  });

  it('opens nothing while the tenant is suspended, and tells its sockets', async () => {
    const { key, record } = await make();
    await keys.authenticate(key);
    const { tenants } = fixture.records;
    await tenants.create({ _id: 'qingdao', name: { zh: '青岛', en: 'Qingdao' }, suspendedAt: 1 });
    await keys.reloadAllOf({ tenantId: 'qingdao' });
    expect(await rights(key)).to.equal(undefined);
    expect(ended).to.deep.equal([record._id]);
    await tenants.updateOne({ _id: 'qingdao' }, { $set: { suspendedAt: null } });
    expect(await rights(key)).to.not.equal(undefined);
  });

  it('sees what both it and its maker see', async () => {
    const { key } = await make({ scope: ['a', 'c'], permissions: ['assets:read'] });
    await fixture.records.users.updateOne({ _id: user._id }, { $set: { scope: ['a.b'] } });
    expect((await rights(key))?.scope).to.deep.equal(['a.b']);
    await fixture.records.users.updateOne({ _id: user._id }, { $set: { scope: ['d'] } });
    clock.advance(staleMs);
    expect((await rights(key))?.scope, 'nothing, which is not everything').to.deep.equal([]);
  });

  it('ends at its time, or when revoked: at once, also while it is looked at, and tells it', async () => {
    const { key } = await make({ expiresAt: clock.now() + 60_000 });
    clock.advance(59_999);
    expect(await rights(key)).to.not.equal(undefined);
    clock.advance(1);
    expect(await rights(key)).to.equal(undefined);
    const second = await make({ name: 'second' });
    await keys.authenticate(second.key);
    clock.advance(staleMs);
    const during = keys.authenticate(second.key);
    const revoked = keys.revoke('qingdao', second.record._id);
    await revoked;
    expect(await keys.authenticate(second.key)).to.equal(undefined);
    expect(await during).to.equal(undefined);
    expect(ended).to.deep.equal([second.record._id]);
    expect(await codeOf(keys.revoke('qingdao', second.record._id))).to.equal('api-key-unknown');
  });

  it('lives a year unless told, five at most, and never in the past', async () => {
    expect((await make()).record.expiresAt).to.equal(clock.now() + keyLifeMs.standard);
    expect(await codeOf(make({ name: 'x', expiresAt: clock.now() }))).to.equal('api-key-expiry-unfit');
    expect(await codeOf(make({ name: 'x', expiresAt: clock.now() + keyLifeMs.longest + 1 }))).to.equal(
      'api-key-expiry-unfit',
    );
    expect(await codeOf(make({ name: 'x', expiresAt: clock.now() + keyLifeMs.longest }))).to.equal('no problem');
  });

  it('has a name of its own in the tenant, and is listed and revoked there only', async () => {
    const { record } = await make();
    expect(await codeOf(make())).to.equal('api-key-name-taken');
    expect(await codeOf(keys.revoke('jinan', record._id))).to.equal('api-key-unknown');
    expect(await keys.list('jinan')).to.deep.equal([]);
    expect((await keys.list('qingdao')).map(({ name }) => name)).to.deep.equal(['bi']);
  });

  it('remembers when and from where it was used last, to a minute', async () => {
    const { key, record } = await make();
    const last = async () => {
      const [listed] = await keys.list('qingdao');
      return [listed?.lastUsedAt, listed?.lastUsedFrom];
    };
    expect(await last()).to.deep.equal([null, '']);
    const first = clock.now();
    await keys.authenticate(key, '10.0.0.1');
    clock.advance(59_000);
    await keys.authenticate(key, '10.0.0.2');
    expect(await last()).to.deep.equal([first, '10.0.0.1']);
    clock.advance(1_000);
    await keys.authenticate(key, '10.0.0.2');
    expect(await last()).to.deep.equal([first + 60_000, '10.0.0.2']);
    expect(record.lastUsedAt).to.equal(null);
  });
});
