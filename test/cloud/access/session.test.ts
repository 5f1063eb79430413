import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { permissions } from '#cloud/access/principal';
import { absoluteLimitMs, idleLimitMs, Sessions } from '#cloud/access/session';
import type { UserRecord } from '#cloud/records/records';
import { FakeClock } from '../../kit/fake-clock.ts';
import { addUser, makeRecords, type RecordsFixture } from './access-fixture.ts';

const minuteMs = 60_000;

describe('sessions', () => {
  let fixture: RecordsFixture;
  let clock: FakeClock;
  let sessions: Sessions;
  let user: UserRecord;
  let ended: string[];

  beforeEach(async () => {
    fixture = await makeRecords();
    clock = new FakeClock();
    sessions = new Sessions({ records: fixture.records, clock });
    user = await addUser(fixture.records);
    ended = [];
    sessions.ended.on(({ sessionId }) => ended.push(sessionId));
  });
  afterEach(async () => {
    await sessions.stop();
    await fixture.remove();
  });

  it('knows who is behind a token, and keeps only its hash', async () => {
    const { token, expiresAt, principal } = await sessions.begin(user);
    expect(Buffer.from(token, 'base64url')).to.have.length(32);
    expect(expiresAt).to.equal(clock.now() + idleLimitMs);
    expect(await sessions.authenticate(token)).to.deep.equal(principal);
    expect(principal).to.include({ userId: 'user-li', userName: 'li', tenantId: 'qingdao', role: 'platform-admin' });
    expect([...principal.permissions]).to.have.members([...permissions]);
    const kept = await fixture.records.sessions.find().lean();
    expect(kept.map(({ _id }) => _id)).to.deep.equal([createHash('sha256').update(token).digest('hex')]);
    expect(JSON.stringify(kept)).to.not.include(token);
  });

  it('gives each sign-in a token of its own', async () => {
    const tokens = await Promise.all(Array.from({ length: 20 }, async () => (await sessions.begin(user)).token));
    expect(new Set(tokens).size).to.equal(20);
  });

  it('refuses what is no token of its own', async () => {
    const { token, principal } = await sessions.begin(user);
    for (const wrong of ['', 'x', `${token}x`, token.slice(1), principal.sessionId, `${token.slice(0, 42)}!`]) {
      expect(await sessions.authenticate(wrong), wrong).to.equal(undefined);
    }
  });

  it('refuses at once after signing out, cached or not, and tells it', async () => {
    const { token, principal } = await sessions.begin(user);
    await sessions.authenticate(token);
    const ending = sessions.end(principal.sessionId);
    const during = sessions.authenticate(token);
    await ending;
    expect(ended).to.deep.equal([principal.sessionId]);
    expect(await sessions.authenticate(token)).to.equal(undefined);
    expect(await during).to.equal(undefined);
    expect(await fixture.records.sessions.countDocuments()).to.equal(0);
  });

  it('ends when unused for twelve hours', async () => {
    const { token, principal } = await sessions.begin(user);
    clock.advance(idleLimitMs - 1);
    expect(await sessions.authenticate(token)).to.not.equal(undefined);
    clock.advance(idleLimitMs - 1);
    expect(await sessions.authenticate(token), 'use has moved the end').to.not.equal(undefined);
    clock.advance(idleLimitMs);
    expect(await sessions.authenticate(token)).to.equal(undefined);
    expect(ended).to.deep.equal([principal.sessionId]);
  });

  it('ends after seven days however much it is used', async () => {
    const { token } = await sessions.begin(user);
    const stepMs = 6 * 60 * minuteMs;
    for (let usedMs = stepMs; usedMs < absoluteLimitMs; usedMs += stepMs) {
      clock.advance(stepMs);
      expect(await sessions.authenticate(token)).to.not.equal(undefined);
    }
    clock.advance(stepMs);
    expect(await sessions.authenticate(token)).to.equal(undefined);
  });

  it('sees a changed role and a removed user within seconds', async () => {
    const { token } = await sessions.begin(user);
    await sessions.authenticate(token);
    await fixture.records.users.updateOne({ _id: user._id }, { role: 'viewer' });
    clock.advance(5_000);
    expect((await sessions.authenticate(token))?.permissions.has('gateways:enrol')).to.equal(false);
    await fixture.records.users.deleteOne({ _id: user._id });
    clock.advance(5_000);
    expect(await sessions.authenticate(token)).to.equal(undefined);
    expect(ended).to.have.length(1);
  });

  it('gives an unknown role nothing', async () => {
    const { principal } = await sessions.begin({ ...user, role: 'constructor' });
    expect(principal.permissions.size).to.equal(0);
  });

  it('survives a new start of the service', async () => {
    const { token } = await sessions.begin(user);
    const later = new Sessions({ records: fixture.records, clock });
    expect((await later.authenticate(token))?.userName).to.equal('li');
  });

  it('removes sessions that ran out while nobody used them, and tells it', async () => {
    await sessions.start();
    const { principal } = await sessions.begin(user);
    const told = new Promise<string>((resolve) => {
      sessions.ended.on(({ sessionId }) => resolve(sessionId));
    });
    clock.advance(idleLimitMs);
    for (let tries = 0; tries < 5 && ended.length === 0; tries += 1) {
      while (clock.waiting === 0) await new Promise((resolve) => setImmediate(resolve));
      clock.advance(minuteMs);
    }
    expect(await told).to.equal(principal.sessionId);
    expect(await fixture.records.sessions.countDocuments()).to.equal(0);
    await sessions.stop();
    expect(clock.waiting).to.equal(0);
  });
});
