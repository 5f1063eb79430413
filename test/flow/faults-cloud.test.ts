import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { silentLogger } from '@gongfu/shared/base/logger';
import type { LiveAnswer } from '@gongfu/shared/wire/live';
import { expect } from 'chai';
import { io } from 'socket.io-client';
import { hashPassword } from '#cloud/access/password';
import { failuresMax } from '#cloud/access/sign-in';
import { connectRecords } from '#cloud/records/connect';
import { Api } from '../kit/api.ts';
import { CountingServer } from '../kit/counting-server.ts';
import { temporaryFolder } from '../kit/folders.ts';
import { counterSource, gatewayConfig, isDrained, untilHealth } from '../kit/gateway.ts';
import { problemOf } from '../kit/problem.ts';
import { type RunningCloud, startCloud, startEdge } from '../kit/programs.ts';

const plant = `tenant: { id: acme, name: { zh: 甲, en: Acme } }
assets: [{ id: hall, level: site, name: { zh: 车间, en: Hall } }]
`;
const stranger = { user: 'stranger', password: 'a stranger came by' };
const viewer = { user: 'viewer', password: 'looks and never touches' };

type Question = [method: string, path: string, status: number, code: string, body?: unknown];

describe('flow: faults of requests', function () {
  this.timeout(60_000);
  const data = temporaryFolder();
  const server = new CountingServer();
  let cloud: RunningCloud;
  let api: Api;
  let gatewayId: string;
  let tag: string;

  before(async () => {
    const plantFile = `${data.folder}/plant.yaml`;
    writeFileSync(plantFile, plant);
    await seedPeople();
    cloud = await startCloud({ dataDir: `${data.folder}/cloud`, plantFile });
    api = new Api(cloud.url);
    await api.signIn({ user: 'admin', password: 'the administrator himself' });
    const source = counterSource(await server.start());
    const config = gatewayConfig({ name: 'own', url: cloud.url, buffer: `${data.folder}/buffer`, sources: source });
    const edge = await startEdge({ config, env: { GONGFU_CODE: await api.code('own') } });
    await untilHealth(edge, (health) => isDrained(health) && health.buffer.lastSequence > 2);
    await edge.stop();
    tag = await api.tag('count');
    gatewayId = (await api.get<{ items: { id: string }[] }>('/api/v1/gateways')).items[0]!.id;
  });
  after(async () => {
    await cloud?.stop();
    await server.stop();
    data.remove();
  });

  const ask = (method: string, path: string, body?: unknown, token = api.token, type = 'application/json') =>
    fetch(cloud.url + path, {
      method,
      headers: { 'content-type': type, ...(token === '' ? {} : { authorization: `Bearer ${token}` }) },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  const expectProblems = async (questions: readonly Question[], token?: string) => {
    for (const [method, path, status, code, body] of questions) {
      const problem = await problemOf(await ask(method, path, body, token));
      expect([method, path, problem.status, problem.code]).to.deep.equal([method, path, status, code]);
    }
  };

  it('a body that cannot be read, is too large, of another type, or does not fit', async () => {
    await expectProblems([
      ['POST', '/api/v1/sessions', 400, 'body-unreadable', '{"user":'],
      ['POST', '/api/v1/sessions', 400, 'body-unreadable', '"text"'],
      ['POST', '/api/v1/sessions', 413, 'body-too-large', { user: 'a', password: 'x'.repeat(300_000) }],
      ['POST', '/api/v1/sessions', 400, 'request-invalid', []],
      ['POST', '/api/v1/sessions', 400, 'request-invalid', { user: 'a', password: 'b', admin: true }],
      ['POST', '/api/v1/gateways', 400, 'request-invalid', { name: '../../etc' }],
      ['POST', '/api/v1/gateways', 400, 'request-invalid', { name: { $gt: '' } }],
      ['POST', '/api/v1/enrolments', 400, 'request-invalid', { code: 'A', gatewayName: 'b', publicKey: {} }],
    ]);
    const text = await problemOf(await ask('POST', '/api/v1/sessions', 'user=a', '', 'text/plain'));
    expect([text.status, text.code]).to.deep.equal([415, 'body-unreadable']);
    const fields = await problemOf(await ask('POST', '/api/v1/sessions', { usr: 'a' }, ''));
    expect(fields.places!.map(({ where }) => where)).to.include.members(['body.user', 'body.password']);
  });

  it('a wrong method, a wrong path, a path no one can read', async () => {
    await expectProblems([
      ['PUT', '/api/v1/tags', 405, 'method-not-allowed'],
      ['DELETE', '/api/v1/gateways', 405, 'method-not-allowed'],
      ['POST', '/healthz', 405, 'method-not-allowed', {}],
      ['GET', '/api/v1/enrolments', 405, 'method-not-allowed'],
      ['GET', '/api/v1/tagz', 404, 'not-found'],
      ['GET', '/api', 404, 'not-found'],
      ['POST', '/nowhere', 404, 'not-found', {}],
      ['GET', '/assets/none.js', 404, 'not-found'],
      ['GET', '/assets/..%2f..%2fpackage.json', 404, 'not-found'],
      ['GET', '/api/v1/tags/%E0%A4%A/samples', 400, 'request-invalid'],
    ]);
    const refused = await ask('PUT', '/api/v1/gateways', {});
    expect(refused.headers.get('allow')).to.equal('GET, POST, HEAD');
  });

  it('values that mean nothing, ids that do not exist', async () => {
    const range = 'from=0&to=4000000000000';
    await expectProblems([
      ['GET', `/api/v1/tags/${tag}/samples?from=yesterday&to=1`, 400, 'request-invalid'],
      ['GET', `/api/v1/tags/${tag}/samples?from=2026-11-23T08:00:00&to=1`, 400, 'request-invalid'],
      ['GET', `/api/v1/tags/${tag}/samples?${range}&limit=0`, 400, 'request-invalid'],
      ['GET', `/api/v1/tags/${tag}/samples?${range}&limit=1&limit=2`, 400, 'request-invalid'],
      ['GET', `/api/v1/tags/${tag}/samples?${range}&limitt=5`, 400, 'request-invalid'],
      ['GET', `/api/v1/tags/${tag}/samples?${range}&cursor=forged`, 400, 'cursor-invalid'],
      ['GET', `/api/v1/tags/${tag}/series?${range}&points=1e9`, 400, 'request-invalid'],
      ['GET', `/api/v1/tags/one/series?${range}`, 400, 'request-invalid'],
      ['GET', `/api/v1/tags?cursor=${encodeURIComponent("1'; DROP TABLE x")}`, 400, 'request-invalid'],
      ['GET', '/api/v1/latest', 400, 'request-invalid'],
      ['GET', `/api/v1/latest?tags=${tag},x`, 400, 'request-invalid'],
      ['GET', `/api/v1/kpis?asset=hall&window=year&${range}`, 400, 'request-invalid'],
      ['GET', `/api/v1/tags/999999/samples?${range}`, 404, 'not-found'],
      ['GET', `/api/v1/latest?tags=${tag},999999`, 404, 'not-found'],
      ['GET', `/api/v1/gaps?${range}&gateway=none`, 404, 'not-found'],
      ['GET', `/api/v1/kpis?asset=none&${range}`, 404, 'asset-unknown'],
      ['DELETE', '/api/v1/gateways/none', 404, 'gateway-unknown'],
    ]);
    for (const path of [`tags/${tag}/samples?`, `tags/${tag}/series?`, 'gaps?', 'kpis?asset=hall&window=custom&']) {
      const turned = await problemOf(await ask('GET', `/api/v1/${path}from=9&to=1`));
      expect(turned.status, path).to.be.within(400, 422);
    }
  });

  it('nobody, somebody without the permission, somebody of another tenant', async () => {
    const guarded: Question[] = [
      ['GET', '/api/v1/tags', 401, 'not-signed-in'],
      ['GET', '/api/v1/gateways', 401, 'not-signed-in'],
      ['DELETE', `/api/v1/gateways/${gatewayId}`, 401, 'not-signed-in'],
    ];
    await expectProblems(guarded, '');
    await expectProblems(guarded, 'x'.repeat(200));
    const looking = new Api(cloud.url);
    await looking.signIn(viewer);
    await expectProblems(
      [
        ['POST', '/api/v1/gateways', 403, 'not-permitted', { name: 'mine' }],
        ['DELETE', `/api/v1/gateways/${gatewayId}`, 403, 'not-permitted'],
      ],
      looking.token,
    );
    const other = new Api(cloud.url);
    await other.signIn(stranger);
    const range = 'from=0&to=4000000000000';
    // The very words for what does not exist: not even its being there is told.
    await expectProblems(
      [
        ['GET', `/api/v1/tags/${tag}/samples?${range}`, 404, 'not-found'],
        ['GET', `/api/v1/tags/${tag}/series?${range}`, 404, 'not-found'],
        ['GET', `/api/v1/latest?tags=${tag}`, 404, 'not-found'],
        ['GET', `/api/v1/gaps?${range}&gateway=${gatewayId}`, 404, 'not-found'],
        ['GET', `/api/v1/kpis?asset=hall&${range}`, 404, 'asset-unknown'],
        ['DELETE', `/api/v1/gateways/${gatewayId}`, 404, 'gateway-unknown'],
      ],
      other.token,
    );
    for (const list of ['tags', 'gateways', 'assets', `gaps?${range}`, `tags?gateway=${gatewayId}`])
      expect(await other.get(`/api/v1/${list}`), list).to.deep.include({ items: [] });
    const live = await subscribed(other.token, { tags: [tag] });
    expect(live).to.deep.include({ ok: false });
    expect(live.ok ? '' : live.problem.code).to.equal('live-tag-unknown');
    expect((await api.samples(tag)).length, 'its owner sees it').to.be.greaterThan(0);
  });

  it('a flood of sign-ins is held back with 429 and the time to wait; who is in stays in', async () => {
    const answers: number[] = [];
    // From one address, whatever the names: what a program does that knows a list of them.
    for (let n = 0; n < failuresMax.ofAddress; n += 1)
      answers.push((await ask('POST', '/api/v1/sessions', { user: `guess-${n}`, password: 'guess' }, '')).status);
    expect(new Set(answers)).to.deep.equal(new Set([401]));
    const held = await ask('POST', '/api/v1/sessions', { user: 'admin', password: 'guess' }, '');
    expect(Number(held.headers.get('retry-after'))).to.be.within(1, 300);
    expect(await problemOf(held)).to.include({ status: 429, code: 'sign-in-too-often' });
    expect((await ask('GET', '/api/v1/tags')).status).to.equal(200);
    expect(cloud.process.exitCode).to.equal(null);
    expect(cloud.stderr()).to.not.match(/"level":50|\n\s+at /);
  });

  /** People no route can make yet: written through the very models, before the service opens the folder. */
  async function seedPeople(): Promise<void> {
    const records = await connectRecords({ folder: `${data.folder}/cloud/records`, log: silentLogger });
    const people = [
      { user: 'admin', password: 'the administrator himself', tenantId: 'acme', role: 'administrator' },
      { ...viewer, tenantId: 'acme', role: 'viewer' },
      { ...stranger, tenantId: 'other', role: 'administrator' },
    ];
    await records.tenants.create({ _id: 'other', name: { zh: '乙', en: 'Other' } });
    for (const { user: name, password, tenantId, role } of people) {
      const passwordHash = await hashPassword(password);
      await records.users.create({ _id: randomUUID(), name, tenantId, role, passwordHash, createdAt: 0 });
    }
    await records.close();
  }

  async function subscribed(token: string, request: object): Promise<LiveAnswer> {
    const socket = io(`${cloud.url}/live`, { transports: ['websocket'], auth: { token }, forceNew: true });
    try {
      return (await socket.timeout(5000).emitWithAck('subscribe', request)) as LiveAnswer;
    } finally {
      socket.disconnect();
    }
  }
});
