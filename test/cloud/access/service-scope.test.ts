import { expect } from 'chai';
import { io, type Socket } from 'socket.io-client';
import { type Answer, password, ServiceFixture, userNames } from './service-fixture.ts';

const time = 'from=2026-01-01T00:00:00.000Z&to=2026-01-02T00:00:00.000Z';

describe('scopes and rights at the running service', function () {
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

  const get = (token: string, address: string) => service.ask('get', `/api/v1${address}`, { token });
  const idsIn = (answer: Answer) => (answer.body.items as { id: string }[]).map(({ id }) => id);
  const change = (name: string, body: object, token = administrator) =>
    service.ask('patch', `/api/v1/users/${name}`, { token, body });
  const create = (name: string, body: object, token = administrator) =>
    service.ask('post', '/api/v1/users', { token, body: { name, ...body } });
  const live = (token: string) =>
    new Promise<Socket>((resolve, reject) => {
      const socket = io(`${service.url}/live`, { transports: ['websocket'], auth: { token }, reconnection: false });
      sockets.push(socket);
      socket.on('connect', () => resolve(socket));
      socket.on('connect_error', reject);
    });
  /** A user who has changed the first password, with a token. */
  const signedIn = async (name: string, rights: object) => {
    const first = String((await create(name, rights)).body.password);
    const { body } = await service.ask('post', '/api/v1/sessions', { body: { user: name, password: first } });
    const token = String(body.token);
    await service.ask('post', '/api/v1/sessions/current/password', { token, body: { current: first, next: password } });
    return token;
  };

  it('shows of the plant what lies in the scope and nothing else, on every route over it', async () => {
    const token = await service.tokenOf(userNames.scoped);
    const assets = await get(token, '/assets');
    expect(idsIn(assets)).to.deep.equal(['site.line-2']);
    expect((assets.body.items as { parentId: unknown }[])[0]?.parentId).to.equal(null);
    expect(idsIn(await get(token, '/tags'))).to.deep.equal(['2']);
    expect(idsIn(await get(token, '/gateways'))).to.deep.equal(['gateway-1']);
    for (const [inside, outside] of [
      [`/tags/2/samples?${time}`, `/tags/1/samples?${time}`],
      [`/tags/2/series?${time}`, `/tags/3/series?${time}`],
      [`/series?tags=2&${time}`, `/series?tags=2,1&${time}`],
      [`/statistics?tags=2&${time}`, `/statistics?tags=2,3&${time}`],
      ['/latest?tags=2', '/latest?tags=2,1'],
      [`/kpis?asset=site.line-2&${time}`, `/kpis?asset=site&${time}`],
      [`/assets/site.line-2/states?${time}`, `/assets/site.line-1/states?${time}`],
      [`/assets/site.line-2/losses?${time}`, `/assets/site.line-1/losses?${time}`],
      [`/assets/site.line-2/windows?${time}`, `/assets/site.line-1/windows?${time}`],
    ] as const) {
      expect((await get(token, inside)).status, inside).to.equal(200);
      const refused = await get(token, outside);
      const never = await get(
        token,
        outside.replace(/site(\.line-1)?(?=[/&])/, 'no-such').replace(/\b[13]\b(?=\/|$)/, '99'),
      );
      expect(refused.status, outside).to.equal(404);
      expect(refused.body.code).to.equal(never.body.code);
    }
  });

  it('lets nobody follow what lies outside the scope', async () => {
    const socket = await live(await service.tokenOf(userNames.scoped));
    expect(await socket.emitWithAck('subscribe', { tags: ['2'], assets: ['site.line-2'] })).to.include({ ok: true });
    for (const [request, code] of [
      [{ tags: ['2', '1'] }, 'live-tag-unknown'],
      [{ tags: ['3'] }, 'live-tag-unknown'],
      [{ assets: ['site'] }, 'live-asset-unknown'],
      [{ assets: ['site.line-1'] }, 'live-asset-unknown'],
    ] as const) {
      expect(await socket.emitWithAck('subscribe', request)).to.have.nested.property('problem.code', code);
    }
  });

  it('a change of role or scope holds at once, for requests and sockets, and keeps the session', async () => {
    const token = await service.tokenOf(userNames.viewer);
    const socket = await live(token);
    const cut = new Promise((resolve) => socket.on('disconnect', resolve));
    expect(idsIn(await get(token, '/assets'))).to.have.length(3);
    const changed = await change(userNames.viewer, { scope: ['site.line-1'], role: 'operator' });
    expect(changed.body).to.deep.include({ scope: ['site.line-1'], role: 'operator', disabled: false });
    expect(idsIn(await get(token, '/assets'))).to.deep.equal(['site.line-1']);
    await cut;
    expect((await get(token, '/sessions/current')).body.user).to.deep.include({
      role: 'operator',
      scope: ['site.line-1'],
    });
    await change(userNames.viewer, { scope: null });
    expect(idsIn(await get(token, '/assets'))).to.have.length(3);
  });

  it('a disabled user is out at once and may come back', async () => {
    const token = await service.tokenOf(userNames.viewer);
    const socket = await live(token);
    const cut = new Promise((resolve) => socket.on('disconnect', resolve));
    expect((await change(userNames.viewer, { disabled: true })).status).to.equal(200);
    expect((await get(token, '/assets')).status).to.equal(401);
    await cut;
    const signIn = (secret: string) =>
      service.ask('post', '/api/v1/sessions', { body: { user: userNames.viewer, password: secret } });
    expect((await signIn(password)).body.code).to.equal('user-disabled');
    expect((await signIn('not it')).body.code, 'told to nobody who guesses').to.equal('sign-in-refused');
    await change(userNames.viewer, { disabled: false });
    expect((await signIn(password)).status).to.equal(201);
  });

  it('nobody gives or takes rights beyond their own', async () => {
    const token = await signedIn('tan', { role: 'tenant-admin' });
    expect((await create('eve', { role: 'platform-admin' }, token)).body.code).to.equal('rights-beyond-own');
    expect((await change('tan', { role: 'platform-admin' }, token)).body.code).to.equal('user-own');
    expect((await change(userNames.viewer, { role: 'platform-admin' }, token)).body.code).to.equal('rights-beyond-own');
    const reset = await service.ask('post', `/api/v1/users/${userNames.administrator}/password`, { token });
    expect(reset.body.code, 'a new password would lend the rights').to.equal('rights-beyond-own');
    const removed = await service.ask('delete', `/api/v1/users/${userNames.administrator}`, { token });
    expect(removed.body.code).to.equal('rights-beyond-own');
    expect((await create('eve', { role: 'operator', scope: ['site.line-1'] }, token)).status).to.equal(201);
  });

  it('an administrator with a scope administers nothing', async () => {
    const token = await signedIn('part', { role: 'tenant-admin', scope: ['site.line-1'] });
    for (const address of ['/users', '/audit']) expect((await get(token, address)).status).to.equal(403);
    expect(idsIn(await get(token, '/assets'))).to.deep.equal(['site.line-1']);
  });

  it('refuses scopes of assets that are not there, empty ones, and unknown users', async () => {
    const unknown = await create('eve', { role: 'viewer', scope: ['site', 'elsewhere'] });
    expect(unknown.body).to.deep.include({ code: 'scope-asset-unknown', status: 422 });
    expect(unknown.body.places).to.deep.equal([{ where: 'body.scope.1', what: 'no such asset' }]);
    expect((await create('eve', { role: 'viewer', scope: [] })).body.code).to.equal('request-invalid');
    expect((await change(userNames.viewer, { scope: ['elsewhere'] })).body.code).to.equal('scope-asset-unknown');
    expect((await change('nobody', { role: 'viewer' })).body.code).to.equal('user-unknown');
    expect((await change(userNames.stranger, { role: 'viewer' })).body.code).to.equal('user-unknown');
    expect((await change(userNames.administrator, { disabled: true })).body.code).to.equal('user-own');
  });

  it('tells the audit what was given, and every read that was denied', async () => {
    await create('eve', { role: 'operator', scope: ['site.line-1'] });
    const token = await service.tokenOf(userNames.scoped);
    for (let times = 0; times < 3; times += 1) await get(token, `/tags/1/samples?${time}`);
    await get(token, `/kpis?asset=site&${time}`);
    await get(token, '/audit');
    const socket = await live(token);
    await socket.emitWithAck('subscribe', { tags: ['1'] });
    const refused = () => get(administrator, `/audit?actor=${userNames.scoped}&outcome=refused`);
    // A socket is answered while its denial is still being written.
    let asked = await refused();
    while ((asked.body.items as unknown[]).length < 4) asked = await refused();
    const told = (items: unknown) =>
      (items as Record<string, string>[]).map(({ action, object, detail }) => [action, object, detail].join(' | '));
    expect(told(asked.body.items)).to.deep.equal([
      'live subscribe |  | live-tag-unknown',
      'get /api/v1/audit |  | not-permitted audit:read',
      'get /api/v1/kpis | site | asset-unknown',
      'get /api/v1/tags/{id}/samples | 1 | not-found',
    ]);
    const given = await get(administrator, '/audit?action=user-create&object=eve&outcome=done');
    expect(told(given.body.items)).to.deep.equal(['user-create | eve | role=operator scope=site.line-1']);
    expect((await get(administrator, '/audit?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z')).status).to.equal(400);
    expect((await get(administrator, '/audit?outcome=lost')).body.code).to.equal('request-invalid');
  });

  it('understands the one administrator of earlier versions', async () => {
    expect((await create('wang', { role: 'administrator' })).body.role).to.equal('tenant-admin');
  });
});
