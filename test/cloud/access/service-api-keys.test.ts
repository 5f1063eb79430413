import { expect } from 'chai';
import { io, type Socket } from 'socket.io-client';
import { ServiceFixture, userNames } from './service-fixture.ts';

describe('api keys at the running service', function () {
  this.timeout(60_000);
  const service = new ServiceFixture();
  const sockets: Socket[] = [];
  let administrator: string;

  before(async () => {
    await service.start();
    administrator = await service.tokenOf(userNames.administrator);
  });
  after(async () => {
    for (const socket of sockets) socket.disconnect();
    await service.stop();
  });

  const make = async (body: object, token = administrator) => service.ask('post', '/api/v1/api-keys', { token, body });
  const get = (token: string, address: string) => service.ask('get', `/api/v1${address}`, { token });
  const live = (token: string) =>
    new Promise<Socket>((resolve, reject) => {
      const socket = io(`${service.url}/live`, { transports: ['websocket'], auth: { token }, reconnection: false });
      sockets.push(socket);
      socket.on('connect', () => resolve(socket));
      socket.on('connect_error', reject);
    });

  it('reads over HTTP and follows live, within its permissions and scope, and manages nothing', async () => {
    const permissions = ['assets:read', 'samples:read', 'tags:read', 'live:follow'];
    const made = await make({ name: 'BI 报表', permissions, scope: ['site.line-2'] });
    expect(made.status).to.equal(201);
    expect(made.body).to.deep.include({ name: 'BI 报表', maker: 'yang', expired: false, lastUsedAt: null });
    const key = String(made.body.key);
    expect(((await get(key, '/assets')).body.items as { id: string }[]).map(({ id }) => id)).to.deep.equal([
      'site.line-2',
    ]);
    expect((await get(key, '/latest?tags=1')).status).to.equal(404);
    for (const address of ['/sessions/current', '/sessions', '/users', '/api-keys', '/audit', '/gateways']) {
      const { status, body } = await get(key, address);
      expect(status, address).to.equal(403);
      expect(body.detail).to.include('the key BI 报表');
    }
    const socket = await live(key);
    expect(await socket.emitWithAck('subscribe', { tags: ['2'] })).to.include({ ok: true });
    expect(await socket.emitWithAck('subscribe', { tags: ['1'] })).to.have.nested.property(
      'problem.code',
      'live-tag-unknown',
    );
    const cut = new Promise((resolve) => socket.on('disconnect', resolve));
    const listed = (await get(administrator, '/api-keys')).body.items as { id: string; lastUsedFrom: string }[];
    expect(listed).to.have.length(1);
    expect(JSON.stringify(listed)).to.not.include(key.slice(4));
    expect(listed[0]?.lastUsedFrom).to.match(/127\.0\.0\.1$/);
    const revoked = await service.ask('delete', `/api/v1/api-keys/${made.body.id}`, { token: administrator });
    expect(revoked.status).to.equal(204);
    expect((await get(key, '/assets')).status).to.equal(401);
    await cut;
    await live(key).then(
      () => expect.fail('a revoked key opened a socket'),
      (error: Error & { data?: { code: string } }) => expect(error.data?.code).to.equal('live-sign-in-required'),
    );
  });

  it('writes what it does under its own name into the audit', async () => {
    const { body } = await make({ name: 'fitter', permissions: ['gateways:enrol', 'gateways:read'] });
    const token = String(body.key);
    expect((await service.ask('post', '/api/v1/gateways', { token, body: { name: 'line-7' } })).status).to.equal(201);
    await get(token, '/tags');
    const { items } = (await get(administrator, '/audit?limit=3')).body as { items: Record<string, unknown>[] };
    expect(items.map(({ action, outcome }) => [action, outcome])).to.deep.equal([
      ['get /api/v1/tags', 'refused'],
      ['gateway-code-create', 'done'],
      ['gateway-code-create', 'begun'],
    ]);
    for (const { actor } of items) expect(actor).to.deep.include({ kind: 'api-key', id: body.id, name: 'fitter' });
  });

  it('refuses what cannot be meant, naming it', async () => {
    const good = { name: 'x', permissions: ['assets:read'] };
    for (const [body, where] of [
      [{ ...good, name: '' }, 'body.name'],
      [{ ...good, permissions: [] }, 'body.permissions'],
      [{ ...good, permissions: ['assets:read', 'everything'] }, 'body.permissions.1'],
      [{ ...good, permissions: ['assets:read', 'users:manage'] }, 'body.permissions.1'],
      [{ ...good, scope: [] }, 'body.scope'],
      [{ ...good, scope: ['nowhere'] }, 'body.scope.0'],
      [{ ...good, expiresAt: 'tomorrow' }, 'body.expiresAt'],
      [{ ...good, expiresAt: '2020-01-01T00:00:00Z' }, 'body.expiresAt'],
    ] as const) {
      const answer = await make(body);
      expect(answer.status, JSON.stringify(body)).to.be.oneOf([400, 422]);
      expect((answer.body.places as { where: string }[])[0]?.where).to.equal(where);
    }
  });
});
