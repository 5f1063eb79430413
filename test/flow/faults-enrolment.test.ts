import { expect } from 'chai';
import { Api } from '../kit/api.ts';
import { CountingServer } from '../kit/counting-server.ts';
import { temporaryFolder } from '../kit/folders.ts';
import {
  counterSource,
  type GatewayHealth,
  gatewayConfig,
  healthOf,
  isDrained,
  logLines,
  untilHealth,
} from '../kit/gateway.ts';
import { type RunningCloud, type RunningEdge, startCloud, startEdge } from '../kit/programs.ts';

describe('flow: faults of enrolment', function () {
  this.timeout(60_000);
  const data = temporaryFolder();
  const server = new CountingServer();
  const running: RunningEdge[] = [];
  let cloud: RunningCloud;
  let api: Api;
  let modbusPort: number;

  before(async () => {
    modbusPort = await server.start();
    cloud = await startCloud({ dataDir: `${data.folder}/cloud` });
    api = new Api(cloud.url);
    await api.signIn(cloud);
  });
  after(async () => {
    await Promise.all(running.map((edge) => edge.stop()));
    await cloud?.stop();
    await server.stop();
    data.remove();
  });

  const start = async (name: string, code: string | undefined, buffer = name) => {
    const edge = await startEdge({
      config: gatewayConfig({
        name,
        url: cloud.url,
        buffer: `${data.folder}/${buffer}`,
        sources: counterSource(modbusPort),
      }),
      env: { GONGFU_CODE: code },
    });
    running.push(edge);
    return edge;
  };

  /** The refusal is in the log once and on the status page; sampling and buffering go on. */
  const expectRefused = async (edge: RunningEdge, inLog: string, reason: string): Promise<GatewayHealth> => {
    const { uplink, buffer } = await untilHealth(edge, (health) => health.uplink.state === 'refused');
    expect(uplink.detail)
      .to.contain(reason)
      .and.contain(`[${inLog}]`)
      .and.match(/one-time code/);
    const later = await untilHealth(edge, (health) => health.buffer.batches > buffer.batches + 3);
    expect(later.sources[0]!.state).to.equal('connected');
    const lines = logLines(edge, inLog);
    expect(lines, edge.stderr()).to.have.length(1);
    const line = JSON.parse(lines[0]!) as { level: number; advice: string; msg: string };
    expect(line).to.include({ level: 50 });
    expect(line.advice).to.contain('code');
    expect(line.msg).to.contain(reason);
    return later;
  };

  /** Every sequence the buffer ever gave is in the cloud, once, and every number the PLC counted in between. */
  const expectAllStored = async (edge: RunningEdge) => {
    const { lastSequence } = (await untilHealth(edge, isDrained)).buffer;
    const gateways = await api.get<{ items: { id: string; name: string }[] }>('/api/v1/gateways');
    const gateway = gateways.items.find(({ name }) => name === 'late')!;
    const { items } = await api.get<{ items: { id: string }[] }>(`/api/v1/tags?gateway=${gateway.id}`);
    const samples = await api.samples(items[0]!.id);
    const sequences = [...new Set(samples.map(({ sequence }) => sequence))].filter((one) => one <= lastSequence);
    expect(sequences).to.deep.equal(Array.from({ length: lastSequence }, (_, n) => n + 1));
    const numbers = samples.map(({ value }) => Number(value));
    expect(new Set(numbers).size, 'each number once').to.equal(numbers.length);
    const { items: gaps } = await api.get<{ items: unknown[] }>('/api/v1/gaps?from=0&to=4000000000000');
    expect(gaps).to.deep.equal([]);
    return gateway.id;
  };

  it('a wrong code, the code of another name, a used code, none: told once, everything kept, delivered with a good one', async () => {
    const wrong = await start('late', 'AAAA-BBBB-CCCC-DDDD-EEEE-FFFF-GGGG-HHHH');
    await expectRefused(wrong, 'enrolment-refused', 'enrolment-code-unknown');
    await wrong.stop();

    const foreign = await start('late', await api.code('another-name'));
    await expectRefused(foreign, 'enrolment-refused', 'enrolment-code-other-name');
    await foreign.stop();

    const none = await start('late', undefined);
    const { lastSequence } = (await expectRefused(none, 'code-missing', 'has no one-time code')).buffer;
    await none.stop();

    const code = await api.code('late');
    const good = await start('late', code);
    await untilHealth(good, isDrained);
    const again = await start('late', code, 'late-copy');
    await expectRefused(again, 'enrolment-refused', 'enrolment-code-used');
    await again.stop();
    await expectAllStored(good);
    expect((await healthOf(good)).buffer.lastSequence).to.be.greaterThan(lastSequence);
    expect(await good.stop()).to.equal(0);
  });

  it('a revoked gateway keeps buffering; enrolled anew it delivers all of it', async () => {
    const edge = await start('late', undefined);
    const gatewayId = await expectAllStored(edge);
    const revoked = await fetch(`${cloud.url}/api/v1/gateways/${gatewayId}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${api.token}` },
    });
    expect(revoked.status).to.equal(204);
    const kept = await expectRefused(edge, 'gateway-revoked', 'was revoked');
    await edge.stop();

    const renewed = await start('late', await api.code('late'));
    await untilHealth(renewed, (health) => isDrained(health) && health.buffer.lastSequence > kept.buffer.lastSequence);
    expect(await expectAllStored(renewed), 'the same gateway, with its history').to.equal(gatewayId);
  });
});
