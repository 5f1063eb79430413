import { readFileSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { Api } from '../kit/api.ts';
import { temporaryFolder } from '../kit/folders.ts';
import { expectNoInside, problemOf } from '../kit/problem.ts';
import { type RunningCloud, startCloud } from '../kit/programs.ts';
import { answersIn, sendRaw } from '../kit/raw-http.ts';
import { checkoutFolder } from '../kit/source-tree.ts';

const post = (path: string, ...headers: string[]) =>
  [`POST ${path} HTTP/1.1`, 'Host: cloud.example', 'Content-Type: application/json', ...headers, '', ''].join('\r\n');
const signIn = '/api/v1/sessions';

/** Everything somebody who means harm sends to an HTTP door. Each test ends with the question whether others are served. */
describe('flow: abuse over HTTP', function () {
  this.timeout(60_000);
  const data = temporaryFolder();
  let cloud: RunningCloud;
  let api: Api;

  before(async () => {
    cloud = await startCloud({ dataDir: data.folder });
    api = new Api(cloud.url);
    await api.signIn(cloud);
  });
  afterEach('still serves everybody else', async () => {
    expect(cloud.process.exitCode).to.equal(null);
    expect((await fetch(`${cloud.url}/healthz`)).status).to.equal(200);
    expect((await api.get<{ items: unknown[] }>('/api/v1/gateways')).items).to.be.an('array');
  });
  after(async () => {
    await cloud?.stop();
    data.remove();
  });

  const ask = (path: string, init: RequestInit = {}) => fetch(cloud.url + path, init);
  const send = (path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
    ask(path, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
  const refused = async (response: Response, status: number, code: string): Promise<void> => {
    const problem = await problemOf(response);
    expect([response.status, problem.code], problem.detail).to.deep.equal([status, code]);
  };

  for (const [whose, path, status] of [
    ['that is asked for', signIn, 413],
    ['of somebody not signed in', '/api/v1/gateways', 401],
    ['to an address that takes none', '/api/v1/nothing', 404],
    ['to the page', '/', 404],
  ] as const) {
    it(`cuts a body without end ${whose}: ${status} after little of it`, async () => {
      const part = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536, 0x20), Buffer.from('\r\n')]);
      const most = 10 * 1024 ** 3;
      let sent = 0;
      const answer = await sendRaw(cloud.url, post(path, 'Transfer-Encoding: chunked'), () => {
        sent += part.length;
        return sent > most ? undefined : part;
      });
      expect(answer.status, answer.text).to.equal(status);
      expect(answer.text).to.contain('application/problem+json');
      expectNoInside(answer.text);
      expect(answer.sentBytes).to.be.below(most / 4);
    });
  }

  it('refuses a body announced to be larger than it may be before any of it comes', async () => {
    const answer = await sendRaw(cloud.url, post(signIn, 'Content-Length: 10737418240'));
    expect([answer.status, answer.text.includes('"body-too-large"')]).to.deep.equal([413, true]);
  });

  it('unpacks no bomb: gzip, gzip in gzip, and what it does not know', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 ** 2, 0x20), { level: 9 });
    await refused(await send(signIn, bomb, { 'content-encoding': 'gzip' }), 413, 'body-too-large');
    await refused(await send(signIn, gzipSync(bomb), { 'content-encoding': 'gzip' }), 413, 'body-too-large');
    const nested = gzipSync(gzipSync(Buffer.alloc(1024 ** 2, 0x20)));
    await refused(await send(signIn, nested, { 'content-encoding': 'gzip' }), 400, 'body-unreadable');
    for (const encoding of ['gzip, gzip', 'zstd', 'compress'])
      await refused(await send(signIn, nested, { 'content-encoding': encoding }), 415, 'body-unreadable');
    await refused(await send(signIn, 'no gzip at all', { 'content-encoding': 'gzip' }), 400, 'body-unreadable');
  });

  it('takes JSON of any depth, breadth and key for what it is: not a request of its interface', async () => {
    const deep = 100_000;
    const wide = (keys: number) => `{${Array.from({ length: keys }, (_, n) => `"k${n}":0`).join()}}`;
    const bearer = { authorization: `Bearer ${api.token}` };
    const users = '/api/v1/users';
    await refused(await send(users, `{"name":${'['.repeat(deep)}${']'.repeat(deep)}}`, bearer), 400, 'body-unreadable');
    await refused(await send(users, wide(15_000), bearer), 400, 'body-unreadable');
    await refused(await send(users, wide(9_000), bearer), 400, 'request-invalid');
    await refused(await send(users, wide(1_000_000), bearer), 413, 'body-too-large');
    // Of a stranger less is read.
    await refused(await send(signIn, `{"user":${'['.repeat(5_000)}${']'.repeat(5_000)}}`), 400, 'body-unreadable');
    await refused(await send(signIn, '['.repeat(deep)), 413, 'body-too-large');
    await refused(await send(signIn, wide(1_500)), 400, 'request-invalid');
    for (const body of [
      '{"user":{"$ne":null},"password":{"$ne":null}}',
      '{"user":{"$gt":""},"password":"x"}',
      '{"user":"admin","password":"x","$where":"while(true);"}',
      '{"user":"admin","password":"x","__proto__":{"role":"platform-admin"}}',
      '{"user":"admin","password":"x","constructor":{"prototype":{"x":1}}}',
      '{"user":["admin"],"password":"x"}',
      '[{"user":"admin","password":"x"}]',
      '"admin"',
      'null',
    ])
      expect((await problemOf(await send(signIn, body))).status, body).to.equal(400);
    // Of two keys of one name the last one counts, as JSON.parse has it: never a mixture.
    const twice = `{"user":"admin","password":${JSON.stringify(cloud.password)},"password":"wrong"}`;
    await refused(await send(signIn, twice), 401, 'sign-in-refused');
    for (const query of ['$where=1', 'limit[$gt]=1', '__proto__[x]=1', 'constructor=1', 'limit=1&limit=2&limit=3'])
      expect((await problemOf(await ask(`/api/v1/tags?${query}`, { headers: bearer }))).status, query).to.equal(400);
  });

  it('lets nobody out of the folder of the page', async () => {
    const secret = join(data.folder, 'cloud-secret.txt');
    const assets = join(checkoutFolder, 'cloud/web-dist/assets');
    for (const path of [
      '/../package.json',
      '/assets/../../package.json',
      '/assets/..%2f..%2fpackage.json',
      '/assets/%2e%2e/%2e%2e/package.json',
      '/assets/%2e%2e%2f%2e%2e%2fpackage.json',
      '/assets/..%5c..%5cpackage.json',
      '/assets/..\\..\\package.json',
      '/assets/....//....//package.json',
      '/assets/%252e%252e%252fpackage.json',
      '/assets/index.js%00.css',
      '/%00',
      '//etc/passwd',
      '/assets//etc/passwd',
      `/assets/${'../'.repeat(40)}etc/passwd`,
      `/assets/${encodeURIComponent(secret)}`,
      '/.git/config',
      '/assets/.env',
    ]) {
      const answer = await sendRaw(cloud.url, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      // What is no file is an address of the page: it is answered with the page itself, or not at all.
      const isPage = answer.text.includes('<div id="root">');
      if (!isPage) expect(answer.status, path).to.be.oneOf([400, 403, 404]);
      expect(answer.text, path).not.to.match(/root:.*:0:0|"@gongfu|"gongfu"|\[core\]/);
      expectNoInside(answer.text);
    }
    expect(readFileSync(join(checkoutFolder, 'package.json'), 'utf8')).to.contain('"gongfu"');
    const link = join(assets, `way-out-${process.pid}.js`);
    symlinkSync(join(checkoutFolder, 'package.json'), link);
    try {
      const outside = await ask(`/assets/way-out-${process.pid}.js`);
      expect(await outside.text()).not.to.contain('"gongfu"');
      expect(outside.status).to.equal(404);
    } finally {
      unlinkSync(link);
    }
  });

  it('takes nothing a page of another origin can send without asking', async () => {
    const form = new URLSearchParams({ user: cloud.user, password: cloud.password! }).toString();
    for (const origin of ['https://evil.example', 'null']) {
      for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x'])
        await refused(await send(signIn, form, { 'content-type': type, origin }), 415, 'body-unreadable');
      const asked = await ask('/api/v1/gateways', {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      });
      expect(asked.headers.get('access-control-allow-origin')).to.equal(null);
      const read = await ask('/api/v1/gateways', { headers: { origin, authorization: `Bearer ${api.token}` } });
      expect(read.headers.get('access-control-allow-origin')).to.equal(null);
    }
    // Nothing goes along by itself: there is no cookie to ride on.
    const opened = await send(signIn, JSON.stringify({ user: cloud.user, password: cloud.password }));
    expect([opened.status, opened.headers.get('set-cookie')]).to.deep.equal([201, null]);
  });

  it('answers a bearer token that is none of ours with 401, whatever it claims', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = part({ sub: 'admin', role: 'platform-admin', exp: 9e9 });
    for (const token of [
      `${part({ alg: 'none' })}.${claims}.`,
      `${part({ alg: 'HS256' })}.${claims}.${Buffer.alloc(32).toString('base64url')}`,
      'undefined',
      'null',
      `${api.token}x`,
      api.token.slice(0, -1),
      'A'.repeat(10_000),
    ])
      await refused(
        await ask('/api/v1/gateways', { headers: { authorization: `Bearer ${token}` } }),
        401,
        'not-signed-in',
      );
  });

  it('survives headers that name the prototype, and refuses headers without end', async () => {
    const odd = ['__proto__: x', 'constructor: x', 'hasOwnProperty: x', 'toString: x', '__proto__: y'].join('\r\n');
    const answer = await sendRaw(cloud.url, `GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${odd}\r\n\r\n`);
    expect(answer.status).to.equal(200);
    const large = await sendRaw(cloud.url, `GET /healthz HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`);
    expect([large.status, large.text.includes('"request-unreadable"')]).to.deep.equal([431, true]);
  });

  it('reads a request one way or not at all: nothing hidden in it is answered', async () => {
    const hidden = 'GET /version HTTP/1.1\r\nHost: a\r\n\r\n';
    const head = 'POST /healthz HTTP/1.1\r\nHost: a\r\n';
    for (const [what, text] of Object.entries({
      'length and chunks': `${head}Content-Length: ${hidden.length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
      'chunks and length': `${head}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n${hidden}`,
      'two lengths': `${head}Content-Length: 0\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
      'a list of lengths': `${head}Content-Length: 0, 0\r\n\r\n${hidden}`,
      'a length with a sign': `${head}Content-Length: +0\r\n\r\n${hidden}`,
      'a length in hex': `${head}Content-Length: 0x0\r\n\r\n${hidden}`,
      'chunks under another name': `${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`,
      'chunks that are not last': `${head}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${hidden}`,
      'a space before the colon': `${head}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${hidden}`,
      'a folded header': `${head}X: a\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
      'bare line feeds': `POST /healthz HTTP/1.1\nHost: a\nContent-Length: 0\n\n${hidden}`,
      'a chunk size with a sign': `${head}Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n${hidden}`,
      'a chunk size too large to count': `${head}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n\r\n${hidden}`,
      'no HTTP': '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\r\n\r\n',
    })) {
      const answer = await sendRaw(cloud.url, text);
      const [status, ...others] = answersIn(answer.text);
      expect(others, `${what}: ${answer.text}`).to.deep.equal(status === 405 ? [400] : []);
      expect(answer.text, what).not.to.contain('"version"');
      expect(answer.text, what).to.contain('"request-unreadable"');
      expectNoInside(answer.text);
    }
    const noHost = await sendRaw(cloud.url, 'GET /healthz HTTP/1.1\r\n\r\n');
    expect(noHost.status).to.equal(400);
  });

  it('waits for headers and bodies that trickle in only so long, and serves others meanwhile', async () => {
    const slow = [
      ...Array.from({ length: 200 }, () => sendRaw(cloud.url, 'GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: ')),
      ...Array.from({ length: 50 }, () => sendRaw(cloud.url, `${post(signIn, 'Content-Length: 100')}{"user"`)),
    ];
    for (let n = 0; n < 20; n += 1) expect((await ask('/healthz')).status).to.equal(200);
    for (const answer of await Promise.all(slow)) {
      expect(answer.status, answer.text).to.equal(408);
      expect(answer.text).to.contain('"request-too-slow"');
    }
  });

  it('counts a thousand tries to sign in, and lets who is in go on working', async () => {
    const tries = Array.from({ length: 1_000 }, (_, n) => n);
    const statuses = new Map<number, number>();
    const lane = async (): Promise<void> => {
      for (let n = tries.pop(); n !== undefined; n = tries.pop()) {
        const answer = await send(signIn, JSON.stringify({ user: `admin${n % 7}`, password: `guess ${n}` }));
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        if (answer.status === 429) expect(Number(answer.headers.get('retry-after'))).to.be.within(1, 300);
        await problemOf(answer);
      }
    };
    await Promise.all(Array.from({ length: 20 }, lane));
    expect([...statuses.keys()].toSorted()).to.deep.equal([401, 429]);
    expect(statuses.get(401)).to.be.at.most(50);
    const told = await api.get<{ items: { action: string }[] }>('/api/v1/audit?limit=100');
    expect(told.items.some(({ action }) => action === 'sign-in')).to.equal(true);
  });

  it('has told the audit what could not be read, once each and not each time', async () => {
    const told = async (action: string) => {
      const { items } = await api.get<{ items: { actor: { kind: string; name: string }; detail: string }[] }>(
        `/api/v1/audit?limit=100&outcome=refused&action=${encodeURIComponent(action)}`,
      );
      return items.filter(({ detail }) => detail !== 'sign-in-refused');
    };
    const unreadable = await told('request-unreadable');
    expect(unreadable.map(({ actor, detail }) => [actor.kind, actor.name, detail])).to.deep.include([
      'unknown',
      '127.0.0.1',
      'request-unreadable',
    ]);
    const bodies = await told(`post ${signIn}`);
    expect(new Set(bodies.map(({ detail }) => detail))).to.deep.equal(new Set(['body-too-large', 'body-unreadable']));
    const known = await told('user-create');
    expect(known.map(({ actor, detail }) => [actor.kind, detail])).to.deep.include(['user', 'body-unreadable']);
    // Fourteen requests that could be read two ways, in a minute or two.
    expect(unreadable.length).to.be.within(1, 3);
  });
});
