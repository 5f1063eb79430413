import { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import type { AuditTrail } from '#cloud/access/audit-trail';
import { bootstrapAdministrator } from '#cloud/access/bootstrap';
import { hashPassword, passwordHashing, passwordMatches } from '#cloud/access/password';
import { migrateRoles } from '#cloud/access/role-migration';
import { roles } from '#cloud/access/roles';
import { Sessions } from '#cloud/access/session';
import { failuresMax, SignIn, windowSeconds } from '#cloud/access/sign-in';
import { FakeClock } from '../../kit/fake-clock.ts';
import { addUser, makeRecords, noAudit, noSecondFactor, type RecordsFixture } from './access-fixture.ts';

async function problemOf(work: Promise<unknown>): Promise<Problem> {
  const error = await work.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  if (!(error instanceof Problem)) throw new Error(`expected a problem, got ${String(error)}`);
  return error;
}

describe('sign-in', () => {
  let fixture: RecordsFixture;
  let clock: FakeClock;
  let sessions: Sessions;
  let door: SignIn;
  let attempts = 0;

  beforeEach(async () => {
    fixture = await makeRecords();
    clock = new FakeClock();
    sessions = new Sessions({ records: fixture.records, clock });
    door = new SignIn({
      records: fixture.records,
      sessions,
      audit: noAudit,
      homeTenantId: 'qingdao',
      secondFactors: noSecondFactor,
    });
    await addUser(fixture.records);
  });
  afterEach(() => fixture.remove());

  /** From a new address each time, unless told. */
  const attempt = (name: string, password: string, address?: string) => {
    attempts += 1;
    return door.signIn({ name, password, address: address ?? `10.0.0.${attempts}` });
  };

  it('gives a token that works', async () => {
    const { token, principal } = await attempt('li', 'correct horse');
    expect(principal.userName).to.equal('li');
    expect((await sessions.authenticate(token))?.userId).to.equal('user-li');
  });

  it('says the same for a wrong password and for an unknown name', async () => {
    const wrong = await problemOf(attempt('li', 'wrong horse'));
    const unknown = await problemOf(attempt('nobody', 'correct horse'));
    expect(wrong).to.include({ code: 'sign-in-refused', status: 401 });
    for (const part of ['code', 'message', 'advice', 'status', 'retryAfterMs'] as const) {
      expect(unknown[part]).to.equal(wrong[part]);
    }
    expect(await fixture.records.sessions.countDocuments()).to.equal(0);
  });

  it('is not deceived by names that mean something to a query', async () => {
    for (const name of ['{"$ne":null}', '$where', '__proto__', 'LI', 'li ', '.*']) {
      expect((await problemOf(attempt(name, 'correct horse'))).code).to.equal('sign-in-refused');
    }
    const object = { $ne: null } as unknown as string;
    await attempt(object, 'correct horse').then(
      () => expect.fail('a filter object signed in'),
      () => undefined,
    );
  });

  it('lets nobody in with a password that is changed while it is compared', async () => {
    const { records } = fixture;
    const passwordHash = await hashPassword('battery staple');
    // The moment between the comparison and the session: the change has ended all sessions it could see.
    const changing: AuditTrail = {
      ...noAudit,
      record: async () => {
        await records.users.updateOne({ name: 'li' }, { $set: { passwordHash } });
        await sessions.endAllOf('user-li');
      },
    };
    const late = new SignIn({
      records,
      sessions,
      audit: changing,
      homeTenantId: 'qingdao',
      secondFactors: noSecondFactor,
    });
    const refused = await problemOf(late.signIn({ name: 'li', password: 'correct horse', address: '10.1.1.1' }));
    expect(refused.code).to.equal('sign-in-refused');
    expect(await records.sessions.countDocuments()).to.equal(0);
  });

  it('stops after ten failures with one name from one address, whatever comes next', async () => {
    const from = '10.7.7.7';
    for (let n = 0; n < failuresMax.ofNameAndAddress; n += 1) {
      expect((await problemOf(attempt('li', 'no', from))).status).to.equal(401);
    }
    const stopped = await problemOf(attempt('li', 'correct horse', from));
    expect(stopped).to.include({ code: 'sign-in-too-often', status: 429 });
    expect(stopped.retryAfterMs).to.be.within(1, windowSeconds * 1_000);
    await addUser(fixture.records, { name: 'wang' });
    expect((await attempt('wang', 'correct horse', from)).principal.userName).to.equal('wang');
    expect((await attempt('li', 'correct horse')).principal.userName, 'from another address').to.equal('li');
  });

  it('stops guessing of one name from many addresses, and lets its owner in where they are signed in', async () => {
    await attempt('li', 'correct horse', '10.1.2.3');
    const failures = Array.from({ length: failuresMax.ofName + 5 }, () => problemOf(attempt('li', 'no')));
    const statuses = (await Promise.all(failures)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).to.have.length(failuresMax.ofName);
    expect((await problemOf(attempt('li', 'correct horse'))).status, 'from somewhere new').to.equal(429);
    expect((await attempt('li', 'correct horse', '10.1.2.3')).principal.userName).to.equal('li');
    expect((await problemOf(attempt('li', 'correct horse'))).status, 'a success opens nothing elsewhere').to.equal(429);
    const unknown = Array.from({ length: failuresMax.ofName + 1 }, () => problemOf(attempt('nobody', 'no')));
    expect((await Promise.all(unknown)).at(-1)?.status, 'the same for a name nobody has').to.equal(429);
  });

  it('stops after fifty failures from one address, with whatever names, also side by side', async () => {
    const more = 5;
    const failures = Array.from({ length: failuresMax.ofAddress + more }, (_, n) =>
      problemOf(attempt(`name${n}`, 'no', '10.9.9.9')),
    );
    const statuses = (await Promise.all(failures)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).to.have.length(failuresMax.ofAddress);
    expect(statuses.filter((status) => status === 429)).to.have.length(more);
    expect((await problemOf(attempt('li', 'correct horse', '10.9.9.9'))).status).to.equal(429);
    await attempt('li', 'correct horse', '10.9.9.8');
  });

  it('lets nobody in whose tenant is suspended, and tells so to whoever has the password', async () => {
    await fixture.records.tenants.create({ _id: 'qingdao', name: { zh: '青岛', en: 'Qingdao' }, suspendedAt: 1 });
    expect((await problemOf(attempt('li', 'no'))).code).to.equal('sign-in-refused');
    expect((await problemOf(attempt('li', 'correct horse'))).code).to.equal('tenant-suspended');
    expect(await fixture.records.sessions.countDocuments()).to.equal(0);
  });

  it('does not count success: twenty good sign-ins from one address are fine', async () => {
    const many = 2 * failuresMax.ofNameAndAddress;
    for (let n = 0; n < many; n += 1) await attempt('li', 'correct horse', '10.8.8.8');
    expect(await fixture.records.sessions.countDocuments()).to.equal(many);
  });
});

describe('passwords', () => {
  it('are argon2id with the parameters stated, and each with its own salt', async () => {
    const [first, second] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')]);
    expect(first).to.match(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(passwordHashing.memoryCost).to.be.at.least(19_456);
    expect(first).to.not.equal(second);
    expect(await passwordMatches(first, 'correct horse')).to.equal(true);
    expect(await passwordMatches(first, 'correct horsE')).to.equal(false);
    expect(await passwordMatches('not a hash', 'correct horse')).to.equal(false);
  });

  it('are the same letter however composed', async () => {
    expect(await passwordMatches(await hashPassword('caf\u00e9 au lait'), 'cafe\u0301 au lait')).to.equal(true);
  });

  it('have a shortest and a longest length', async () => {
    for (const unfit of ['', '1234567', '🔧🔧🔧🔧🔧🔧🔧', 'x'.repeat(201)]) {
      expect((await problemOf(hashPassword(unfit))).code).to.equal('password-unfit');
    }
    await hashPassword('密码足够长的八字');
  });
});

describe('first administrator', () => {
  let fixture: RecordsFixture;
  const clock = new FakeClock();
  beforeEach(async () => {
    fixture = await makeRecords();
  });
  afterEach(() => fixture.remove());

  it('is made once, with a password that signs in', async () => {
    const { records } = fixture;
    const first = await bootstrapAdministrator({ records, tenantId: 'qingdao', clock });
    expect(first?.name).to.equal('admin');
    expect(first?.password).to.match(/^[a-hjkmnp-z2-9]{4}(-[a-hjkmnp-z2-9]{4}){4}$/);
    expect(await bootstrapAdministrator({ records, tenantId: 'qingdao', clock })).to.equal(undefined);
    const door = new SignIn({
      records,
      sessions: new Sessions({ records, clock }),
      audit: noAudit,
      homeTenantId: 'qingdao',
      secondFactors: noSecondFactor,
    });
    const { principal } = await door.signIn({ name: 'admin', password: first?.password ?? '', address: 'x' });
    expect(principal).to.include({ role: 'platform-admin', tenantId: 'qingdao' });
    expect(JSON.stringify(await records.users.find().lean())).to.not.include(first?.password);
  });

  it('is not made when anybody is there', async () => {
    await addUser(fixture.records, { role: 'viewer' });
    expect(await bootstrapAdministrator({ records: fixture.records, tenantId: 'qingdao', clock })).to.equal(undefined);
  });

  it('is made by one of two that start together', async () => {
    const { records } = fixture;
    const made = await Promise.all(
      [1, 2, 3].map(() => bootstrapAdministrator({ records, tenantId: 'qingdao', clock })),
    );
    expect(made.filter((one) => one !== undefined)).to.have.length(1);
    expect(await records.users.countDocuments()).to.equal(1);
  });
});

describe('roles', () => {
  it('let a viewer read and nothing more', () => {
    for (const permission of roles.viewer) expect(permission).to.match(/:(read|follow|own)$/);
  });

  it('of an earlier version are the administrators of the platform at home, of their tenant elsewhere', async () => {
    const fixture = await makeRecords();
    await addUser(fixture.records, { name: 'home', role: 'administrator' });
    await addUser(fixture.records, { name: 'away', role: 'administrator', tenantId: 'jinan' });
    await addUser(fixture.records, { name: 'li', role: 'viewer' });
    for (let starts = 0; starts < 2; starts += 1) await migrateRoles(fixture.records, 'qingdao');
    const users = await fixture.records.users.find().sort({ name: 1 }).lean();
    expect(users.map(({ name, role }) => [name, role])).to.deep.equal([
      ['away', 'tenant-admin'],
      ['home', 'platform-admin'],
      ['li', 'viewer'],
    ]);
    await fixture.remove();
  });
});
