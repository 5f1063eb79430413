import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { StatusCode } from '@gongfu/shared/model/quality';
import { heartbeatSchema } from '@gongfu/shared/wire/handshake';
import { expect } from 'chai';
import type { SourceStats, TagQuery, TagReading } from '#edge/collector/collector-types';
import type { ReloadReport } from '#edge/configuration/reload-report';
import { html } from '#edge/health/pages/html';
import { FakeClock } from '#test/kit/fake-clock';
import { temporaryFolder } from '#test/kit/folders';
import { stagedHealth } from './health-stage.ts';
import { type Asking, LocalPageStage } from './local-page-stage.ts';

describe('status server', () => {
  const { folder, remove } = temporaryFolder();
  const clock = new FakeClock();
  let samplesTotal = 0;
  let state: SourceStats['state'] = 'connected';
  let asked: TagQuery | undefined;
  let reload: ReloadReport | null = null;
  const tags: TagReading[] = [
    { source: 'plc', tag: 1, name: '<b>温度</b>', value: 2n ** 63n, status: StatusCode.Good, sourceTime: 0 },
    { source: 'plc', tag: 2, name: 'b', value: null, status: StatusCode.BadTimeout, sourceTime: Number.NaN },
    { source: 'plc', tag: 3, name: 'c', value: null, status: null, sourceTime: null },
  ];
  const health = stagedHealth(clock, {
    reload: () => reload,
    sources: () => [
      {
        name: 'plc',
        driver: 'modbus',
        state,
        detail: 'a & b: connect ECONNREFUSED',
        tags: 2,
        reconnectsTotal: 4,
        duePerSecond: 20,
        samplesTotal,
        passedTotal: 5,
        groups: [{ intervalMs: 100, tags: 2, pollsTotal: 11, skippedTotal: 1, latencyP50Ms: 1.5, latencyP99Ms: null }],
      },
    ],
    tags: (query) => {
      asked = query;
      return { total: 12_345, tags };
    },
    unitOf: (tag) => (tag === 1 ? 'Cel' : ''),
    gaps: () => [
      { fromSequence: 1, toSequence: 2, fromTime: 0, toTime: 1, samples: 3, reason: 'buffer-full', source: '' },
      { fromSequence: -1, toSequence: -1, fromTime: 0, toTime: 1, samples: -1, reason: 'agent-killed', source: '' },
    ],
    uplink: () => ({ state: 'refused', detail: 'no', acknowledgementMs: null }),
  });
  const form = {
    path: '/form',
    title: { zh: '表单', en: 'Form' },
    show: () => html`<form method="post"><input name="a"></form>`,
    submit: async (_: unknown, sent: URLSearchParams) =>
      sent.get('a') === 'go' ? '/tags' : html`<p>${sent.get('a')}</p>`,
  };
  const stage = new LocalPageStage({ folder, health, more: [form] });
  const english: Asking & { readonly headers: object } = { headers: { cookie: 'gongfu-edge-language=en' } };
  const get = async (path: string, asking: Asking = english) => (await stage.ask(path, asking)).text;

  before(() => stage.server.start());
  after(async () => {
    await stage.server.stop();
    remove();
  });

  it('shows every page in both languages, with everything from outside escaped', async () => {
    state = 'failing';
    const chinese = { headers: { 'accept-language': 'zh-CN,zh;q=0.9' } };
    expect(await get('/'))
      .to.contain('1 of 1 sources')
      .and.contain('refuses connections on that port');
    expect(await get('/', chinese))
      .to.contain('lang="zh-CN"')
      .and.contain('1 个数据源中有 1 个没有供数');
    expect(await get('/sources'))
      .to.contain('a &#38; b')
      .and.contain('Reconnected</dt><dd>4')
      .and.contain('1.5 ms');
    expect(await get('/sources', chinese)).to.contain('核对端口号');
    expect(await get('/tags'))
      .to.contain('9223372036854775808</strong> <span class="quiet">°C')
      .and.contain('&#60;b&#62;温度')
      .and.contain('title="0x800A0000">no answer in time')
      .and.contain('no value yet')
      .and.not.contain('<b>');
    expect(await get('/gaps'))
      .to.contain('the program was killed')
      .and.contain('unknown')
      .and.contain('given up');
    expect(await get('/gaps', chinese)).to.contain('程序被意外终止');
    state = 'connected';
  });

  it('says why a new configuration was not taken, and nothing once one was', async () => {
    const places = [{ where: 'edge.yaml:3:7', what: 'interval: <must be>' }];
    const problem = { code: 'config-invalid', detail: 'edge.yaml has one fault', advice: 'Correct it.', places };
    reload = { outcome: 'refused', at: 0, configurationVersion: '3f2a', problem };
    expect(await get('/'))
      .to.contain('edge.yaml has one fault [config-invalid]. Correct it.')
      .and.contain('<li><code>edge.yaml:3:7</code> interval: &#60;must be&#62;');
    expect(await get('/', { headers: {} }))
      .to.contain('新配置未生效')
      .and.contain('每一处都注明了行号');
    reload = { outcome: 'applied', at: 0, configurationVersion: '3f2a', problem: null };
    expect(await get('/')).to.not.contain('was not taken');
  });

  it('asks for no more tags than a page shows', async () => {
    expect(await get('/tags'))
      .to.contain('1–100 of 12\u202f345')
      .and.contain('1 / 124');
    await get('/tags?search=a%26b&source=plc&quality=bad&page=3');
    expect(asked).to.deep.equal({ search: 'a&b', source: 'plc', quality: 'bad', offset: 200, limit: 100 });
    expect(await get('/tags?page=9999&quality=none')).to.contain('124 / 124');
    expect(asked).to.include({ offset: 12_300, quality: undefined });
  });

  it('keeps the language that was chosen, and begins in the one of the browser, Chinese first', async () => {
    const { status, headers } = await stage.ask('/tags?lang=en&page=2');
    expect([status, headers.location]).to.deep.equal([303, '/tags?page=2']);
    expect(headers['set-cookie']![0]).to.match(/^gongfu-edge-language=en;.*SameSite=Strict/);
    for (const [accepted, lang] of [
      ['zh-TW', 'zh-CN'],
      ['fr, en;q=0.5', 'en'],
      ['fr', 'en'],
      ['*', 'zh-CN'],
    ] as const)
      expect(await get('/', { headers: { 'accept-language': accepted } }), accepted).to.contain(`lang="${lang}"`);
  });

  it('says by its ETag when nothing has changed', async () => {
    const first = await stage.ask('/gaps', english);
    const again = { headers: { ...english.headers, 'if-none-match': first.headers.etag! } };
    expect(await stage.ask('/gaps', again)).to.include({ status: 304, text: '' });
    expect((await stage.ask('/sources', again)).status).to.equal(200);
  });

  it('takes a page of another room, with a form', async () => {
    expect(await get('/')).to.contain('<a href="/form">Form</a>');
    expect((await stage.ask('/form', { form: { a: '<i>' } })).text).to.contain('<p>&#60;i&#62;</p>');
    expect((await stage.ask('/form', { form: { a: 'go' } })).headers).to.include({ location: '/tags' });
    expect((await stage.ask('/form', { form: { a: 'x'.repeat(70_000) } })).status).to.equal(413);
  });

  it('answers machines: health as JSON, metrics as Prometheus text, nothing else', async () => {
    const report = JSON.parse(await get('/healthz')) as { status: string; buffer: { batches: number } };
    expect(report).to.deep.include({ status: 'ok', gateway: 'gw-1', program: '0.1.0' });
    expect(report.buffer.batches).to.equal(3);
    samplesTotal = 40;
    expect((await get('/metrics')).split('\n')).to.include.members([
      'gongfu_edge_samples_total{source="plc"} 40',
      'gongfu_edge_polls_total{source="plc"} 11',
      'gongfu_edge_polls_skipped_total{source="plc"} 1',
      'gongfu_edge_buffer_bytes 1048576',
      'gongfu_edge_buffer_batches 3',
      'gongfu_edge_gaps_total 2',
      'gongfu_edge_uplink_connected 0',
    ]);
    for (const path of ['/../etc/passwd', '/assets/__proto__', '//elsewhere.example/x', '/%zz']) {
      expect((await stage.ask(path)).status, path).to.be.oneOf([400, 404]);
    }
    expect((await stage.ask('/', { form: {} })).status).to.equal(405);
  });

  it('is degraded while a source does not answer, and measures rates over the time that has passed', () => {
    clock.advance(2000);
    health.report();
    samplesTotal += 500;
    clock.advance(5000);
    state = 'failing';
    expect(health.report()).to.include({ ok: false, samplesPerSecond: 100 });
    expect(heartbeatSchema.parse(health.heartbeat())).to.deep.include({ backlogBatches: 3, gapsTotal: 2 });
    state = 'connected';
  });

  it('says which port is taken and what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const error = await new LocalPageStage({ folder, port }).server.start().then(
      () => undefined,
      (problem: Error) => problem,
    );
    other.close();
    expect(error).to.include({ code: 'port-taken', reaction: 'stop' });
    expect(error!.message).to.contain(String(port));
  });
});
