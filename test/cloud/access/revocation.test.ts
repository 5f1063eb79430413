import { expect } from 'chai';
import { io, type Socket } from 'socket.io-client';
import { addUser } from './access-fixture.ts';
import { password, ServiceFixture, userNames } from './service-fixture.ts';

/** What is promised: neither a request nor a socket goes on for longer after rights were taken. */
const cutWithinMs = 5_000;

/** Who loses something, how, and what is left for requests with the same token: 401 nothing, 200 what is still allowed. */
interface Loss {
  readonly how: string;
  readonly left: 200 | 401;
  take(who: { name: string; token: string; sessionId: string; keyId: string }): Promise<{ status: number }>;
}

describe('what was taken is gone for requests and sockets within five seconds', function () {
  this.timeout(60_000);
  const makers = ['maker-1', 'maker-2', 'maker-3', 'maker-4'];
  const losers = Array.from({ length: 10 }, (_, n) => `loser-${n}`);
  const service = new ServiceFixture(async (records) => {
    for (const name of losers) await addUser(records, { name, tenantId: 'default', role: 'operator', password });
    for (const name of makers) await addUser(records, { name, tenantId: 'default', role: 'platform-admin', password });
  });
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

  const change = (name: string, body: object) =>
    service.ask('patch', `/api/v1/users/${name}`, { token: administrator, body });
  const remove = (path: string, token = administrator) => service.ask('delete', `/api/v1${path}`, { token });
  const openSocket = (token: string) =>
    new Promise<Socket>((resolve, reject) => {
      const auth = { token };
      const socket = io(`${service.url}/live`, {
        transports: ['websocket'],
        auth,
        reconnection: false,
        forceNew: true,
      });
      sockets.push(socket);
      socket.on('connect', () => resolve(socket));
      socket.on('connect_error', reject);
    });
  const statusOf = async (token: string) => (await service.ask('get', '/api/v1/assets', { token })).status;
  const goneAfterMs = async (token: string, left: number, take: () => Promise<{ status: number }>): Promise<number> => {
    expect(await statusOf(token)).to.equal(200);
    const socket = await openSocket(token);
    const cut = new Promise((resolve) => socket.on('disconnect', resolve));
    const start = performance.now();
    expect((await take()).status).to.be.oneOf([200, 201, 204]);
    expect(await statusOf(token), 'requests').to.equal(left);
    await cut;
    return performance.now() - start;
  };

  const losses: Loss[] = [
    { how: 'signs out', left: 401, take: ({ token }) => remove('/sessions/current', token) },
    { how: 'ends that session', left: 401, take: ({ token, sessionId }) => remove(`/sessions/${sessionId}`, token) },
    {
      how: 'is signed out everywhere by an administrator',
      left: 401,
      take: ({ name }) => remove(`/users/${name}/sessions`),
    },
    {
      how: 'gets a new password from an administrator',
      left: 401,
      take: ({ name }) => service.ask('post', `/api/v1/users/${name}/password`, { token: administrator }),
    },
    { how: 'is disabled', left: 401, take: ({ name }) => change(name, { disabled: true }) },
    { how: 'is removed', left: 401, take: ({ name }) => remove(`/users/${name}`) },
    { how: 'gets another role', left: 200, take: ({ name }) => change(name, { role: 'viewer' }) },
    { how: 'sees a smaller part', left: 200, take: ({ name }) => change(name, { scope: ['site.line-1'] }) },
  ];
  for (const [place, { how, left, take }] of losses.entries()) {
    it(`a user who ${how}`, async () => {
      const name = losers[place] ?? '';
      const token = await service.tokenOf(name);
      const { body } = await service.ask('get', '/api/v1/sessions', { token });
      const sessionId = (body.items as { id: string }[])[0]?.id ?? '';
      expect(await goneAfterMs(token, left, () => take({ name, token, sessionId, keyId: '' }))).to.be.below(
        cutWithinMs,
      );
    });
  }

  const keyLosses: Loss[] = [
    { how: 'is revoked', left: 401, take: ({ keyId }) => remove(`/api-keys/${keyId}`) },
    { how: 'was made by somebody who is disabled', left: 401, take: ({ name }) => change(name, { disabled: true }) },
    { how: 'was made by somebody who is removed', left: 401, take: ({ name }) => remove(`/users/${name}`) },
    {
      how: 'was made by somebody who has less now',
      left: 200,
      take: ({ name }) => change(name, { role: 'enterprise-clerk' }),
    },
  ];
  for (const [place, { how, left, take }] of keyLosses.entries()) {
    it(`a key that ${how}`, async () => {
      const name = makers[place] ?? '';
      const { body } = await service.ask('post', '/api/v1/api-keys', {
        token: await service.tokenOf(name),
        body: { name: `key ${place}`, permissions: ['assets:read', 'samples:read', 'live:follow'] },
      });
      const key = String(body.key);
      const keyId = String(body.id);
      expect(await goneAfterMs(key, left, () => take({ name, token: key, sessionId: '', keyId }))).to.be.below(
        cutWithinMs,
      );
    });
  }

  it('a key whose time has come', async () => {
    const { body } = await service.ask('post', '/api/v1/api-keys', {
      token: administrator,
      body: { name: 'short', permissions: ['assets:read', 'live:follow'], expiresAt: String(Date.now() + 1_500) },
    });
    const key = String(body.key);
    const socket = await openSocket(key);
    await new Promise((resolve) => socket.on('disconnect', resolve));
    expect(Date.now() - Date.parse(String(body.expiresAt))).to.be.below(cutWithinMs);
    expect(await statusOf(key)).to.equal(401);
  });
});
