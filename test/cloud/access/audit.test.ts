import { silentLogger } from '@gongfu/shared/base/logger';
import { expect } from 'chai';
import { Audit } from '#cloud/access/audit';
import type { AuditEntry } from '#cloud/access/audit-trail';
import { Sessions } from '#cloud/access/session';
import { SignIn } from '#cloud/access/sign-in';
import { FakeClock } from '../../kit/fake-clock.ts';
import { addUser, makeRecords, type RecordsFixture } from './access-fixture.ts';

const entry: AuditEntry = {
  tenantId: 'qingdao',
  actor: { kind: 'user', id: 'u', name: 'li' },
  action: 'user-create',
  object: 'wang',
  outcome: 'begun',
  address: '10.0.0.1',
  detail: '',
};

describe('audit', () => {
  let fixture: RecordsFixture;
  const clock = new FakeClock();
  beforeEach(async () => {
    fixture = await makeRecords();
  });
  afterEach(() => fixture.remove());

  it('numbers the records of each tenant without holes, also side by side', async () => {
    const audit = new Audit({ records: fixture.records, clock, log: silentLogger });
    await Promise.all(Array.from({ length: 20 }, () => audit.record(entry)));
    await audit.record({ ...entry, tenantId: 'jinan' });
    const numbers = (await audit.list({ tenantId: 'qingdao', limit: 100 })).map(({ number }) => number);
    expect(numbers).to.deep.equal(Array.from({ length: 20 }, (_, n) => 20 - n));
    expect((await audit.list({ tenantId: 'jinan', limit: 100 })).map(({ number }) => number)).to.deep.equal([1]);
  });

  it('keeps the newest when there are too many, of each tenant', async () => {
    const audit = new Audit({ records: fixture.records, clock, log: silentLogger, recordsMax: 50 });
    await audit.record({ ...entry, tenantId: 'jinan' });
    await Promise.all(Array.from({ length: 399 }, () => audit.note(entry)));
    await audit.record(entry);
    const numbers = (await audit.list({ tenantId: 'qingdao', limit: 1000 })).map(({ number }) => number);
    expect(numbers).to.deep.equal(Array.from({ length: 50 }, (_, n) => 400 - n));
    expect(await audit.list({ tenantId: 'jinan', limit: 10 })).to.have.length(1);
  });

  it('refuses a change it cannot record, and only logs what has already happened', async () => {
    const errors: string[] = [];
    const log = { ...silentLogger, error: (_fields: object, message: string) => void errors.push(message) };
    const audit = new Audit({ records: fixture.records, clock, log });
    await addUser(fixture.records);
    const sessions = new Sessions({ records: fixture.records, clock });
    // A time the records refuse: the audit alone cannot be written, users and sessions can.
    const broken = new Audit({
      records: fixture.records,
      clock: { now: () => Number.NaN, monotonicMs: () => 0, after: () => () => undefined },
      log,
    });
    const signIn = new SignIn({ records: fixture.records, sessions, audit: broken, homeTenantId: 'qingdao' });
    const refused = await signIn.signIn({ name: 'li', password: 'correct horse', address: 'x' }).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(refused).to.include({ code: 'audit-unavailable', status: 503 });
    expect(await fixture.records.sessions.countDocuments()).to.equal(0);
    await broken.note(entry);
    expect(errors).to.deep.equal(['audit: a record could not be written']);
    await audit.record(entry);
  });
});
