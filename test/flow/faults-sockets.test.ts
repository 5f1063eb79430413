import type { KeyObject } from 'node:crypto';
import { connect } from 'node:net';
import { expect } from 'chai';
import { SignJWT } from 'jose';
import { io } from 'socket.io-client';
import { Api } from '../kit/api.ts';
import { ed25519Pair } from '../kit/ed25519-pair.ts';
import { temporaryFolder } from '../kit/folders.ts';
import { expectNoInside } from '../kit/problem.ts';
import { type RunningCloud, startCloud } from '../kit/programs.ts';

/** What lies below a socket: frames, as a program that means harm can send them. */
interface Wire {
  send(text: string, options: { fin: boolean }): void;
  on(event: 'close' | 'message', listener: (what: never) => void): void;
}

const friend = 'https://dashboards.example';

describe('flow: faults at the sockets', function () {
  this.timeout(60_000);
  const data = temporaryFolder();
  let cloud: RunningCloud;
  let api: Api;

  before(async () => {
    cloud = await startCloud({ dataDir: data.folder, allowedOrigins: [friend] });
    api = new Api(cloud.url);
    await api.signIn(cloud);
  });
  after(async () => {
    await cloud?.stop();
    data.remove();
  });

  /** `connected`, the code of the refusal, or what was answered in its place. */
  const attempt = (namespace: string, auth: object, origin?: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = io(`${cloud.url}${namespace}`, {
        transports: ['websocket'],
        reconnection: false,
        forceNew: true,
        auth,
        ...(origin === undefined ? {} : { extraHeaders: { origin } }),
      });
      const end = (how: string) => {
        socket.disconnect();
        resolve(how);
      };
      socket.on('connect', () => end('connected'));
      socket.on('connect_error', (error: Error & { data?: object; description?: { message?: string } }) => {
        const refusal = error.data as { code: string; detail: string; advice: string } | undefined;
        if (refusal === undefined) return end(error.description?.message ?? error.message);
        expect(refusal.detail, refusal.code).to.match(/\w{3}/);
        expect(refusal.advice, refusal.code).to.match(/\w{3}/);
        expectNoInside(JSON.stringify(refusal));
        end(refusal.code);
      });
    });

  it('/edge takes the token a gateway has just signed with its own key, and no other', async () => {
    const own = ed25519Pair();
    const gatewayId = await enrol('signed', own.publicKey);
    const sign = (key: KeyObject, claims: { issuer?: string; audience?: string; age?: number; life?: number } = {}) => {
      const issuedAt = Math.floor(Date.now() / 1000) - (claims.age ?? 0);
      return new SignJWT({})
        .setProtectedHeader({ alg: 'EdDSA' })
        .setIssuer(claims.issuer ?? gatewayId)
        .setAudience(claims.audience ?? 'gongfu-cloud')
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + (claims.life ?? 600))
        .sign(key);
    };
    const stranger = ed25519Pair().privateKey;
    const strangerId = await enrol('stranger', ed25519Pair().publicKey);
    const [head, body] = (await sign(own.privateKey)).split('.');
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`;
    const claims = {
      iss: gatewayId,
      aud: 'gongfu-cloud',
      iat: Math.floor(Date.now() / 1000),
      exp: Math.floor(Date.now() / 1000) + 600,
    };
    const publicBytes = own.publicKey.export({ format: 'der', type: 'spki' });
    const keyedWithPublicKey = new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(publicBytes);
    const foreign = ed25519Pair();
    const withKey = new SignJWT(claims)
      .setProtectedHeader({ alg: 'EdDSA', jwk: foreign.publicKey.export({ format: 'jwk' }) as { kty: string } })
      .sign(foreign.privateKey);
    const tokens: Record<string, unknown> = {
      none: undefined,
      'no text': 17,
      empty: '',
      garbage: 'garbage',
      'of a user': api.token,
      'without signature': unsigned,
      'with a cut signature': `${head}.${body}.AAAA`,
      'of another key': await sign(stranger),
      "with another gateway's name": await sign(own.privateKey, { issuer: strangerId }),
      'of a gateway nobody knows': await sign(own.privateKey, { issuer: 'nobody' }),
      'for another service': await sign(own.privateKey, { audience: 'elsewhere' }),
      expired: await sign(own.privateKey, { age: 900 }),
      'of a far future': await sign(own.privateKey, { age: -86_400 }),
      'keyed with the public key': await keyedWithPublicKey,
      'that brings its own key': await withKey,
      'valid for a year': await sign(own.privateKey, { life: 31_536_000 }),
    };
    const answers = await Promise.all(
      Object.entries(tokens).map(async ([name, token]) => [name, await attempt('/edge', { token })]),
    );
    expect(answers).to.deep.equal(Object.keys(tokens).map((name) => [name, 'token-invalid']));
    expect(await attempt('/edge', { token: await sign(own.privateKey) })).to.equal('connected');

    const revoked = await fetch(`${cloud.url}/api/v1/gateways/${gatewayId}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${api.token}` },
    });
    expect(revoked.status).to.equal(204);
    expect(await attempt('/edge', { token: await sign(own.privateKey) })).to.equal('gateway-revoked');
    expect(await attempt('/edge', { token: await sign(stranger) }), 'a stranger learns nothing').to.equal(
      'token-invalid',
    );
  });

  it('/live takes the token of a session, and no other', async () => {
    const other = new Api(cloud.url);
    await other.signIn(cloud);
    expect(await attempt('/live', { token: other.token })).to.equal('connected');
    const out = await fetch(`${cloud.url}/api/v1/sessions/current`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${other.token}` },
    });
    expect(out.status).to.equal(204);
    for (const token of [undefined, '', 17, {}, 'garbage', 'x'.repeat(100_000), other.token])
      expect(await attempt('/live', { token })).to.equal('live-sign-in-required');
    expect(await attempt('/live', { token: api.token })).to.equal('connected');
    expect(await attempt('/elsewhere', { token: api.token })).to.equal('Invalid namespace');
  });

  it('a page of a foreign origin gets no socket: 403 with the reason; own, named and no origin do', async () => {
    const { token } = api;
    for (const [namespace, code] of [
      ['/live', 'connected'],
      ['/edge', 'token-invalid'],
    ] as const) {
      for (const origin of [undefined, cloud.url, friend])
        expect(await attempt(namespace, { token }, origin)).to.equal(code);
      for (const origin of [
        'https://evil.example',
        'null',
        `${cloud.url}.evil.example`,
        'http://127.0.0.1:1',
        `${friend}:8443`,
      ])
        expect(await attempt(namespace, { token }, origin), origin).to.match(/\b403\b/);
    }
    const answer = await upgrade('https://evil.example');
    expect(answer)
      .to.match(/^HTTP\/1\.1 403 /)
      .and.contain('application/problem+json');
    const problem = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))) as { code: string; advice: string };
    expect(problem).to.include({ code: 'origin-foreign' });
    expect(problem.advice).to.contain('http.allowedOrigins');
    expect(cloud.stderr(), 'told to the operator').to.contain('"origin":"https://evil.example"');
  });

  it('noise at the socket door neither ends the service nor shows its inside', async () => {
    for (const text of [
      'GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
      'GET /socket.io/?EIO=99&transport=websocket HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
      'GET /elsewhere HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
      '\u0000\u0001\u0002\r\n\r\n',
    ])
      expectNoInside(await sent(text));
    expect((await fetch(`${cloud.url}/readyz`)).status).to.equal(200);
    expect(cloud.process.exitCode).to.equal(null);
  });

  it('a message in crumbs ends its connection, one in a few pieces is read', async () => {
    const wire = await wireTo('/live', api.token);
    const answered = new Promise<unknown>((resolve) => wire.on('message', (text) => resolve(String(text))));
    const message = '42/live,7["subscribe",{"tags":["99999"]}]';
    for (let at = 0; at < message.length; at += 1) {
      wire.send(message[at] ?? '', { fin: at === message.length - 1 });
    }
    expect(await answered).to.contain('live-tag-unknown');
    const closed = new Promise<number>((resolve) => wire.on('close', resolve));
    for (let n = 0; n < 1_000; n += 1) wire.send('4', { fin: false });
    expect(await closed).to.equal(1008);
    expect((await fetch(`${cloud.url}/readyz`)).status).to.equal(200);
  });

  async function wireTo(namespace: string, token: string): Promise<Wire> {
    const socket = io(cloud.url + namespace, { transports: ['websocket'], reconnection: false, auth: { token } });
    await new Promise<void>((resolve, reject) => socket.on('connect', resolve).on('connect_error', reject));
    return (socket.io.engine.transport as unknown as { ws: Wire }).ws;
  }

  async function enrol(gatewayName: string, key: KeyObject): Promise<string> {
    const { kty, crv, x } = key.export({ format: 'jwk' });
    const code = await api.code(gatewayName);
    const answer = await api.post<{ gatewayId: string }>('/api/v1/enrolments', {
      code,
      gatewayName,
      publicKey: { kty, crv, x },
    });
    return answer.gatewayId;
  }

  function upgrade(origin: string): Promise<string> {
    return sent(
      [
        'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1',
        `Host: ${new URL(cloud.url).host}`,
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        `Origin: ${origin}`,
        '\r\n',
      ].join('\r\n'),
    );
  }

  /** Bytes as they are; whatever comes back until the other side ends. */
  function sent(text: string): Promise<string> {
    return new Promise((resolve) => {
      let answer = '';
      const socket = connect(Number(new URL(cloud.url).port), '127.0.0.1', () => socket.write(text));
      socket.setEncoding('utf8').on('data', (part: string) => {
        answer += part;
      });
      socket.on('error', () => {});
      socket.on('close', () => resolve(answer));
    });
  }
});
