import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { silentLogger } from '@gongfu/shared/base/logger';
import { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import { z } from 'zod';
import { createApplication } from '#cloud/api/application';
import { refusalTurns } from '#cloud/api/refusal-pace';
import { publicRoute } from '#cloud/api/route';
import { refuseUnreadable } from '#cloud/api/unreadable-request';
import { FakeClock } from '../../kit/fake-clock.ts';
import { until } from '../../kit/until.ts';
import { noAudit } from '../access/access-fixture.ts';

const good = publicRoute({
  method: 'get',
  path: '/api/v1/good',
  summary: 'Good',
  status: 200,
  reply: z.object({}),
  handle: async () => ({}),
});

const often = publicRoute({
  method: 'get',
  path: '/api/v1/often',
  summary: 'Asked too often already',
  status: 200,
  reply: z.object({}),
  handle: async () => {
    throw new Problem({ code: 'too-often', detail: 'a', advice: 'b', reaction: 'retry', status: 429, retryAfterMs: 1 });
  },
});

/** At one refusal a second. */
const burst = 3;

describe('refusal pace', () => {
  let server: Server;
  let clock: FakeClock;
  let url = '';
  let unreadable = 0;

  beforeEach(async () => {
    clock = new FakeClock();
    const refusals = refusalTurns({ refusalsPerSecond: 1, clock });
    server = createServer(
      createApplication({
        routes: [good, often],
        authenticator: { authenticate: async () => undefined, current: async () => undefined },
        audit: noAudit,
        homeTenantId: 't',
        webFolder: '/nowhere',
        refusals,
        clock,
        log: silentLogger,
      }),
    );
    unreadable = 0;
    const onUnreadable = (): void => {
      unreadable += 1;
    };
    refuseUnreadable(server, { refusals, clock, onUnreadable });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  async function ask(path: string, token?: string) {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(`${url}/api/v1${path}`, { headers });
    return { status: response.status, text: await response.text(), retryAfter: response.headers.get('retry-after') };
  }

  /** All that is said until the connection ends. */
  function answerTo(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let answer = '';
      const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text));
      socket.setEncoding('utf8').on('data', (part: string) => {
        answer += part;
      });
      socket.on('error', reject).on('close', () => resolve(answer));
    });
  }

  async function spendBurst(token?: string): Promise<void> {
    for (let n = 0; n < burst; n += 1) expect((await ask('/bad', token)).status).to.equal(404);
  }

  it('answers a burst at once, then in turns, good requests too', async () => {
    await spendBurst();
    const late = [ask('/bad'), ask('/good')];
    await until(() => clock.waiting === 2);
    clock.advance(2_000);
    expect((await Promise.all(late)).map(({ status }) => status).sort()).to.deep.equal([200, 404]);
    clock.advance(1_000);
    expect((await ask('/good')).status).to.equal(200);
  });

  it('tells whose turn is too far off that it is, late, with the time to wait', async () => {
    await spendBurst();
    const late = Array.from({ length: 3 }, () => ask('/bad'));
    await until(() => clock.waiting === 3);
    clock.advance(2_000);
    const refused = (await Promise.all(late)).filter(({ status }) => status === 429);
    expect(refused).to.have.length(1);
    expect(JSON.parse(refused[0]!.text)).to.include({ code: 'refused-too-often' });
    expect(Number(refused[0]!.retryAfter)).to.be.within(1, 3);
  });

  it('counts who asks on after having been told to wait', async () => {
    for (let n = 0; n < burst; n += 1) expect((await ask('/often')).status).to.equal(429);
    const late = ask('/good');
    await until(() => clock.waiting === 1);
    clock.advance(1_000);
    expect((await late).status).to.equal(200);
  });

  it('answers what is no request in the same turns, and says it only once', async () => {
    for (let n = 0; n < burst; n += 1) expect(await answerTo('no HTTP\r\n\r\n')).to.match(/^HTTP\/1.1 400 /);
    const late = [answerTo('no HTTP\r\n\r\nagain\r\n\r\n'), ask('/good'), answerTo('no HTTP either\r\n\r\n')];
    await until(() => clock.waiting === 3);
    expect(unreadable).to.equal(burst + 2);
    clock.advance(2_000);
    const [first, good, second] = await Promise.all(late);
    expect(good).to.include({ status: 200 });
    for (const answer of [first, second]) expect(String(answer).match(/HTTP\/1.1 400 /g)).to.have.length(1);
    expect(unreadable).to.equal(burst + 2);
  });

  it('forgets what is no request when its sender has gone', async () => {
    for (let n = 0; n < burst; n += 1) await answerTo('no HTTP\r\n\r\n');
    const gone = connect(Number(new URL(url).port), '127.0.0.1', () => gone.write('no HTTP\r\n\r\n'));
    await until(() => clock.waiting === 1);
    gone.destroy();
    await until(() => clock.waiting === 0);
  });

  it('counts credentials that were good by themselves: those who share the address do not wait', async () => {
    expect((await ask('/good', 'known')).status).to.equal(200);
    await spendBurst();
    const stranger = ask('/good', 'stranger');
    await until(() => clock.waiting === 1);
    expect((await ask('/good', 'known')).status).to.equal(200);
    clock.advance(1_000);
    expect((await stranger).status).to.equal(200);
  });

  it('lets no probe wait, because what asks would restart the service', async () => {
    await spendBurst();
    for (const path of ['/healthz', '/readyz', '/metrics']) expect((await fetch(url + path)).status).to.equal(404);
    expect(clock.waiting).to.equal(0);
  });

  it('forgets a request whose sender has gone', async () => {
    await spendBurst();
    const gone = new AbortController();
    const asked = fetch(`${url}/api/v1/bad`, { signal: gone.signal }).catch(() => 'gone');
    await until(() => clock.waiting === 1);
    gone.abort();
    expect(await asked).to.equal('gone');
    await until(() => clock.waiting === 0);
  });
});
