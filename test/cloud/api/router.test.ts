import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import { z } from 'zod';
import type { Principal } from '#cloud/access/principal';
import { createApplication } from '#cloud/api/application';
import { openApiDocument } from '#cloud/api/openapi';
import { refusalTurns } from '#cloud/api/refusal-pace';
import { guardedRoute, publicRoute, type Route } from '#cloud/api/route';
import { noAudit } from '../access/access-fixture.ts';

const routes: Route[] = [
  publicRoute({
    method: 'post',
    path: '/api/v1/echo/{id}',
    summary: 'Echo',
    params: z.object({ id: z.string().regex(/^\d+$/, 'expected a number') }),
    query: z.strictObject({ limit: z.string().optional() }),
    body: z.strictObject({ a: z.number(), b: z.string() }),
    status: 201,
    reply: z.object({ sum: z.string() }),
    handle: async ({ params, body }) => ({ sum: `${params.id}${body.a}${body.b}` }),
  }),
  publicRoute({
    method: 'get',
    path: '/api/v1/broken',
    summary: 'Fails inside',
    status: 200,
    reply: z.object({}),
    handle: async () => {
      throw new Error('secret of the inside');
    },
  }),
  publicRoute({
    method: 'get',
    path: '/api/v1/busy',
    summary: 'Too busy',
    status: 200,
    reply: z.object({}),
    handle: async () => {
      const advice = 'Wait.';
      throw new Problem({ code: 'busy', detail: 'busy', advice, reaction: 'retry', status: 429, retryAfterMs: 1500 });
    },
  }),
  guardedRoute({
    method: 'get',
    path: '/api/v1/mine',
    permission: 'tags:read',
    summary: 'Mine',
    status: 200,
    reply: z.object({ tenant: z.string() }),
    handle: async (_request, { tenantId }) => ({ tenant: tenantId }),
  }),
  guardedRoute({
    method: 'post',
    path: '/api/v1/many',
    permission: 'tags:read',
    summary: 'Count many',
    body: z.record(z.string(), z.number()),
    status: 201,
    reply: z.object({ count: z.number() }),
    handle: async ({ body }) => ({ count: Object.keys(body).length }),
  }),
];

const principal = (permissions: readonly 'tags:read'[]): Principal => ({
  kind: 'user',
  userId: 'u',
  userName: 'u',
  tenantId: 't',
  role: 'r',
  sessionId: 's',
  permissions: new Set(permissions),
  scope: null,
});

