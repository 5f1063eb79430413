import { expect } from 'chai';
import { io } from 'socket.io-client';
import { password, ServiceFixture, userNames } from './service-fixture.ts';

const name = { zh: '三厂', en: 'Third' };

describe('tenants of the installation over HTTP', () => {
  const service = new ServiceFixture();
  let token: string;
  const ask = (method: string, path: string, body?: unknown, by = token) =>
    service.ask(method, `/api/v1${path}`, { token: by, body });
  const listed = async (id: string) => {
    const { items } = (await ask('get', '/tenants')).body as { items: { id: string }[] };
    return items.find((tenant) => tenant.id === id);
  };
  const signIn = (user: string, secret: string) =>
    service.ask('post', '/api/v1/sessions', { body: { user, password: secret } });

  before(async () => {
    await service.start();
    token = await service.tokenOf(userNames.administrator);
  });
  after(() => service.stop());

  it('are made with an administrator who sees nothing of the others', async () => {
    const made = await ask('post', '/tenants', { id: 'third', name, administrator: 'xu' });
    expect(made.status, JSON.stringify(made.body)).to.equal(201);
    expect(await listed('third')).to.deep.include({ name, users: 1, gateways: 0, suspendedAt: null });
    const first = await signIn('xu', String(made.body.password));
    const change = { current: made.body.password, next: 'seven green umbrellas' };
    const own = String(first.body.token);
    expect((await ask('post', '/sessions/current/password', change, own)).status).to.equal(204);
    expect((await ask('get', '/assets', undefined, own)).body).to.deep.equal({ items: [] });
    expect((await ask('get', '/tenants', undefined, own)).status).to.equal(403);
  });

  it('are not made twice, and not without the administrator they were to have', async () => {
    expect((await ask('post', '/tenants', { id: 'third', name, administrator: 'qin' })).body.code).to.equal(
      'tenant-exists',
    );
    expect((await ask('post', '/tenants', { id: 'fourth', name, administrator: 'xu' })).body.code).to.equal(
      'user-name-taken',
    );
    expect(await listed('fourth')).to.equal(undefined);
  });

  it('let nobody in while they are suspended, cut who is in, and have everything as before afterwards', async () => {
    const stranger = await service.tokenOf(userNames.stranger);
    const wanted = { name: 'BI', permissions: ['assets:read'] };
    const key = String((await ask('post', '/api-keys', wanted, stranger)).body.key);
    const socket = io(`${service.url}/live`, { transports: ['websocket'], auth: { token: stranger }, forceNew: true });
    const cut = new Promise<string>((resolve) => socket.on('disconnect', resolve));
    await new Promise<void>((resolve) => socket.on('connect', resolve));
    expect((await ask('post', '/tenants/elsewhere/suspension')).status).to.equal(204);
    for (const one of [stranger, key]) expect((await ask('get', '/assets', undefined, one)).status).to.equal(401);
    expect((await signIn(userNames.stranger, password)).body.code).to.equal('tenant-suspended');
    expect((await signIn(userNames.stranger, 'not it')).body.code).to.equal('sign-in-refused');
    await cut;
    socket.disconnect();
    expect(await listed('elsewhere'))
      .to.have.property('suspendedAt')
      .that.is.a('string');
    expect((await ask('delete', '/tenants/elsewhere/suspension')).status).to.equal(204);
    for (const one of [stranger, key]) expect((await ask('get', '/assets', undefined, one)).status).to.equal(200);
  });

  it('cannot be suspended by their own people, nor when there is none of that id', async () => {
    expect((await ask('post', '/tenants/default/suspension')).body.code).to.equal('tenant-own');
    expect((await ask('post', '/tenants/none/suspension')).body.code).to.equal('tenant-unknown');
    expect((await ask('delete', '/tenants/none/suspension')).body.code).to.equal('tenant-unknown');
  });
});
