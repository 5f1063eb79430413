import { expect } from 'chai';
import { io, type Socket } from 'socket.io-client';
import { password, ServiceFixture, userNames } from './service-fixture.ts';

interface Listed {
  id: string;
  device: string;
  address: string;
  current: boolean;
}

describe('sessions at the running service', function () {
  this.timeout(60_000);
  const service = new ServiceFixture();
  const sockets: Socket[] = [];

  before(() => service.start());
  after(() => service.stop());
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.disconnect();
  });

  const open = async (user: string) =>
    (await service.ask('post', '/api/v1/sessions', { body: { user, password } })).body as {
      token: string;
      refreshToken: string;
    };
  const refresh = (refreshToken: unknown) =>
    service.ask('post', '/api/v1/sessions/refresh', { body: { refreshToken } });
  const list = async (token: string) =>
    (await service.ask('get', '/api/v1/sessions', { token })).body.items as Listed[];
  const statusOf = async (token: string) => (await service.ask('get', '/api/v1/sessions/current', { token })).status;
  const end = async (path: string, token: string) => (await service.ask('delete', path, { token })).status;
  /** Resolves when the socket of that token has been cut. */
  const cutOf = (token: string) =>
    new Promise<{ cut: Promise<unknown> }>((resolve, reject) => {
      const socket = io(`${service.url}/live`, { transports: ['websocket'], auth: { token }, reconnection: false });
      sockets.push(socket);
      const cut = new Promise((told) => socket.on('disconnect', told));
      socket.on('connect', () => resolve({ cut }));
      socket.on('connect_error', reject);
    });

  it('renews the tokens, says who it is, and goes on with the same session', async () => {
    const first = await open(userNames.viewer);
    const { status, body } = await refresh(first.refreshToken);
    expect(status).to.equal(200);
    expect(body).to.have.all.keys('token', 'tokenExpiresAt', 'refreshToken', 'expiresAt', 'user');
    expect(body.user).to.include({ name: userNames.viewer });
    const token = String(body.token);
    expect((await list(token)).filter(({ current }) => current)).to.have.length(1);
    expect((await list(token)).find(({ current }) => current)?.id).to.equal(
      (await list(first.token)).find(({ current }) => current)?.id,
    );
    for (const wrong of ['x', first.token, 'A'.repeat(43)]) {
      expect((await refresh(wrong)).body.code).to.equal('refresh-refused');
    }
    for (const wrong of ['', { $ne: null }, null]) expect((await refresh(wrong)).body.code).to.equal('request-invalid');
  });

  it('lists the own sessions, ends one of them with its socket, then all others', async () => {
    const [here, phone, tablet] = [
      await open(userNames.viewer),
      await open(userNames.viewer),
      await open(userNames.viewer),
    ];
    const listed = await list(phone.token);
    expect(listed.every(({ device, address }) => device !== '' && address.endsWith('127.0.0.1'))).to.equal(true);
    const { cut } = await cutOf(phone.token);
    const phoneId = listed.find(({ current }) => current)?.id;
    expect(await end(`/api/v1/sessions/${phoneId}`, here.token)).to.equal(204);
    await cut;
    expect(await statusOf(phone.token)).to.equal(401);
    expect((await refresh(phone.refreshToken)).status).to.equal(401);
    expect(await end('/api/v1/sessions', here.token)).to.equal(204);
    expect(await statusOf(tablet.token)).to.equal(401);
    expect(await list(here.token)).to.have.length(1);
  });

  it('ends no session of somebody else, and shows none', async () => {
    const [viewer, other] = [await open(userNames.viewer), await open(userNames.scoped)];
    const id = (await list(other.token))[0]?.id;
    const refused = await service.ask('delete', `/api/v1/sessions/${id}`, { token: viewer.token });
    expect(refused.body.code).to.equal('session-unknown');
    expect((await list(viewer.token)).map((session) => session.id)).to.not.include(id);
    expect(await statusOf(other.token)).to.equal(200);
  });

  it('an administrator sees and ends the sessions of a user, in the own tenant only', async () => {
    const administrator = (await open(userNames.administrator)).token;
    const viewer = await open(userNames.viewer);
    const path = `/api/v1/users/${userNames.viewer}/sessions`;
    const { body } = await service.ask('get', path, { token: administrator });
    expect(body.items).to.be.an('array').that.is.not.empty;
    const { cut } = await cutOf(viewer.token);
    expect(await end(path, (await open(userNames.stranger)).token)).to.equal(404);
    expect(await end(path, viewer.token)).to.equal(403);
    expect(await statusOf(viewer.token)).to.equal(200);
    expect(await end(path, administrator)).to.equal(204);
    await cut;
    expect(await statusOf(viewer.token)).to.equal(401);
  });
});
