import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { StatusCode } from '@gongfu/shared/model/quality';
import { heartbeatSchema } from '@gongfu/shared/wire/handshake';
import { expect } from 'chai';
import type { LastValue, SourceStats } from '#edge/collector/collector-types';
import type { ReloadReport } from '#edge/configuration/reload-report';
import { Health } from '#edge/health/health';
import { StatusPage } from '#edge/health/status-page';
import { FakeClock } from '#test/kit/fake-clock';

describe('status page', () => {
  const clock = new FakeClock();
  let reload: ReloadReport | null = null;
  let samplesTotal = 0;
  let state: SourceStats['state'] = 'connected';
  const values: LastValue[] = [
    { source: 'plc', tag: 1, name: '<b>温度</b>', value: 2n ** 63n, status: StatusCode.Good, sourceTime: 0 },
    { source: 'plc', tag: 2, name: 'b', value: null, status: StatusCode.BadTimeout, sourceTime: Number.NaN },
  ];
  const health = new Health({
    gatewayName: 'gw-1',
    configurationVersion: () => '3f2a',
    reload: () => reload,
    clock,
    buffer: () => ({
      epoch: 7,
      batches: 3,
      usedBytes: 2 ** 20,
      capacityBytes: 2 ** 30,
      oldestTime: 1000,
      lastSequence: 9,
      gapsTotal: 2,
    }),
    sources: () => [
      {
        name: 'plc',
        driver: 'modbus',
        state,
        detail: 'a & b',
        tags: 2,
        duePerSecond: 20,
        samplesTotal,
        passedTotal: 5,
        groups: [{ intervalMs: 100, tags: 2, pollsTotal: 11, skippedTotal: 1, latencyP50Ms: 1.5, latencyP99Ms: null }],
      },
    ],
    lastValues: () => values,
    uplink: () => ({ state: 'refused', detail: 'no', acknowledgementMs: null }),
  });
  const page = new StatusPage({ host: '127.0.0.1', port: 0, health });
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${page.url}${path}`, { headers });
    return { status: response.status, text: await response.text() };
  };

  before(() => page.start());
  after(() => page.stop());

  it('shows sources, backlog and values in both languages, with everything from outside escaped', async () => {
    const english = (await get('/?lang=en')).text;
    expect(english).to.contain('<html lang="en">').and.contain('a &#38; b').and.contain('9223372036854775808');
    expect(english).to.contain('&#60;b&#62;温度').and.contain('0x800a0000').and.not.contain('<b>');
    expect((await get('/', { 'accept-language': 'zh-CN,zh;q=0.9' })).text)
      .to.contain('最新值')
      .and.contain('lang="zh-CN"');
    expect((await get('/')).text).to.contain('Last values');
  });

  it('says why a new configuration was not taken, and nothing once one was', async () => {
    const places = [{ where: 'edge.yaml:3:7', what: 'interval: <must be>' }];
    const problem = { code: 'config-invalid', detail: 'edge.yaml has one fault', advice: 'Correct it.', places };
    reload = { outcome: 'refused', at: 0, configurationVersion: '3f2a', problem };
    expect((await get('/?lang=en')).text)
      .to.contain('edge.yaml has one fault [config-invalid]. Correct it.')
      .and.contain('<li>edge.yaml:3:7 interval: &#60;must be&#62;');
    expect((await get('/?lang=zh')).text).to.contain('新配置未生效');
    reload = { outcome: 'applied', at: 0, configurationVersion: '3f2a', problem: null };
    expect((await get('/?lang=en')).text).to.not.contain('was not taken');
  });

  it('answers machines: health as JSON, metrics as Prometheus text, nothing else', async () => {
    const report = JSON.parse((await get('/healthz')).text) as { status: string; buffer: { batches: number } };
    expect(report).to.deep.include({ status: 'ok', gateway: 'gw-1' });
    expect(report.buffer.batches).to.equal(3);
    samplesTotal = 40;
    const lines = (await get('/metrics')).text.split('\n');
    expect(lines).to.include.members([
      'gongfu_edge_samples_total{source="plc"} 40',
      'gongfu_edge_polls_total{source="plc"} 11',
      'gongfu_edge_polls_skipped_total{source="plc"} 1',
      'gongfu_edge_buffer_bytes 1048576',
      'gongfu_edge_buffer_batches 3',
      'gongfu_edge_gaps_total 2',
      'gongfu_edge_uplink_connected 0',
    ]);
    expect((await get('/../etc/passwd')).status).to.equal(404);
    expect((await fetch(page.url!, { method: 'POST' })).status).to.equal(405);
  });

  it('is degraded while a source does not answer, and measures rates over the time that has passed', () => {
    clock.advance(2000);
    health.report();
    samplesTotal += 500;
    clock.advance(5000);
    state = 'failing';
    expect(health.report()).to.include({ ok: false, samplesPerSecond: 100 });
    expect(heartbeatSchema.parse(health.heartbeat())).to.deep.include({ backlogBatches: 3, gapsTotal: 2 });
  });

  it('says which port is taken and what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const error = await new StatusPage({ host: '127.0.0.1', port, health }).start().then(
      () => undefined,
      (problem: Error) => problem,
    );
    other.close();
    expect(error).to.include({ code: 'port-taken', reaction: 'stop' });
    expect(error!.message).to.contain(String(port));
  });
});
