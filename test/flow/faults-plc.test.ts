import { writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { StatusCode } from '@gongfu/shared/model/quality';
import { expect } from 'chai';
import { exceptionOf, frameOf, RawServer, truthOf, type WireRequest } from '../edge/drivers/modbus/raw-server.ts';
import { Api, type ApiSample } from '../kit/api.ts';
import { temporaryFolder } from '../kit/folders.ts';
import { gatewayConfig, healthOf, isDrained, untilHealth } from '../kit/gateway.ts';
import { type RunningCloud, type RunningEdge, runProgram, startCloud, startEdge } from '../kit/programs.ts';

/** What the register asked for never holds, so that a false answer taken for true is seen. */
const lie = Buffer.from([0xde, 0xad]);
const register = 77;

type Attack = (request: WireRequest) => Buffer | 'nothing' | 'reset' | 'end';
/** Each replaces the true answer for a while. */
const attacks: Readonly<Record<string, Attack>> = {
  'another transaction': (request) => frameOf(request, lie, { transaction: (request.transaction + 1000) & 0xffff }),
  'another protocol': (request) => frameOf(request, lie, { protocol: 7 }),
  'another unit': (request) => frameOf(request, lie, { unitId: request.unitId + 1 }),
  'another function': (request) => frameOf(request, lie, { functionCode: 0x41 }),
  'too many bytes': (request) => frameOf(request, Buffer.concat([lie, lie, lie])),
  'too few bytes': (request) => frameOf(request, Buffer.alloc(0)),
  'a byte count that lies': (request) => frameOf(request, lie, { byteCount: 250 }),
  'a length of zero': (request) => frameOf(request, lie, { length: 0 }),
  'a length beyond any frame': (request) => frameOf(request, lie, { length: 0xffff }),
  'half a frame': (request) => truthOf(request).subarray(0, 8),
  'half a frame, then the end': () => 'end',
  'a reset': () => 'reset',
  silence: () => 'nothing',
  'an exception nobody knows': (request) => exceptionOf(request, 0x99),
  'an exception of code 0': (request) => exceptionOf(request, 0),
  noise: () => Buffer.from(Array.from({ length: 4096 }, (_, n) => (n * 167 + 13) & 0xff)),
  'a page of a web server': () => Buffer.from(`HTTP/1.1 400 Bad Request\r\n\r\n${'x'.repeat(70_000)}`),
};

describe('flow: faults of the source', function () {
  this.timeout(60_000);
  const data = temporaryFolder();
  const server = new RawServer();
  let cloud: RunningCloud;
  let edge: RunningEdge | undefined;
  let api: Api;
  let modbusPort: number;

  before(async () => {
    cloud = await startCloud({ dataDir: `${data.folder}/cloud` });
    api = new Api(cloud.url);
    await api.signIn(cloud);
    // A port that was free a moment ago: the PLC that is to come.
    modbusPort = await server.start();
    await server.stop();
  });
  after(async () => {
    await edge?.stop();
    await cloud?.stop();
    await server.stop();
    data.remove();
  });

  const source = () => `  - name: plc
    driver: modbus
    host: 127.0.0.1
    port: ${modbusPort}
    interval: 20ms
    timeout: 100ms
    tags: [{ name: level, address: "holding:${register}", type: uint16 }]`;
  const config = () =>
    gatewayConfig({ name: 'plc-faults', url: cloud.url, buffer: `${data.folder}/buffer`, sources: source() });
  const latest = async (tag: string) => (await api.get<{ items: ApiSample[] }>(`/api/v1/latest?tags=${tag}`)).items[0];
  const untilLatest = async (tag: string, wanted: (sample: ApiSample) => boolean) => {
    for (;;) {
      const sample = await latest(tag);
      if (sample !== undefined && wanted(sample)) return sample;
      await wait(30);
    }
  };

  it('starts without its PLC: the tag is bad with BadNoCommunication, and good when the PLC appears', async () => {
    edge = await startEdge({ config: config(), env: { GONGFU_CODE: await api.code('plc-faults') } });
    const absent = await untilHealth(edge, isConnectedWithSamples);
    expect(absent.status).to.equal('degraded');
    expect(absent.sources[0]).to.include({ name: 'plc' });
    expect(absent.sources[0]!.state).to.not.equal('connected');
    expect(absent.sources[0]!.detail).to.contain(`127.0.0.1:${modbusPort}`);
    const tag = await api.tag('level');
    const bad = await untilLatest(tag, () => true);
    expect(bad).to.include({ quality: 'bad', value: null, status: StatusCode.BadNoCommunication });

    await server.start(modbusPort);
    expect(await untilLatest(tag, ({ quality }) => quality === 'good')).to.include({ value: register, status: 0 });
    expect((await untilHealth(edge, ({ status }) => status === 'ok')).sources[0]).to.include({ state: 'connected' });
  });

  it('lives through every false answer, takes none for true, and reads on when the truth comes back', async () => {
    const running = edge!;
    const tag = await api.tag('level');
    for (const [name, attack] of Object.entries(attacks)) {
      const asked = server.requests.length;
      let answered = 0;
      server.answer = (request, socket) => {
        answered += 1;
        const answer = attack(request);
        if (answer === 'reset') socket.resetAndDestroy();
        else if (answer === 'end') socket.end(truthOf(request).subarray(0, 8));
        else if (answer !== 'nothing') socket.write(answer);
      };
      while (answered === 0) await wait(10);
      await untilLatest(tag, ({ quality }) => quality === 'bad');
      server.answer = (request, socket) => socket.write(truthOf(request));
      const since = Date.now();
      await untilLatest(tag, ({ quality, sourceTime }) => quality === 'good' && Date.parse(sourceTime) >= since);
      expect([running.process.exitCode, running.process.signalCode], name).to.deep.equal([null, null]);
      expect(server.requests.length, name).to.be.greaterThan(asked);
    }
    const samples = await api.samples(tag);
    const good = samples.filter(({ quality }) => quality === 'good');
    expect(new Set(good.map(({ value }) => value)), 'values ever called good').to.deep.equal(new Set([register]));
    expect(samples.filter(({ quality, value }) => quality === 'bad' && value !== null)).to.deep.equal([]);
    expect(running.stderr()).to.not.match(/\n\s+at /);
    expect((await healthOf(running)).uplink.state).to.equal('connected');
  });

  it('a second agent on the same buffer is refused; the first goes on', async () => {
    const running = edge!;
    const file = `${data.folder}/second.yaml`;
    writeFileSync(file, config());
    const second = await runProgram('edge/bin/gongfu-edge.js', ['run', '-c', file]);
    expect([second.code, second.stdout]).to.deep.equal([1, '']);
    expect(second.stderr)
      .to.contain('[buffer-in-use]')
      .and.contain(`process ${running.process.pid}`)
      .and.contain(`${data.folder}/buffer`)
      .and.not.match(/\n\s+at /);
    const { lastSequence } = (await healthOf(running)).buffer;
    await untilHealth(running, (health) => isDrained(health) && health.buffer.lastSequence > lastSequence + 2);
  });
});

function isConnectedWithSamples(health: Awaited<ReturnType<typeof healthOf>>): boolean {
  return isDrained(health) && health.buffer.lastSequence > 0;
}
