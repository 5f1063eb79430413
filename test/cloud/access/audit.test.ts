import { silentLogger } from '@gongfu/shared/base/logger';
import { expect } from 'chai';
import { Audit } from '#cloud/access/audit';
import { type AuditEntry, refusalsPerMinuteMax } from '#cloud/access/audit-trail';
import { Sessions } from '#cloud/access/session';
import { SignIn } from '#cloud/access/sign-in';
import { FakeClock } from '../../kit/fake-clock.ts';
import { addUser, makeRecords, noSecondFactor, type RecordsFixture } from './access-fixture.ts';

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

  it('leaves no hole where a record could not be written, alone or among others, nor at a restart', async () => {
    let at = 5;
    const moody = { now: () => at, monotonicMs: () => 0, after: () => () => undefined };
    const { records } = fixture;
    const audit = new Audit({ records, clock: moody, log: silentLogger });
    const write = (time: number) => {
      at = time;
      return audit.record(entry);
    };
    const told = await Promise.allSettled([write(1), write(2), write(Number.NaN), write(3), write(Number.NaN)]);
    expect(told.map(({ status }) => status === 'fulfilled')).to.deep.equal([true, true, false, true, false]);
    await Promise.allSettled([write(Number.NaN)]);
    await write(4);
    const next = new Audit({ records, clock, log: silentLogger });
    await next.record(entry);
    const listed = await next.list({ tenantId: 'qingdao', limit: 100 });
    expect(listed.map(({ number }) => number)).to.deep.equal([5, 4, 3, 2, 1]);
    expect(listed.slice(1).map((record) => record.at)).to.deep.equal([4, 3, 2, 1]);
  });

  it('goes on after the counter of a version that has lost a number, and after one that was written late', async () => {
    const { records } = fixture;
    await records.counters.create({ _id: 'audit/qingdao', next: 7 });
    const audit = new Audit({ records, clock, log: silentLogger });
    await audit.record(entry);
    const late = { ...entry, _id: 'qingdao/9', number: 9, at: 1 };
    await records.audit.create(late);
    await audit.record(entry);
    const numbers = (await audit.list({ tenantId: 'qingdao', limit: 100 })).map(({ number }) => number);
    expect(numbers).to.deep.equal([10, 9, 8]);
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

  it('tells the same denial once a minute, and no flood of them', async () => {
    const audit = new Audit({ records: fixture.records, clock, log: silentLogger });
    const { outcome: _, ...denial } = { ...entry, action: 'get /api/v1/users', detail: 'not-permitted' };
    const told = async () => (await audit.list({ tenantId: 'qingdao', limit: 1000 })).map(({ action }) => action);
    for (let n = 0; n < 5; n += 1) await audit.refuse(denial);
    expect(await told()).to.deep.equal(['get /api/v1/users']);
    await audit.refuse({ ...denial, object: 'another' });
    await audit.refuse({ ...denial, actor: { kind: 'api-key', id: 'k', name: 'bi' } });
    expect(await told()).to.have.length(3);
    await Promise.all(Array.from({ length: 500 }, (_unused, n) => audit.refuse({ ...denial, object: `tag ${n}` })));
    const all = await told();
    expect(all.filter((action) => action === 'refusals-left-out')).to.have.length(1);
    expect(all).to.have.length(refusalsPerMinuteMax + 2);
    await audit.refuse({ ...denial, actor: { kind: 'user', id: 'u2', name: 'wang' } });
    expect(await told(), 'others are still told of').to.have.length(refusalsPerMinuteMax + 3);
  });

  it('is asked by actor, action, object, outcome and time', async () => {
    const audit = new Audit({ records: fixture.records, clock, log: silentLogger });
    const start = clock.now();
    await audit.record(entry);
    clock.advance(1_000);
    await audit.note({ ...entry, outcome: 'done' });
    await audit.note({ ...entry, action: 'sign-in', object: '', actor: { kind: 'user', id: 'z', name: 'zhou' } });
    await audit.note({ ...entry, tenantId: 'jinan' });
    const numbers = async (query: object) =>
      (await audit.list({ tenantId: 'qingdao', limit: 10, ...query })).map(({ number }) => number);
    expect(await numbers({ actor: 'li' })).to.deep.equal([2, 1]);
    expect(await numbers({ actor: 'li', outcome: 'done' })).to.deep.equal([2]);
    expect(await numbers({ action: 'sign-in' })).to.deep.equal([3]);
    expect(await numbers({ object: 'wang' })).to.deep.equal([2, 1]);
    expect(await numbers({ to: start + 1_000 })).to.deep.equal([1]);
    expect(await numbers({ from: start + 1_000 })).to.deep.equal([3, 2]);
    expect(await numbers({ from: start + 1_000, before: 3 })).to.deep.equal([2]);
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
    const signIn = new SignIn({
      records: fixture.records,
      sessions,
      audit: broken,
      homeTenantId: 'qingdao',
      secondFactors: noSecondFactor,
    });
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
