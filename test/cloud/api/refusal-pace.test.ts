import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import express from 'express';
import { refusalPace } from '#cloud/api/refusal-pace';
import { FakeClock } from '../../kit/fake-clock.js';
import { until } from '../../kit/until.js';

describe('refusal pace', () => {
  let server: Server;
  let clock: FakeClock;
  let url = '';

  beforeEach(async () => {
    clock = new FakeClock();
    const application = express();
    application.use(refusalPace({ refusalsPerSecond: 1, clock }));
    application.get('/good', (_, response) => void response.send('good'));
    application.use((_, response) => void response.status(400).send('bad'));
    server = createServer(application);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  async function ask(path: string, token?: string) {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(url + path, { headers });
    return { status: response.status, text: await response.text(), retryAfter: response.headers.get('retry-after') };
  }

  async function spendBurst(token?: string): Promise<void> {
    for (let n = 0; n < 10; n += 1) expect((await ask('/bad', token)).status).to.equal(400);
  }

  it('answers a burst at once, then in turns, good requests too', async () => {
    await spendBurst();
    const late = [ask('/bad'), ask('/good')];
    await until(() => clock.waiting === 2);
    clock.advance(2_000);
    expect((await Promise.all(late)).map(({ status }) => status).sort()).to.deep.equal([200, 400]);
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

  it('counts credentials that were good by themselves: those who share the address do not wait', async () => {
    expect((await ask('/good', 'known')).status).to.equal(200);
    await spendBurst();
    const stranger = ask('/good', 'stranger');
    await until(() => clock.waiting === 1);
    expect((await ask('/good', 'known')).status).to.equal(200);
    clock.advance(1_000);
    expect((await stranger).status).to.equal(200);
  });

  it('forgets a request whose sender has gone', async () => {
    await spendBurst();
    const gone = new AbortController();
    const asked = fetch(`${url}/bad`, { signal: gone.signal }).catch(() => 'gone');
    await until(() => clock.waiting === 1);
    gone.abort();
    expect(await asked).to.equal('gone');
    await until(() => clock.waiting === 0);
  });
});
