import { request } from 'node:http';
import { expect } from 'chai';
import type { Route } from '#cloud/api/route';
import { declaredRoutes, nameOf } from './route-list.ts';
import { password, ServiceFixture, userNames } from './service-fixture.ts';

/** What a page of another site could make a browser send: it cannot set Authorization, nor send JSON without asking first. */
const formTypes = ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x'];

describe('pages of other sites, and headers on every answer', function () {
  this.timeout(60_000);
  const service = new ServiceFixture();
  let routes: Route[];
  let token: string;

  before(async () => {
    await service.start();
    routes = await declaredRoutes();
    token = await service.tokenOf(userNames.administrator);
  });
  after(() => service.stop());

  const addressOf = (route: Route) => service.url + route.path.replace(/\{\w+\}/g, 'no-such');

  it('no answer lets another site read it or keeps anything in the browser, on every route', async () => {
    for (const route of routes) {
      for (const [method, headers] of [
        [route.method.toUpperCase(), { origin: 'https://evil.example' }],
        [
          'OPTIONS',
          {
            origin: 'https://evil.example',
            'access-control-request-method': 'POST',
            'access-control-request-headers': 'authorization',
          },
        ],
      ] as const) {
        const response = await fetch(addressOf(route), { method, headers });
        await response.arrayBuffer();
        const names = [...response.headers.keys()];
        expect(
          names.filter((name) => name.startsWith('access-control') || name === 'set-cookie'),
          nameOf(route),
        ).to.deep.equal([]);
      }
    }
  });

  it('takes no form for JSON, on every route with a body, not even to sign somebody in', async () => {
    const withBody = routes.filter(({ body }) => body !== undefined);
    expect(withBody.length).to.be.greaterThan(10);
    const body = JSON.stringify({ user: userNames.viewer, password });
    for (const route of withBody) {
      for (const type of formTypes) {
        const headers = { 'content-type': type, authorization: `Bearer ${token}` };
        const response = await fetch(addressOf(route), { method: route.method.toUpperCase(), headers, body });
        const problem = (await response.json()) as { code: string };
        expect(response.status, `${nameOf(route)} ${type}`).to.equal(415);
        expect(problem.code).to.equal('body-unreadable');
      }
    }
  });

  it('takes a token from the header only: not from the address, a cookie or a form', async () => {
    const asks: [string, Record<string, string>][] = [
      [`/api/v1/users?token=${token}`, {}],
      [`/api/v1/users?access_token=${token}`, {}],
      ['/api/v1/users', { cookie: `token=${token}; gongfu.token=${token}` }],
      ['/api/v1/users', { 'x-access-token': token }],
      ['/api/v1/users', { authorization: token }],
      [
        '/api/v1/users',
        { authorization: `Basic ${Buffer.from(`${userNames.viewer}:${password}`).toString('base64')}` },
      ],
    ];
    for (const [address, headers] of asks)
      expect((await fetch(service.url + address, { headers })).status).to.equal(401);
    expect(
      (await fetch(`${service.url}/api/v1/users`, { headers: { authorization: `Bearer ${token}` } })).status,
    ).to.equal(200);
  });

  it('sends the same guards with every kind of answer: page, data, problems, what is not understood', async () => {
    const answers: [string, RequestInit, number[]][] = [
      ['/', {}, [200]],
      ['/gateways', {}, [200]],
      ['/healthz', {}, [200]],
      ['/api/v1/sessions/current', { headers: { authorization: `Bearer ${token}` } }, [200]],
      ['/api/v1/sessions/current', {}, [401]],
      ['/api/v1/nothing', {}, [404]],
      ['/assets/nothing.js', {}, [404]],
      ['/api/v1/sessions', { method: 'PUT' }, [405]],
      ['/api/v1/sessions', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{' }, [400]],
      ['/%c0%ae', {}, [400]],
    ];
    for (const [address, init, statuses] of answers) {
      const { status, headers } = await fetch(service.url + address, init);
      expect(status, address).to.be.oneOf(statuses);
      const policy = new Map(
        (headers.get('content-security-policy') ?? '').split(';').map((rule) => {
          const [name = '', ...sources] = rule.trim().split(' ');
          return [name, sources.join(' ')];
        }),
      );
      // No script but the page's own files; nothing is sent elsewhere; nobody frames it.
      const rules = {
        'default-src': "'self'",
        'script-src': "'self'",
        'connect-src': "'self'",
        'object-src': "'none'",
      };
      for (const [name, sources] of Object.entries({
        ...rules,
        'frame-ancestors': "'none'",
        'base-uri': "'self'",
        'form-action': "'self'",
      }))
        expect(policy.get(name), `${address} ${name}`).to.equal(sources);
      expect(headers.get('x-content-type-options'), address).to.equal('nosniff');
      expect(headers.get('x-frame-options'), address).to.equal('DENY');
      expect(headers.get('referrer-policy'), address).to.equal('no-referrer');
      expect(headers.get('cross-origin-opener-policy'), address).to.equal('same-origin');
      expect(headers.get('cross-origin-resource-policy'), address).to.equal('same-origin');
      expect(headers.get('x-powered-by'), address).to.equal(null);
      if (address.startsWith('/api/')) expect(headers.get('cache-control'), address).to.equal('no-store');
    }
  });

  it('has no script in the page itself', async () => {
    const page = await (await fetch(service.url)).text();
    expect(page).to.include('<script');
    expect(page.match(/<script(?![^>]*\bsrc=)/g), 'a script without a file').to.equal(null);
    expect(page.match(/\son\w+=/g), 'a handler in the markup').to.equal(null);
  });

  it('opens neither socket for a page of another site, with a good token or without', async () => {
    const { host } = new URL(service.url);
    const upgrade = (origin: string | undefined) =>
      new Promise<number>((resolve, reject) => {
        const asked = request(`${service.url}/socket.io/?EIO=4&transport=websocket`, {
          headers: {
            ...(origin === undefined ? {} : { origin }),
            connection: 'Upgrade',
            upgrade: 'websocket',
            'sec-websocket-version': '13',
            'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
          },
        });
        asked.on('response', (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        });
        asked.on('upgrade', (response, socket) => {
          socket.destroy();
          resolve(response.statusCode ?? 0);
        });
        asked.on('error', reject);
        asked.end();
      });
    for (const origin of [
      'https://evil.example',
      'null',
      `http://${host}.evil.example`,
      `http://evil.example/${host}`,
      'http://127.0.0.1:1',
    ])
      expect(await upgrade(origin), origin).to.equal(403);
    for (const origin of [undefined, service.url]) expect(await upgrade(origin), String(origin)).to.equal(101);
  });
});
