import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { attemptsMax } from '#edge/health/attempt-limit';
import { LocalPassword } from '#edge/health/local-password';
import { Sessions } from '#edge/health/sessions';
import { FakeClock } from '#test/kit/fake-clock';
import { temporaryFolder } from '#test/kit/folders';
import { type Asking, LocalPageStage } from './local-page-stage.ts';

const secret = 'three-blue-presses';
const hour = 3_600_000;
const pages = ['/', '/sources', '/tags', '/gaps', '/log'] as const;

describe('local page: sessions', () => {
  const clock = new FakeClock();
  const sessions = new Sessions({ clock, random: randomBytes });

  it('end unused for an hour, and after twelve', () => {
    const [idle, busy] = [sessions.begin('a'), sessions.begin('a')];
    for (let passed = 0; passed < 12; passed += 1) {
      expect(sessions.isGood(busy, 'a')).to.equal(true);
      clock.advance(hour);
    }
    expect(sessions.isGood(idle, 'a')).to.equal(false);
    clock.advance(1);
    expect(sessions.isGood(busy, 'a')).to.equal(false);
  });

  it('are twenty at most, and of one password only', () => {
    const many = Array.from({ length: 21 }, () => sessions.begin('a'));
    expect(new Set(many)).to.have.property('size', 21);
    expect(many.map((token) => sessions.isGood(token, 'a'))).to.deep.equal([false, ...Array(20).fill(true)]);
    expect(sessions.isGood(many[20]!, 'b')).to.equal(false);
  });
});