describe('api: router', () => {
  let server: Server;
  let url = '';

  before(async () => {
    const authenticator = {
      authenticate: async (token: string) =>
        token === 'may' ? principal(['tags:read']) : token === 'may-not' ? principal([]) : undefined,
      current: async () => undefined,
    };
    server = createServer(
      createApplication({
        routes,
        authenticator,
        audit: noAudit,
        homeTenantId: 't',
        webFolder: '/nowhere',
        refusals: refusalTurns({ refusalsPerSecond: 1_000, clock: systemClock }),
        clock: systemClock,
        log: silentLogger,
      }),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  after(() => {
    server.closeAllConnections();
    server.close();
  });

  async function ask(path: string, init: RequestInit = {}) {
    const response = await fetch(url + path, init);
    const text = await response.text();
    const problem = response.headers.get('content-type')?.startsWith('application/problem+json')
      ? JSON.parse(text)
      : undefined;
    return { status: response.status, headers: response.headers, text, problem };
  }

  const post = (path: string, body: string, type = 'application/json') =>
    ask(path, { method: 'POST', body, headers: { 'content-type': type } });

  it('answers a good request', async () => {
    const { status, text } = await post('/api/v1/echo/7?limit=1', '{"a":1,"b":"x"}');
    expect([status, JSON.parse(text)]).to.deep.equal([201, { sum: '71x' }]);
  });

  it('names every wrong place of a part at once', async () => {
    const { status, problem } = await post('/api/v1/echo/7', '{"a":"one","c":1}');
    expect(status).to.equal(400);
    expect(problem).to.include({ code: 'request-invalid', status: 400, type: 'about:blank' });
    expect(problem.places.map(({ where }: { where: string }) => where)).to.include.members(['body.a', 'body.b']);
    expect((await post('/api/v1/echo/x', '{"a":1,"b":"x"}')).problem.detail).to.contain('expected a number');
    expect((await post('/api/v1/echo/7?limt=1', '{"a":1,"b":"x"}')).problem.detail).to.contain('limt');
  });

  it('reads more of somebody it knows than of a stranger, and from nobody more members than anybody needs', async () => {
    const body = (members: number) => `{${Array.from({ length: members }, (_, n) => `"k${n}":0`).join()}}`;
    const send = (members: number) =>
      ask('/api/v1/many', {
        method: 'POST',
        body: body(members),
        headers: { 'content-type': 'application/json', authorization: 'Bearer may' },
      });
    expect([(await send(10_000)).text, (await send(10_001)).problem.detail]).to.deep.equal([
      '{"count":10000}',
      'the body cannot be read: its objects have more than 10000 members',
    ]);
    expect((await post('/api/v1/echo/7', body(2_500))).problem).to.include({ code: 'body-too-large', status: 413 });
    const { problem } = await post('/api/v1/echo/7', body(1_000));
    expect(problem.code).to.equal('request-invalid');
    expect(problem.detail.length, 'not every key is named').to.be.lessThan(1_500);
  });

  it('refuses a body that is no JSON, too large, or of another type', async () => {
    expect((await post('/api/v1/echo/7', '{"a":')).problem).to.include({ code: 'body-unreadable', status: 400 });
    const large = JSON.stringify({ a: 1, b: 'x'.repeat(300_000) });
    expect((await post('/api/v1/echo/7', large)).problem).to.include({ code: 'body-too-large', status: 413 });
    expect((await post('/api/v1/echo/7', 'a=1&b=2', 'application/x-www-form-urlencoded')).status).to.equal(415);
    const deep = `${'['.repeat(65)}${']'.repeat(65)}`;
    expect((await post('/api/v1/echo/7', deep)).problem.detail).to.contain('deeper than 64');
    const text = JSON.stringify({ a: 1, b: `\\"${'['.repeat(65)}` });
    expect((await post('/api/v1/echo/7', text)).status, 'brackets in a text').to.equal(201);
    const polluting = '{"a":1,"b":"x","__proto__":{"polluted":true}}';
    expect((await post('/api/v1/echo/7', polluting)).status).to.be.oneOf([201, 400]);
    expect(({} as { polluted?: boolean }).polluted).to.equal(undefined);
  });

  it('never shows the inside of a failure', async () => {
    const { status, text, problem } = await ask('/api/v1/broken');
    expect([status, problem.code]).to.deep.equal([500, 'internal']);
    expect(text).not.to.match(/secret|at .*\.js|stack/);
  });

  it('tells when to come again', async () => {
    const { headers, problem } = await ask('/api/v1/busy');
    expect([headers.get('retry-after'), problem.code]).to.deep.equal(['2', 'busy']);
  });

  it('asks for a token, then for the permission', async () => {
    const withToken = (token: string) => ask('/api/v1/mine', { headers: { authorization: token } });
    expect((await ask('/api/v1/mine')).problem.code).to.equal('not-signed-in');
    expect((await withToken('Bearer unknown')).status).to.equal(401);
    expect((await withToken('Basic bWF5')).status).to.equal(401);
    expect((await withToken('Bearer may-not')).problem.code).to.equal('not-permitted');
    expect((await withToken('Bearer may')).text).to.equal('{"tenant":"t"}');
  });

  it('knows nothing else under /api, and leaves odd paths alone', async () => {
    expect((await ask('/api/v1/nothing')).problem).to.include({ code: 'not-found', status: 404 });
    expect((await ask('/api/v1/mine', { method: 'POST' })).problem).to.include({
      code: 'method-not-allowed',
      status: 405,
    });
    for (const path of ['/..%2f..%2fetc%2fpasswd', '/%00', '/assets/..%5c..%5cpackage.json', '/%E0%A4%A']) {
      const { status, text } = await ask(path);
      expect(status, path).to.be.oneOf([400, 404]);
      expect(text, path).not.to.contain('root:');
    }
  });

  it('survives a request that is no HTTP', async () => {
    await new Promise<void>((resolve) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.end('\u0000\u0001 nonsense\r\n\r\n'));
      socket.on('close', () => resolve());
      socket.resume();
    });
    expect((await post('/api/v1/echo/7', '{"a":1,"b":"x"}')).status).to.equal(201);
  });

  it('sends the security headers', async () => {
    const { headers } = await ask('/api/v1/nothing');
    expect(headers.get('content-security-policy')).to.contain("script-src 'self'").and.not.contain('unsafe-eval');
    expect(headers.get('x-content-type-options')).to.equal('nosniff');
    expect(headers.get('x-powered-by')).to.equal(null);
  });

  it('describes every route in OpenAPI from the same schemas', () => {
    const document = openApiDocument(routes, '1') as {
      openapi: string;
      paths: Record<
        string,
        Record<string, { security: object[]; requestBody?: object; parameters?: { name: string }[] }>
      >;
    };
    expect(document.openapi).to.equal('3.1.0');
    for (const route of routes) expect(document.paths[route.path], route.path).to.have.property(route.method);
    const echo = document.paths['/api/v1/echo/{id}']!.post!;
    expect(echo.parameters?.map(({ name }) => name)).to.deep.equal(['id', 'limit']);
    expect(JSON.stringify(echo.requestBody)).to.contain('"required":["a","b"]');
    expect(document.paths['/api/v1/mine']!.get!.security).to.deep.equal([{ session: [] }]);
  });
});
