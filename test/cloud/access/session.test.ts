import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { permissions } from '#cloud/access/principal';
import { absoluteLimitMs, idleLimitMs, Sessions } from '#cloud/access/session';
import { accessTokenMs, renewalLeewayMs } from '#cloud/access/token-pairs';
import type { UserRecord } from '#cloud/records/records';
import { FakeClock } from '../../kit/fake-clock.ts';
import { addUser, makeRecords, type RecordsFixture } from './access-fixture.ts';

const minuteMs = 60_000;
const nobody = async (): Promise<void> => expect.fail('no token was used twice');

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  return (error as { code?: string } | undefined)?.code ?? 'no problem';
}

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
    const { token, refreshToken, tokenExpiresAt, expiresAt, principal } = await sessions.begin(user);
    expect(Buffer.from(token, 'base64url')).to.have.length(32);
    expect(expiresAt).to.equal(clock.now() + idleLimitMs);
    expect(tokenExpiresAt).to.equal(clock.now() + accessTokenMs);
    expect(await sessions.authenticate(token)).to.deep.equal(principal);
    expect(principal).to.include({ userId: 'user-li', userName: 'li', tenantId: 'qingdao', role: 'platform-admin' });
    expect([...principal.permissions]).to.have.members([...permissions]);
    const kept = await fixture.records.sessionTokens.find().lean();
    const hashes = [token, refreshToken].map((one) => createHash('sha256').update(one).digest('hex'));
    expect(kept.map(({ _id }) => _id)).to.have.members(hashes);
    const all = JSON.stringify([kept, await fixture.records.sessions.find().lean()]);
    for (const secret of [token, refreshToken]) expect(all).to.not.include(secret);
  });

  it('gives each sign-in a token of its own', async () => {
    const tokens = await Promise.all(Array.from({ length: 20 }, async () => (await sessions.begin(user)).token));
    expect(new Set(tokens).size).to.equal(20);
  });

  it('refuses what is no token of its own', async () => {
    const { token, refreshToken, principal } = await sessions.begin(user);
    for (const wrong of [
      '',
      'x',
      refreshToken,
      `${token}x`,
      token.slice(1),
      principal.sessionId,
      `${token.slice(0, 42)}!`,
    ]) {
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
    expect(await fixture.records.sessionTokens.countDocuments()).to.equal(0);
  });

  it('ends when unused for twelve hours', async () => {
    const { refreshToken, principal } = await sessions.begin(user);
    clock.advance(idleLimitMs - 1);
    const renewed = await sessions.renew(refreshToken, nobody);
    clock.advance(idleLimitMs - 1);
    const again = await sessions.renew(renewed.refreshToken, nobody);
    clock.advance(idleLimitMs);
    expect(await sessions.current(principal.sessionId)).to.equal(undefined);
    expect(await codeOf(sessions.renew(again.refreshToken, nobody))).to.equal('refresh-refused');
    expect(ended).to.deep.equal([principal.sessionId]);
  });

  it('ends after seven days however much it is used', async () => {
    let { refreshToken } = await sessions.begin(user);
    const stepMs = 6 * 60 * minuteMs;
    for (let usedMs = stepMs; usedMs < absoluteLimitMs; usedMs += stepMs) {
      clock.advance(stepMs);
      ({ refreshToken } = await sessions.renew(refreshToken, nobody));
    }
    clock.advance(stepMs);
    expect(await codeOf(sessions.renew(refreshToken, nobody))).to.equal('refresh-refused');
  });

  it('takes a token for a quarter of an hour only, and gives a new pair for the refresh token', async () => {
    const first = await sessions.begin(user);
    clock.advance(accessTokenMs - 1);
    expect(await sessions.authenticate(first.token)).to.not.equal(undefined);
    clock.advance(1);
    expect(await sessions.authenticate(first.token)).to.equal(undefined);
    const second = await sessions.renew(first.refreshToken, nobody);
    expect((await sessions.authenticate(second.token))?.sessionId).to.equal(first.principal.sessionId);
    expect(ended).to.deep.equal([]);
  });

  it('ends the session when a refresh token is used again, whoever comes first, and tells whose it was', async () => {
    const first = await sessions.begin(user);
    const thief = await sessions.renew(first.refreshToken, nobody);
    clock.advance(renewalLeewayMs + 1);
    const told: string[] = [];
    const code = await codeOf(sessions.renew(first.refreshToken, async ({ userName }) => void told.push(userName)));
    expect(code).to.equal('refresh-refused');
    expect(told).to.deep.equal(['li']);
    expect(ended).to.deep.equal([first.principal.sessionId]);
    expect(await sessions.authenticate(thief.token)).to.equal(undefined);
    expect(await codeOf(sessions.renew(thief.refreshToken, nobody))).to.equal('refresh-refused');
  });

  it('forgives a second use at once: an answer was lost, or a tab was doubled', async () => {
    const { refreshToken } = await sessions.begin(user);
    const pairs = await Promise.all([1, 2, 3].map(() => sessions.renew(refreshToken, nobody)));
    for (const { token } of pairs) expect(await sessions.authenticate(token)).to.not.equal(undefined);
    clock.advance(renewalLeewayMs);
    const later = await Promise.all(pairs.map((pair) => sessions.renew(pair.refreshToken, nobody)));
    expect(new Set(later.map(({ token }) => token)).size).to.equal(3);
    expect(ended).to.deep.equal([]);
  });

  it('takes no access token, nonsense or token of an ended session for a refresh token', async () => {
    const { token, refreshToken, principal } = await sessions.begin(user);
    for (const wrong of ['', 'x', token, `${refreshToken}x`, '{"$ne":null}']) {
      expect(await codeOf(sessions.renew(wrong, nobody)), wrong).to.equal('refresh-refused');
    }
    await sessions.end(principal.sessionId);
    expect(await codeOf(sessions.renew(refreshToken, nobody))).to.equal('refresh-refused');
  });

  it('lists the sessions of a user with device and last use, and not those of others', async () => {
    const other = await addUser(fixture.records, { name: 'wang' });
    await sessions.begin(other);
    const desk = await sessions.begin(user, { address: '10.0.0.1', device: 'desk'.repeat(100) });
    clock.advance(10 * minuteMs);
    const phone = await sessions.begin(user, { address: '10.0.0.2', device: 'phone' });
    clock.advance(4 * minuteMs);
    await sessions.authenticate(desk.token);
    const listed = await sessions.listOf(user._id);
    expect(listed.map(({ _id }) => _id)).to.deep.equal([desk, phone].map(({ principal }) => principal.sessionId));
    expect(listed[0]).to.include({ address: '10.0.0.1', lastSeenAt: clock.now() });
    expect(listed[0]?.device).to.have.length(200);
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

  it('opens nothing while the tenant is suspended, and goes on after', async () => {
    const { token, principal } = await sessions.begin(user);
    await sessions.authenticate(token);
    const { tenants } = fixture.records;
    await tenants.create({ _id: 'qingdao', name: { zh: '青岛', en: 'Qingdao' }, suspendedAt: 1 });
    await sessions.reloadAllOfTenant('qingdao');
    expect(await sessions.authenticate(token)).to.equal(undefined);
    expect(ended).to.deep.equal([principal.sessionId]);
    await tenants.updateOne({ _id: 'qingdao' }, { $set: { suspendedAt: null } });
    expect((await sessions.authenticate(token))?.userName).to.equal('li');
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