describe('local page: password', () => {
  const { folder, remove } = temporaryFolder();
  const stage = new LocalPageStage({ folder });
  const { password } = stage;
  const statusOf = async (path: string, asking: Asking = {}) => (await stage.ask(path, asking)).status;
  const withCookie = (cookie: string): Asking => ({ headers: { cookie } });

  before(() => stage.server.start());
  after(async () => {
    await stage.server.stop();
    remove();
  });

  describe('while none is set', () => {
    it('opens for this machine alone: not by a foreign name, nor through a proxy', async () => {
      for (const path of pages) expect(await statusOf(path), path).to.equal(200);
      for (const headers of [
        { host: 'gateway.example:8081' },
        { 'x-forwarded-for': '192.0.2.1' },
        { forwarded: 'for=192.0.2.1' },
      ]) {
        for (const path of [...pages, '/nowhere']) expect(await statusOf(path, { headers })).to.equal(403);
        const { text } = await stage.ask('/healthz', { headers });
        expect(JSON.parse(text)).to.deep.equal({ status: 'ok' });
        expect(await statusOf('/metrics', { headers })).to.equal(401);
      }
      for (const host of ['localhost:1', '127.0.0.1', '[::1]:8081']) {
        expect(await statusOf('/', { headers: { host } }), host).to.equal(200);
      }
    });

    it('does not start where others could reach it', async () => {
      for (const host of ['0.0.0.0', '::', '192.0.2.1', 'gateway.example']) {
        const problem = await new LocalPageStage({ folder, host }).server.start().catch((error: unknown) => error);
        expect(problem, host).to.include({ code: 'local-password-missing', reaction: 'stop' });
        expect(problem).to.have.property('advice').that.contains('gongfu-edge password');
      }
    });
  });

  describe('once it is set', () => {
    it('lies on disk as a hash that its owner alone reads, and refuses what is too easy', async () => {
      const dear = new LocalPassword({ folder });
      await dear.set(secret);
      const file = join(folder, 'local-password.json');
      const kept = readFileSync(file, 'utf8');
      expect(statSync(file).mode & 0o777).to.equal(0o600);
      expect(JSON.parse(kept)).to.include({ kdf: 'scrypt', N: 32_768, r: 8, p: 3 });
      expect(kept).not.to.contain(secret);
      for (const easy of ['', 'short', 'aaaaaaaaaaaa', 'abababababab', 'x'.repeat(201)]) {
        const problem = await password.set(easy).catch((error: unknown) => error);
        expect(problem, easy).to.include({ code: 'local-password-unfit' });
      }
      expect(readFileSync(file, 'utf8')).to.equal(kept);
      expect(await password.matches(secret)).to.equal(true);
      expect(await password.matches(`${secret} `)).to.equal(false);
      await password.set(secret);
    });

    it('tells strangers nothing but where to sign in', async () => {
      for (const path of [...pages, '/nowhere', '/tags?search=a']) {
        const { status, headers, text } = await stage.ask(path);
        expect([status, headers.location]).to.deep.equal([303, `/sign-in?next=${encodeURIComponent(path)}`]);
        expect(text).not.to.contain('gw-1');
        expect(await statusOf(path, { headers: { 'x-live': '1' } })).to.equal(401);
        expect(await statusOf(path, { form: { a: 'b' } })).to.equal(401);
      }
      const form = await stage.ask('/sign-in?next=/tags');
      expect(form.text).to.contain('type="password"').and.contain('value="/tags"').and.not.contain('gw-1');
      expect(form.headers).to.include({ 'x-frame-options': 'DENY', 'cache-control': 'no-store' });
      expect(form.headers['content-security-policy']).to.contain("default-src 'none'").and.not.contain('unsafe');
      expect(form.headers).not.to.have.property('x-powered-by');
    });

    it('lets in with it, by a cookie no script and no other site can use', async () => {
      const { status, headers } = await stage.ask('/sign-in', { form: { password: secret, next: '/tags?page=2' } });
      expect([status, headers.location]).to.deep.equal([303, '/tags?page=2']);
      const cookie = headers['set-cookie']![0]!;
      expect(cookie).to.match(/^gongfu-edge-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
      for (const path of pages) expect(await statusOf(path, withCookie(cookie.split(';')[0]!))).to.equal(200);
      expect(await statusOf('/', withCookie(`gongfu-edge-session=${'A'.repeat(43)}`))).to.equal(303);
      const { headers: sent } = await stage.ask('/sign-in', { form: { password: secret, next: '//evil.example' } });
      expect(sent.location).to.equal('/');
      for (const next of ['https://evil.example', '/\\evil.example', '/a\r\nb']) {
        expect((await stage.ask(`/sign-in?next=${encodeURIComponent(next)}`)).text).to.contain('name="next" value="/"');
      }
    });

    it('does nothing for a form of another site', async () => {
      for (const origin of ['http://evil.example', 'null', '']) {
        const asking = { form: { password: secret }, headers: { origin } };
        const { status, headers } = await stage.ask('/sign-in', asking);
        expect(status, origin).to.equal(403);
        expect(headers).not.to.have.property('set-cookie');
      }
      const cookie = await stage.signIn(secret);
      expect(await statusOf('/sign-out', { form: {}, headers: { cookie, origin: 'http://evil.example' } })).to.equal(
        403,
      );
      expect(await statusOf('/', withCookie(cookie))).to.equal(200);
    });

    it('ends the session of who signs out', async () => {
      const cookie = await stage.signIn(secret);
      await stage.ask('/sign-out', { form: {}, headers: { cookie } });
      expect(await statusOf('/', withCookie(cookie))).to.equal(303);
    });

    it('gives figures to programs of other machines with the password', async () => {
      const basic = (text: string) => ({
        headers: { host: 'gateway.example', authorization: `Basic ${Buffer.from(text).toString('base64')}` },
      });
      expect((await stage.ask('/metrics', basic(`prometheus:${secret}`))).text).to.contain('gongfu_edge_');
      expect((await stage.ask('/healthz', basic(`any:${secret}`))).text).to.contain('gw-1');
      expect(await statusOf('/metrics', basic('prometheus:wrong'))).to.equal(401);
      expect(await statusOf('/', basic(`prometheus:${secret}`))).to.equal(303);
    });

    it('signs everybody out when it is changed, and closes when it cannot be read', async () => {
      const cookie = await stage.signIn(secret);
      await password.set(`${secret}-2`);
      expect(await statusOf('/', withCookie(cookie))).to.equal(303);
      const again = await stage.signIn(`${secret}-2`);
      writeFileSync(join(folder, 'local-password.json'), '{}');
      expect(await statusOf('/', withCookie(again))).to.equal(303);
      expect((await stage.ask('/sign-in', { form: { password: secret } })).text).to.contain('密码文件无法读取');
      await password.set(secret);
    });

    it('lets an address try ten times only, and others meanwhile', async () => {
      const wrong = { form: { password: 'wrong' }, from: '127.0.0.2' };
      for (let tried = 0; tried < attemptsMax; tried += 1) expect(await statusOf('/sign-in', wrong)).to.equal(401);
      const { status, headers, text } = await stage.ask('/sign-in', { ...wrong, form: { password: secret } });
      expect([status, text.includes('尝试次数过多')]).to.deep.equal([429, true]);
      expect(Number(headers['retry-after'])).to.be.within(1, 300);
      const { status: other } = await stage.ask('/sign-in', { form: { password: secret }, from: '127.0.0.3' });
      expect(other).to.equal(303);
    });
  });
});
