import { expect } from 'chai';
import { io, type Socket } from 'socket.io-client';
import { password, ServiceFixture, userNames } from './service-fixture.ts';

interface Entry {
  number: number;
  actor: { kind: string; name: string };
  action: string;
  object: string;
  outcome: string;
  address: string;
  detail: string;
}

describe('users, passwords and audit at the running service', function () {
  this.timeout(60_000);
  let service: ServiceFixture;
  let administrator: string;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    service = new ServiceFixture();
    await service.start();
    administrator = await service.tokenOf(userNames.administrator);
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.disconnect();
    await service.stop();
  });

  const signIn = (user: string, secret: unknown) =>
    service.ask('post', '/api/v1/sessions', { body: { user, password: secret } });
  const change = (token: string, current: unknown, next: string) =>
    service.ask('post', '/api/v1/sessions/current/password', { token, body: { current, next } });
  const statusOf = async (token: string) => (await service.ask('get', '/api/v1/sessions/current', { token })).status;
  const create = async (name: string, role = 'viewer') => {
    const answer = await service.ask('post', '/api/v1/users', { token: administrator, body: { name, role } });
    expect(answer.status, JSON.stringify(answer.body)).to.equal(201);
    return String(answer.body.password);
  };
  const trail = async (token = administrator, query = '') =>
    (await service.ask('get', `/api/v1/audit${query}`, { token })).body as { items: Entry[]; cursor?: string };
  const live = (token: string) =>
    new Promise<Socket>((resolve, reject) => {
      const socket = io(`${service.url}/live`, { transports: ['websocket'], auth: { token }, reconnection: false });
      sockets.push(socket);
      socket.on('connect', () => resolve(socket));
      socket.on('connect_error', reject);
    });

  it('changing the own password ends every other session and its socket, and keeps this one', async () => {
    const here = await service.tokenOf(userNames.viewer);
    const there = await service.tokenOf(userNames.viewer);
    const cut = new Promise((resolve) => void live(there).then((socket) => socket.on('disconnect', resolve)));
    await live(here);
    expect((await change(here, password, 'battery staple')).status).to.equal(204);
    expect(await statusOf(there)).to.equal(401);
    expect(await statusOf(here)).to.equal(200);
    await cut;
    expect(sockets.some((socket) => socket.connected)).to.equal(true);
    expect((await signIn(userNames.viewer, password)).status).to.equal(401);
    expect((await signIn(userNames.viewer, 'battery staple')).status).to.equal(201);
  });

  it('refuses a wrong current password, and a new one that is short, the same or the name', async () => {
    const token = await service.tokenOf(userNames.viewer);
    const codeOf = async (current: string, next: string) => (await change(token, current, next)).body.code;
    expect(await codeOf('wrong horse', 'battery staple')).to.equal('current-password-wrong');
    expect(await codeOf(password, 'short')).to.equal('password-unfit');
    expect(await codeOf(password, password)).to.equal('password-unfit');
    expect(await codeOf(password, 'Password123')).to.equal('password-guessable');
    expect(await codeOf(password, 'gongfu2026')).to.equal('password-guessable');
    const first = await create('long-user-name');
    const own = String((await signIn('long-user-name', first)).body.token);
    expect((await change(own, first, 'Long-User-Name')).body.code).to.equal('password-unfit');
    expect((await signIn(userNames.viewer, password)).status).to.equal(201);
  });

  it('limits guesses of the current password like sign-ins', async () => {
    const token = await service.tokenOf(userNames.viewer);
    for (let n = 0; n < 10; n += 1) expect((await change(token, `guess ${n}`, 'battery staple')).status).to.equal(422);
    expect((await change(token, password, 'battery staple')).status).to.equal(429);
    expect((await signIn(userNames.viewer, password)).status).to.equal(429);
  });

  it('a new user may do nothing but change the password given, then what the role says', async () => {
    const first = await create('赵敏', 'operator');
    const signedIn = await signIn('赵敏', first);
    expect(signedIn.body.user).to.include({ mustChangePassword: true, role: 'operator' });
    expect(signedIn.body.user).to.have.deep.property('permissions', ['session:own']);
    const token = String(signedIn.body.token);
    const withheld = await service.ask('get', '/api/v1/assets', { token });
    expect(withheld.status).to.equal(403);
    expect(withheld.body.code).to.equal('password-change-due');
    expect((await change(token, first, 'battery staple')).status).to.equal(204);
    expect((await service.ask('get', '/api/v1/assets', { token })).status).to.equal(200);
    expect((await service.ask('get', '/api/v1/users', { token })).body.code).to.equal('not-permitted');
    expect((await signIn('赵敏', 'battery staple')).body.user).to.include({ mustChangePassword: false });
  });

  it('lists the users of the tenant without anything secret', async () => {
    await create('wang');
    const { body } = await service.ask('get', '/api/v1/users', { token: administrator });
    const items = body.items as { name: string }[];
    expect(items.map(({ name }) => name)).to.have.members(['chen', 'li', 'none', 'wang', 'yang']);
    const keys = ['name', 'role', 'scope', 'disabled', 'createdAt', 'mustChangePassword', 'hasSecondFactor'];
    for (const item of items) expect(item).to.have.all.keys(...keys);
  });

  it('refuses names that are taken or unfit, roles nobody defined and unknown keys', async () => {
    const ask = (body: unknown) => service.ask('post', '/api/v1/users', { token: administrator, body });
    // Of another tenant: one name signs in to one tenant.
    expect((await ask({ name: userNames.stranger, role: 'viewer' })).body.code).to.equal('user-name-taken');
    for (const body of [
      { name: '', role: 'viewer' },
      { name: 'a b', role: 'viewer' },
      { name: 'ｗａｎｇ', role: 'viewer' },
      { name: 'x'.repeat(65), role: 'viewer' },
      { name: 'wang', role: 'constructor' },
      { name: 'wang', role: 'viewer', tenantId: 'elsewhere' },
    ]) {
      expect((await ask(body)).body.code, JSON.stringify(body)).to.equal('request-invalid');
    }
  });

  it('removing a user and giving a new password end the sessions at once', async () => {
    const token = await service.tokenOf(userNames.viewer);
    const reset = await service.ask('post', `/api/v1/users/${userNames.viewer}/password`, { token: administrator });
    expect(reset.status).to.equal(201);
    expect(await statusOf(token)).to.equal(401);
    expect((await signIn(userNames.viewer, password)).status).to.equal(401);
    const again = await signIn(userNames.viewer, reset.body.password);
    expect(again.body.user).to.include({ mustChangePassword: true });
    const removed = await service.ask('delete', `/api/v1/users/${userNames.viewer}`, { token: administrator });
    expect(removed.status).to.equal(204);
    expect(await statusOf(String(again.body.token))).to.equal(401);
    expect((await signIn(userNames.viewer, reset.body.password)).status).to.equal(401);
  });

  it('never leaves a tenant without administrator, also when two remove each other', async () => {
    const own = await service.ask('delete', `/api/v1/users/${userNames.administrator}`, { token: administrator });
    expect(own.body.code).to.equal('user-own');
    const first = await create('second', 'platform-admin');
    const second = String((await signIn('second', first)).body.token);
    expect((await change(second, first, 'battery staple')).status).to.equal(204);
    const answers = await Promise.all([
      service.ask('delete', '/api/v1/users/second', { token: administrator }),
      service.ask('delete', `/api/v1/users/${userNames.administrator}`, { token: second }),
    ]);
    expect(answers.filter(({ status }) => status === 204)).to.have.length(1);
    const left = (await statusOf(administrator)) === 200 ? administrator : second;
    const { body } = await service.ask('get', '/api/v1/users', { token: left });
    expect((body.items as { role: string }[]).filter(({ role }) => role === 'platform-admin')).to.have.length(1);
  });

  it('writes who did what, from where and how it ended, newest first', async () => {
    await signIn(userNames.viewer, 'my secret guess');
    await signIn('my other secret', 'whatever');
    const viewer = await service.tokenOf(userNames.viewer);
    await service.ask('get', '/api/v1/users', { token: viewer });
    await service.ask('get', '/api/v1/users', { token: 'x' });
    const gateway = await service.ask('post', '/api/v1/gateways', { token: administrator, body: { name: 'line-9' } });
    const publicKey = { kty: 'OKP', crv: 'Ed25519', x: 'B'.repeat(43) };
    const enrol = { gatewayName: 'line-9', publicKey };
    await service.ask('post', '/api/v1/enrolments', { body: { ...enrol, code: 'guessed' } });
    await service.ask('post', '/api/v1/enrolments', { body: { ...enrol, code: gateway.body.code } });
    const first = await create('wang');
    await service.ask('delete', '/api/v1/users/nobody', { token: administrator });
    await service.ask('delete', '/api/v1/sessions/current', { token: viewer });
    const { items } = await trail();
    const told = items.map(({ actor, action, object, outcome, detail }) =>
      [actor.kind === 'unknown' ? '?' : actor.name, action, object, outcome, detail]
        .join('|')
        .replace(/[0-9a-f]{24}/, 'ID'),
    );
    expect(told.reverse()).to.deep.equal([
      'yang|sign-in||done|',
      'li|sign-in||refused|sign-in-refused',
      '?|sign-in||refused|sign-in-refused',
      'li|sign-in||done|',
      'li|get /api/v1/users||refused|not-permitted users:manage',
      'yang|gateway-code-create|line-9|begun|',
      'yang|gateway-code-create|line-9|done|',
      '?|gateway-enrol|line-9|refused|enrolment-code-unknown',
      'line-9|gateway-enrol|line-9|begun|',
      'line-9|gateway-enrol|line-9|done|ID',
      'yang|user-create|wang|begun|role=viewer scope=all',
      'yang|user-create|wang|done|role=viewer scope=all',
      'yang|user-remove|nobody|begun|',
      'yang|user-remove|nobody|refused|user-unknown',
      'li|sign-out||begun|',
      'li|sign-out||done|',
    ]);
    for (const { address } of items) expect(address).to.match(/127\.0\.0\.1$/);
    expect(items.map(({ number }) => number)).to.deep.equal(Array.from({ length: 16 }, (_, n) => 16 - n));
    const text = JSON.stringify(items);
    for (const secret of ['secret', first, String(gateway.body.code), 'guessed']) expect(text).to.not.include(secret);
  });

  it('gives the audit in pages, each tenant its own', async () => {
    for (let n = 0; n < 3; n += 1) await service.tokenOf(userNames.administrator);
    const all = (await trail()).items.map(({ number }) => number);
    const page = await trail(administrator, '?limit=3');
    const rest = await trail(administrator, `?limit=3&cursor=${page.cursor}`);
    expect([...page.items, ...rest.items].map(({ number }) => number)).to.deep.equal(all);
    expect(rest.cursor).to.equal(undefined);
    const stranger = await service.tokenOf(userNames.stranger);
    expect((await trail(stranger)).items.map(({ actor }) => actor.name)).to.deep.equal([userNames.stranger]);
  });
});
