import type { LiveAnswer, LiveSample } from '@gongfu/shared/wire/live';
import { expect } from 'chai';
import { io } from 'socket.io-client';
import { ServiceFixture, userNames } from '../access/service-fixture.ts';

/** More than the service keeps in memory, by the limits of one text and of all long ones. */
const tags = 300;
const characters = 65_536;

describe('api: the newest of many long texts', function () {
  this.timeout(60_000);
  const service = new ServiceFixture();
  let token: string;
  /** Ids by name. */
  let ids: ReadonlyMap<string, string>;
  const textOf = (n: number): string => `${n} `.padEnd(characters, String.fromCharCode(97 + (n % 26)));

  before(async () => {
    await service.start();
    token = await service.tokenOf(userNames.administrator);
    const body = { name: 'texts', permissions: ['samples:write'] };
    const key = String((await service.ask('post', '/api/v1/api-keys', { token, body })).body.key);
    for (let from = 0; from < tags; from += 50) {
      const lines = Array.from(
        { length: 50 },
        (_, at) => `recipe,n=${from + at} text="${textOf(from + at)}" 1790000000`,
      );
      const { status } = await fetch(`${service.url}/api/v2/write?org=o&bucket=b&precision=s`, {
        method: 'POST',
        headers: { authorization: `Token ${key}` },
        body: lines.join('\n'),
      });
      expect(status).to.equal(204);
    }
    const { body: found } = await service.ask('get', '/api/v1/tags?limit=10000', { token });
    const own = (found.items as { id: string; source: string }[]).filter(({ source }) => source.startsWith('recipe'));
    ids = new Map(own.map(({ id, source }) => [source.replace(/\D/g, ''), id]));
    expect(ids.size).to.equal(tags);
  });
  after(() => service.stop());

  const latest = (numbers: readonly number[]) =>
    service.ask('post', '/api/v1/latest', { token, body: { tags: numbers.map((n) => ids.get(String(n))!) } });
  const first = [0, 1, 2, 299];

  it('tells each whole, those that came first too', async () => {
    const { status, body } = await latest(first);
    expect(status).to.equal(200);
    expect((body.items as { value: string }[]).map(({ value }) => value)).to.deep.equal(first.map(textOf));
  });

  it('tells the same after a restart', async () => {
    await service.restart();
    const { body } = await latest(first);
    expect((body.items as { value: string }[]).map(({ value }) => value)).to.deep.equal(first.map(textOf));
  });

  it('refuses more of them at once than an answer may hold', async () => {
    const { status, body } = await latest([...ids.keys()].map(Number));
    expect([status, body.code]).to.deep.equal([413, 'history-too-much']);
    expect(body.detail).to.include(String(tags * characters));
  });

  it('brings each to who follows it live, in the answer or soon after', async () => {
    const socket = io(`${service.url}/live`, { transports: ['websocket'], auth: { token }, forceNew: true });
    const heard = new Map<string, unknown>();
    const all = new Promise<void>((resolve) => {
      const hear = (samples: readonly LiveSample[]): void => {
        for (const { tag, value } of samples) heard.set(tag, value);
        if (heard.size === 20) resolve();
      };
      socket.on('samples', hear);
      socket.on('connect', () => {
        const wanted = Array.from({ length: 20 }, (_, n) => ids.get(String(n + 20))!);
        socket.emit('subscribe', { tags: wanted }, (answer: LiveAnswer) => answer.ok && hear(answer.samples));
      });
    });
    await all;
    socket.disconnect();
    for (let n = 20; n < 40; n += 1) expect(heard.get(ids.get(String(n))!)).to.equal(textOf(n));
  });
});
