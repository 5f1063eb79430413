import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { io } from 'socket.io-client';
import { ServiceFixture, userNames } from '../access/service-fixture.ts';

interface Told {
  readonly status: number;
  readonly body: { code?: string; message?: string; problem?: { code: string; places?: Place[] }; places?: Place[] };
}
interface Place {
  readonly where: string;
  readonly what: string;
}
interface Sample {
  readonly sourceTime: string;
  readonly value: unknown;
}

const start = Date.UTC(2026, 10, 23);
const firstDay = new Date(start).toISOString();

describe('open ingest over HTTP, at the running service', function () {
  this.timeout(60_000);
  const service = new ServiceFixture();
  let administrator: string;
  let key: string;

  before(async () => {
    await service.start();
    administrator = await service.tokenOf(userNames.administrator);
    key = await makeKey('telegraf');
  });
  after(() => service.stop());

  async function makeKey(name: string): Promise<string> {
    const body = { name, permissions: ['samples:write'] };
    return String((await service.ask('post', '/api/v1/api-keys', { token: administrator, body })).body.key);
  }

  async function send(
    path: string,
    body: string | Uint8Array,
    headers: Record<string, string> = { authorization: `Token ${key}` },
  ): Promise<Told> {
    const response = await fetch(service.url + path, { method: 'POST', headers, body });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
  }
  const write = (body: string, precision = 'ms') => send(`/api/v2/write?org=o&bucket=b&precision=${precision}`, body);

  async function tagOf(source: string, name: string): Promise<{ id: string; type: string } | undefined> {
    const { body } = await service.ask('get', '/api/v1/tags?limit=10000', { token: administrator });
    const items = body.items as { id: string; source: string; name: string; type: string }[];
    return items.find((tag) => tag.source === source && tag.name === name);
  }
  async function stored(source: string, name: string): Promise<[number, unknown][]> {
    const tag = await tagOf(source, name);
    if (tag === undefined) return [];
    const path = `/api/v1/tags/${tag.id}/samples?from=${firstDay}&to=2027-01-01T00:00:00Z&limit=5000`;
    const { body } = await service.ask('get', path, { token: administrator });
    return (body.items as Sample[]).map(({ sourceTime, value }) => [Date.parse(sourceTime) - start, value]);
  }

  it('stores lines once, however often they come, packed or not, 64-bit integers exact', async () => {
    const job = '"A \\"7\\""';
    const values = 'speed=1.5,pieces=9223372036854775807i,serial=18446744073709551615u,on=t';
    const body = `press,hall=3 ${values},job=${job} ${start}000000\n`;
    const path = '/api/v2/write?org=o&bucket=b';
    expect((await send(path, body)).status).to.equal(204);
    const headers = { authorization: `Token ${key}`, 'content-encoding': 'gzip' };
    expect((await send(path, gzipSync(body), headers)).status).to.equal(204);
    expect((await write(`press,hall=3 speed=1.5 ${start}\npress,hall=3 speed=2 ${start + 1}`)).status).to.equal(204);
    expect(await stored('press,hall=3', 'speed')).to.deep.equal([
      [0, 1.5],
      [1, 2],
    ]);
    expect(await stored('press,hall=3', 'pieces')).to.deep.equal([[0, '9223372036854775807']]);
    expect(await stored('press,hall=3', 'serial')).to.deep.equal([[0, '18446744073709551615']]);
    expect(await stored('press,hall=3', 'on')).to.deep.equal([[0, true]]);
    expect(await stored('press,hall=3', 'job')).to.deep.equal([[0, 'A "7"']]);
    const { body: gateways } = await service.ask('get', '/api/v1/gateways', { token: administrator });
    expect((gateways.items as { name: string }[]).map(({ name }) => name)).to.include('key:telegraf');
  });

  it('takes the token in every form its clients have', async () => {
    const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
    for (const authorization of [`Token ${key}`, `Bearer ${key}`, `Token reader:${key}`, basic(`reader:${key}`)]) {
      const told = await send('/write?db=d&precision=ms', `forms f=1 ${start}`, { authorization });
      expect(told.status, authorization).to.equal(204);
    }
    expect((await send(`/write?db=d&u=x&p=${key}`, 'forms f=1 1', {})).status).to.equal(204);
    const refused = await send('/api/v2/write?org=o&bucket=b', 'forms f=1', { authorization: 'Token nobody' });
    expect([refused.status, refused.body.code]).to.deep.equal([401, 'unauthorized']);
    const reader = await service.ask('post', '/api/v1/api-keys', {
      token: administrator,
      body: { name: 'reader', permissions: ['samples:read'] },
    });
    const lacking = await send('/api/v2/write', 'forms f=1', { authorization: `Token ${reader.body.key}` });
    expect([lacking.status, lacking.body.code]).to.deep.equal([403, 'forbidden']);
  });

  it('says whether somebody is there', async () => {
    expect((await fetch(`${service.url}/ping`)).status).to.equal(204);
    expect((await service.ask('get', '/health')).body).to.include({ name: 'gongfu', status: 'pass' });
  });

  it('stores what is right and names what is wrong, by line and reason', async () => {
    const lines = [
      `mixed a=1,b=2i ${start}`,
      `mixed a="text" ${start + 1}`,
      'mixed a=NaN',
      `mixed a=2,b=1i ${start + 2}`,
      'no fields here',
      `mixed b=1.5 ${start + 3}`,
      `mixed a=7i ${start + 4}`,
      `mixed a=9007199254740993i ${start + 5}`,
      `mixed a=1 99999999999999`,
    ];
    const { status, body } = await write(lines.join('\n'));
    expect([status, body.code]).to.deep.equal([400, 'invalid']);
    expect(body.message).to.match(/^partial write: 5 stored, 6 rejected: line 3: /);
    const places = body.problem?.places?.map(({ where, what }) => [where, what.split(':')[0]]);
    expect(places).to.have.deep.members([
      ['line 2 field a', 'row-type-differs'],
      ['line 3', 'line-unreadable'],
      ['line 5', 'line-unreadable'],
      ['line 6 field b', 'row-type-differs'],
      ['line 8 field a', 'row-type-differs'],
      ['line 9 field a', 'row-time-invalid'],
    ]);
    expect(await stored('mixed', 'a')).to.deep.equal([
      [0, 1],
      [2, 2],
      [4, 7],
    ]);
    expect(await stored('mixed', 'b')).to.deep.equal([
      [0, '2'],
      [2, '1'],
    ]);
  });

  it('shows them live, each once', async () => {
    await write(`live f=0 ${start}`);
    const tag = (await tagOf('live', 'f'))?.id ?? '';
    const socket = io(`${service.url}/live`, { transports: ['websocket'], auth: { token: administrator } });
    const heard: number[] = [];
    const last = new Promise<void>((resolve) => {
      socket.on('samples', (items: { sourceTime: number }[]) => {
        heard.push(...items.map(({ sourceTime }) => sourceTime - start));
        if (heard.includes(2)) resolve();
      });
    });
    try {
      expect(await socket.emitWithAck('subscribe', { tags: [tag] })).to.include({ ok: true });
      for (const time of [1, 1, 1, 2]) await write(`live f=1 ${start + time}`);
      await last;
      expect(heard).to.deep.equal([...new Set(heard)]);
      expect(await stored('live', 'f')).to.have.length(3);
    } finally {
      socket.disconnect();
    }
  });

  it('takes what devices of ThingsBoard send', async () => {
    const device = await makeKey('tank-7');
    const post = (what: string, body: string) =>
      send(`/api/v1/${device}/${what}`, body, { 'content-type': 'application/json' });
    expect((await post('telemetry', '{"level": 3}')).status).to.equal(200);
    expect(
      (await post('telemetry', `{"ts": ${start}, "values": {"level": 4, "id": 9007199254740993}}`)).status,
    ).to.equal(200);
    const list = `[{"ts": ${start + 1}, "values": {"level": 5}}, {"ts": ${start + 2}, "values": {"level": 6, "open": true}}]`;
    expect((await post('telemetry', list)).status).to.equal(200);
    expect((await post('attributes', '{"firmware": "1.2"}')).status).to.equal(200);
    const level = await stored('tank-7', 'level');
    expect(level.slice(0, 3)).to.deep.equal([
      [0, 4],
      [1, 5],
      [2, 6],
    ]);
    expect(level).to.have.length(4);
    expect(await stored('tank-7', 'id')).to.deep.equal([[0, '9007199254740993']]);
    expect(await stored('tank-7', 'open')).to.deep.equal([[2, true]]);
    expect((await tagOf('tank-7', 'attributes.firmware'))?.type).to.equal('string');
    const wrong = await post('telemetry', `{"ts": ${start + 9}, "values": {"level": [1], "open": "x", "good": 1}}`);
    expect(wrong.status).to.equal(400);
    expect(wrong.body.places?.map(({ where }) => where)).to.have.members(['level', `open at ${start + 9}`]);
    expect(await stored('tank-7', 'good')).to.deep.equal([[9, 1]]);
    expect((await post('telemetry', '[[[')).status).to.equal(400);
    expect((await post('telemetry', '['.repeat(100_000))).status).to.equal(400);
    expect((await send('/api/v1/gfk_nobody/telemetry', '{"a":1}', {})).status).to.equal(401);
  });

  it('never writes the token of an address into the audit', async () => {
    const device = await makeKey('spy');
    await send(`/api/v1/${device}/telemetry`, 'not JSON', {});
    const reader = await service.tokenOf(userNames.viewer);
    await send(`/api/v1/${reader}/telemetry`, '{}', {});
    const { body } = await service.ask('get', '/api/v1/audit?limit=1000', { token: administrator });
    const told = JSON.stringify(body.items);
    expect(told).to.include('rows-write').and.to.not.include(device).and.to.not.include(reader);
  });

  it('shows who writes among the gateways, and takes nothing more when that was revoked', async () => {
    const listed = async () => {
      const { body } = await service.ask('get', '/api/v1/gateways', { token: administrator });
      return (body.items as { id: string; name: string; online: boolean }[]).find(({ name }) => name === 'key:lathe');
    };
    const authorization = `Token ${await makeKey('lathe')}`;
    expect((await send('/api/v2/write', 'lathe f=1', { authorization })).status).to.equal(204);
    const gateway = await listed();
    expect(gateway).to.include({ online: true });
    await service.ask('delete', `/api/v1/gateways/${gateway?.id}`, { token: administrator });
    const refused = await send('/api/v2/write', 'lathe f=2', { authorization });
    expect([refused.status, refused.body.problem?.code]).to.deep.equal([403, 'gateway-revoked']);
    expect((await stored('lathe', 'f')).length).to.equal(1);
  });

  it('answers 400 to whatever is slipped into a parameter', async () => {
    const evil = [
      '") |> drop() //',
      "'; DROP TABLE samples; --",
      'b" or "1"="1',
      '$(reboot)',
      '../../etc/passwd',
      'a\u0000b',
      'x'.repeat(500),
      '',
      '{"$ne":null}',
      'a\nb',
    ];
    for (const text of evil) {
      const value = encodeURIComponent(text);
      for (const name of ['org', 'orgID', 'bucket', 'precision']) {
        const { status, body } = await send(`/api/v2/write?${name}=${value}`, 'evil f=1');
        expect([status, body.problem?.code], `${name}=${text}`).to.deep.equal([400, 'request-invalid']);
      }
      for (const name of ['db', 'rp', 'consistency', 'precision']) {
        expect((await send(`/write?${name}=${value}`, 'evil f=1')).status, `${name}=${text}`).to.equal(400);
      }
    }
    for (const query of ['org=a&org=b', 'unknown=1', 'bucket[$ne]=1']) {
      expect((await send(`/api/v2/write?${query}`, 'evil f=1')).status, query).to.equal(400);
    }
    expect(await tagOf('evil', 'f')).to.equal(undefined);
  });

  it('survives bodies that nobody means well with', async () => {
    const gzip = { authorization: `Token ${key}`, 'content-encoding': 'gzip' };
    const path = '/api/v2/write?org=o&bucket=b&precision=ms';
    const bomb = await send(path, gzipSync(Buffer.alloc(200 * 1024 ** 2, 'a')), gzip);
    expect([bomb.status, bomb.body.problem?.code]).to.deep.equal([413, 'body-too-large']);
    const whole = gzipSync(Array.from({ length: 20_000 }, (_, at) => `half f=${at} ${start + at}`).join('\n'));
    const twice = await send(path, gzipSync(gzipSync(`twice f=1 ${start}\n`.repeat(1_000))), gzip);
    expect([twice.status, twice.body.problem?.code]).to.deep.equal([400, 'rows-rejected']);
    expect(await tagOf('twice', 'f')).to.equal(undefined);
    const both = { ...gzip, 'content-encoding': 'gzip, gzip' };
    expect((await send(path, gzipSync(gzipSync('twice f=1')), both)).status).to.equal(415);
    const half = await send(path, whole.subarray(0, whole.length / 2), gzip);
    expect([half.status, half.body.problem?.code]).to.deep.equal([400, 'body-unreadable']);
    expect((await send(path, whole, gzip)).status).to.equal(204);
    expect(await stored('half', 'f')).to.have.length(5_000);
    expect((await send(path, 'no gzip', gzip)).status).to.equal(400);
    const packed = { authorization: `Token ${key}`, 'content-encoding': 'br' };
    expect((await send(path, 'a f=1', packed)).status).to.equal(415);
    expect((await send(path, Buffer.from([0x61, 0x20, 0x66, 0x3d, 0xff, 0xfe]))).status).to.equal(400);
    expect((await send(path, '')).status).to.equal(204);
    expect((await send(`/api/v1/${key}/telemetry`, `{"a":"${'x'.repeat(2 * 1024 ** 2)}"}`, {})).status).to.equal(413);
    expect((await write(`survived f=1 ${start}`)).status).to.equal(204);
  });
});
