import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { Api } from '../kit/api.js';
import { Mosquitto, requireMosquitto } from '../kit/mosquitto.js';
import { type RunningCloud, startCloud } from '../kit/programs.js';
import { requirePeers } from '../kit/python.js';
import { until } from '../kit/until.js';

interface Heard {
  readonly kind: string;
  readonly device: string | null;
  readonly seq: number | null;
  readonly metrics: readonly [string, string, unknown][];
}

/** What the service publishes, as `mosquitto_sub` and a Sparkplug library nobody here wrote hear it. */
describe('flow: samples told to a broker', function () {
  this.timeout(60_000);
  const broker = new Mosquitto();
  const dataDir = mkdtempSync(join(tmpdir(), 'mqtt-out-'));
  const start = Date.UTC(2026, 10, 23);
  const plainTopic = 'haier/plant/out';
  const heard: Heard[] = [];
  let host: ChildProcess;
  let cloud: RunningCloud;
  let api: Api;

  const send = (n: number, value: string) => broker.publish('in/m1', [`{"ts":${start + n},"out":${value}}`]);
  const last = (kind: string) => heard.filter((one) => one.kind === kind).at(-1);
  const born = () => last('DBIRTH')?.metrics.some(([name]) => name === 'out') ?? false;

  before(async function () {
    await requireMosquitto(this);
    const python = await requirePeers(this);
    await broker.start();
    const words = [python.scriptPath('sparkplug-host.py'), String(broker.port), 'Gongfu', 'cloud'];
    host = spawn(python.path, words, { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: host.stdout! }).on('line', (line) => heard.push(JSON.parse(line) as Heard));
    const settings = [
      'mqtt:',
      '  brokers:',
      '    - name: plant',
      `      url: ${broker.url}`,
      '      topics: [{ topic: in/+, source: m1, time: ts, fields: { out: { type: int64, unit: "1" } } }]',
      '      publish: { plain: { enterprise: haier, retain: true }, sparkplug: { group: Gongfu, node: cloud } }',
    ];
    cloud = await startCloud({ dataDir, settings });
    api = new Api(cloud.url);
    await api.signIn(cloud);
    await until(async () => {
      await send(0, '1');
      return api.tag('out').then(
        () => true,
        () => false,
      );
    });
    const signals = [{ role: 'signal', gateway: 'mqtt:plant', source: 'm1', tag: 'out' }];
    const name = { zh: '工厂', en: 'Plant' };
    await api.post('/api/v1/assets', { parent: null, id: 'plant', level: 'enterprise', name, signals });
    await until(born);
  });
  after(async () => {
    await cloud?.stop();
    host?.kill('SIGKILL');
    await broker.remove();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('plain: JSON under the ISA-95 path, 64-bit exact, the last value kept', async () => {
    await send(1, '9007199254740993');
    await until(async () => (await broker.read(plainTopic))?.includes('9007199254740993') ?? false);
    expect(JSON.parse((await broker.read(plainTopic))!)).to.deep.equal({
      time: '2026-11-23T00:00:00.001Z',
      value: '9007199254740993',
      quality: 'good',
      unit: '1',
    });
  });

  it('Sparkplug B: births with names and types, data by alias, numbers without a hole', async () => {
    await until(() => last('DDATA')?.metrics[0]?.[2] === '9007199254740993');
    expect(last('NBIRTH')!.metrics.map(([name]) => name)).to.have.members(['bdSeq', 'Node Control/Rebirth']);
    expect(last('DBIRTH')).to.deep.include({ device: 'plant', metrics: [['out', 'INT64', '1']] });
    for (let n = 2; n < 8; n += 1) await send(n, String(n));
    await until(() => last('DDATA')?.metrics.at(-1)?.[2] === '7');
    const since = heard.slice(heard.findLastIndex(({ kind }) => kind === 'NBIRTH'));
    expect(since.map(({ seq }) => seq)).to.deep.equal(since.map((_, place) => place));
  });

  it('tells its births anew on command', async () => {
    const births = heard.filter(({ kind }) => kind === 'NBIRTH').length;
    host.stdin!.write('rebirth\n');
    await until(() => heard.filter(({ kind }) => kind === 'NBIRTH').length > births);
    await until(() => heard.at(-1)!.kind === 'DBIRTH');
    expect(heard.at(-1)!.metrics).to.deep.equal([['out', 'INT64', '7']]);
  });

  it('dies with the number of its birth when the service is killed', async () => {
    const bdSeq = (kind: string) => last(kind)?.metrics.find(([name]) => name === 'bdSeq')?.[2];
    await cloud.kill9();
    await until(() => last('NDEATH') !== undefined);
    expect(bdSeq('NDEATH')).to.match(/^\d+$/);
    expect(bdSeq('NDEATH')).to.equal(bdSeq('NBIRTH'));
  });
});
