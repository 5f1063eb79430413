import { silentLogger } from '@gongfu/shared/base/logger';
import { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import { ApiKeys } from '#cloud/access/api-keys';
import { ExternalUsers, type ExternalUsersOptions } from '#cloud/access/external-users';
import type { Claims } from '#cloud/access/oidc-client';
import { OidcSignIn } from '#cloud/access/oidc-sign-in';
import { Sessions } from '#cloud/access/session';
import { FakeClock } from '../../kit/fake-clock.ts';
import { addUser, makeRecords, noAudit, type RecordsFixture } from './access-fixture.ts';

const issuer = 'https://id.example';

describe('users of an identity provider', () => {
  let fixture: RecordsFixture;
  let clock: FakeClock;
  let sessions: Sessions;

  beforeEach(async () => {
    fixture = await makeRecords();
    clock = new FakeClock();
    sessions = new Sessions({ records: fixture.records, clock });
  });
  afterEach(() => fixture.remove());

  const external = (options: Partial<ExternalUsersOptions> = {}) =>
    new ExternalUsers({
      records: fixture.records,
      sessions,
      keys: new ApiKeys({ records: fixture.records, clock, log: silentLogger }),
      clock,
      tenantId: 'qingdao',
      nameClaim: 'preferred_username',
      roleClaim: 'roles',
      roles: { admins: 'tenant-admin', leaders: 'operator' },
      defaultRole: undefined,
      ...options,
    });
  const claims = (more: Record<string, unknown> = {}): Claims => ({
    iss: issuer,
    sub: 's-1',
    preferred_username: 'wang',
    roles: ['leaders'],
    ...more,
  });
  const codeOf = async (work: Promise<unknown>) => {
    try {
      await work;
      return 'taken';
    } catch (error) {
      return error instanceof Problem ? error.code : String(error);
    }
  };

  it('are made once, also when two windows sign in at the same time', async () => {
    const made = await Promise.all([1, 2, 3].map(() => external().userOf(claims())));
    expect(new Set(made.map(({ _id }) => _id)).size).to.equal(1);
    expect(await fixture.records.users.countDocuments()).to.equal(1);
    expect(made[0]).to.include({ name: 'wang', role: 'operator', tenantId: 'qingdao', mustChangePassword: false });
  });

  it('are users of the tenant that is configured, not of one that was before', async () => {
    const before = await external().userOf(claims());
    const elsewhere = external({ tenantId: 'suzhou' });
    const now = await elsewhere.userOf(claims({ preferred_username: 'wang.suzhou', roles: ['admins'] }));
    expect(now).to.include({ tenantId: 'suzhou', role: 'tenant-admin' });
    expect((await elsewhere.userOf(claims({ roles: ['admins'] })))._id, 'again').to.equal(now._id);
    expect(await fixture.records.users.findById(before._id).lean()).to.include({
      role: 'operator',
      tenantId: 'qingdao',
    });
    expect((await external().userOf(claims()))._id, 'back').to.equal(before._id);
  });

  it('are told apart by issuer and subject, whatever name they give', async () => {
    const users = external();
    const first = await users.userOf(claims());
    expect((await users.userOf(claims({ preferred_username: 'somebody else' })))._id).to.equal(first._id);
    expect(await codeOf(users.userOf(claims({ sub: 's-2' }))), 'the same name').to.equal('oidc-name-taken');
    expect(await codeOf(users.userOf(claims({ iss: 'https://other.example' })))).to.equal('oidc-name-taken');
    const other = await users.userOf(claims({ sub: 's-2', preferred_username: 'li' }));
    expect(other._id).to.not.equal(first._id);
  });

  it('never become a user that is here already', async () => {
    await addUser(fixture.records, { name: 'wang' });
    const before = await fixture.records.users.findById('user-wang').lean();
    expect(await codeOf(external().userOf(claims({ email: 'wang', email_verified: true })))).to.equal(
      'oidc-name-taken',
    );
    expect(await fixture.records.users.findById('user-wang').lean()).to.deep.equal(before);
  });

  it('have the role the claim names, the first written of several, each time they sign in', async () => {
    const users = external();
    expect((await users.userOf(claims({ roles: ['leaders', 'admins'] }))).role).to.equal('tenant-admin');
    expect((await users.userOf(claims({ roles: 'leaders' }))).role).to.equal('operator');
    expect(await codeOf(users.userOf(claims({ roles: ['everybody'] })))).to.equal('oidc-role-missing');
    expect((await fixture.records.users.findOne({ name: 'wang' }).lean())?.role, 'a refusal changes nothing').to.equal(
      'operator',
    );
  });

  it('have a role by default only where one is configured', async () => {
    for (const roles of [undefined, null, 7, {}, [['admins']], '__proto__', 'constructor']) {
      expect(await codeOf(external().userOf(claims({ roles }))), JSON.stringify(roles)).to.equal('oidc-role-missing');
    }
    const { role } = await external({ defaultRole: 'viewer' }).userOf(claims({ roles: undefined }));
    expect(role).to.equal('viewer');
  });

  it('finds a claim by its path, or by a name that has dots', async () => {
    const nested = external({ roleClaim: 'realm_access.roles' });
    expect((await nested.userOf(claims({ realm_access: { roles: ['admins'] } }))).role).to.equal('tenant-admin');
    const dotted = external({ roleClaim: 'https://x.example/roles' });
    expect((await dotted.userOf(claims({ 'https://x.example/roles': 'leaders' }))).role).to.equal('operator');
  });

  it('get a name this platform can have', async () => {
    const names: string[] = [];
    for (const [index, said] of ['Wang Fang (QA)', ' ..李娜', 'ｗｉｄｅ', '///', 7, 'x'.repeat(99)].entries()) {
      names.push((await external().userOf(claims({ sub: `s-${index}`, preferred_username: said }))).name);
    }
    expect(names).to.deep.equal(['Wang.Fang.QA.', '李娜', 'wide', 's-3', 's-4', 'x'.repeat(64)]);
  });

  it('see their role change in a session that is open', async () => {
    const users = external();
    const { token } = await sessions.begin(await users.userOf(claims({ roles: 'admins' })));
    expect((await sessions.authenticate(token))?.permissions.has('users:manage')).to.equal(true);
    await users.userOf(claims());
    expect((await sessions.authenticate(token))?.permissions.has('users:manage')).to.equal(false);
  });

  describe('an attempt', () => {
    const secrets: Record<string, string>[] = [];
    let door: OidcSignIn;
    beforeEach(() => {
      secrets.length = 0;
      const client = {
        address: async (attempt: object) => {
          secrets.push({ ...attempt } as Record<string, string>);
          return 'https://id.example/authorize';
        },
        claims: async () => claims(),
      };
      const provider = { label: { zh: '', en: '' }, client, users: external(), tenantId: 'qingdao' };
      door = new OidcSignIn({ provider, sessions, audit: noAudit, clock });
    });
    const back = (proof: string, state = secrets[0]?.state ?? '') =>
      door.finish({ proof, parameters: { state, code: 'x' }, address: '10.0.0.1', device: 'test' });

    it('works once, with the proof of the tab that began it', async () => {
      const { proof } = await door.begin('10.0.0.1');
      expect(await codeOf(back('of another tab'))).to.equal('oidc-attempt-unknown');
      expect((await back(proof)).principal.userName).to.equal('wang');
      expect(await codeOf(back(proof))).to.equal('oidc-attempt-unknown');
      expect(await codeOf(back(proof, '__proto__'))).to.equal('oidc-attempt-unknown');
    });

    it('is over after ten minutes, and draws everything anew', async () => {
      const { proof } = await door.begin('10.0.0.1');
      await door.begin('10.0.0.1');
      const drawn = secrets.flatMap((attempt) => Object.values(attempt));
      expect(new Set(drawn).size).to.equal(6);
      for (const one of drawn) expect(one).to.match(/^[\w-]{43}$/);
      clock.advance(10 * 60_000);
      expect(await codeOf(back(proof))).to.equal('oidc-attempt-unknown');
    });

    it('cannot be begun without end from one address', async () => {
      for (let n = 0; n < 60; n += 1) await door.begin('10.0.0.1');
      expect(await codeOf(door.begin('10.0.0.1'))).to.equal('sign-in-too-often');
      expect(await codeOf(door.begin('10.0.0.2'))).to.equal('taken');
    });

    it('is answered where no provider is configured', async () => {
      const none = new OidcSignIn({ provider: undefined, sessions, audit: noAudit, clock });
      expect(none.label).to.equal(null);
      expect(await codeOf(none.begin('x'))).to.equal('oidc-absent');
    });
  });
});
