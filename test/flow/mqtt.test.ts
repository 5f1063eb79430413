import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Api } from '../kit/api.js';
import { Mosquitto, requireMosquitto } from '../kit/mosquitto.js';
import { type RunningCloud, startCloud } from '../kit/programs.js';
import { until } from '../kit/until.js';

/** What `mosquitto_pub` sends is stored once, whatever is killed meanwhile. */
describe('flow: plain MQTT from a real broker', function () {
  this.timeout(60_000);
  const broker = new Mosquitto();
  const dataDir = mkdtempSync(join(tmpdir(), 'mqtt-flow-'));
  const start = Date.UTC(2026, 10, 23);
  let cloud: RunningCloud;
  let password: string | undefined;
  let api: Api;

  const settings = (): string[] => [
    'mqtt:',
    '  brokers:',
    '    - name: plant',
    `      url: ${broker.url}`,
    '      thingsBoard: { source: gateway }',
    '      topics:',
    '        - { topic: "plant/{machine}/data", source: "{machine}", time: ts }',
    '        - { topic: "raw/{machine}/{tag}", payload: value, source: "{machine}", tag: "{tag}", type: float64 }',
  ];
  async function startService(): Promise<void> {
    cloud = await startCloud({ dataDir, settings: settings() });
    password ??= cloud.password;
    api = new Api(cloud.url);
    await api.signIn({ user: cloud.user, password });
  }
  async function samplesOf(name: string): Promise<unknown[]> {
    const tag = await api.tag(name).catch(() => undefined);
    return tag === undefined ? [] : (await api.samples(tag)).map(({ value }) => value);
  }
  const stored = (name: string, count: number) => until(async () => (await samplesOf(name)).length >= count);
  const message = (n: number, name: string) => JSON.stringify({ ts: start + n, [name]: n });

  before(async function () {
    await requireMosquitto(this);
    await broker.start();
    await startService();
    // Subscribed once a first message has come through: the session is there from then on.
    await until(async () => {
      await broker.publish('raw/m1/hello', ['1']);
      return (await samplesOf('hello')).length > 0;
    });
  });
  after(async () => {
    await cloud?.stop();
    await broker.remove();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('JSON, bare values and ThingsBoard, 64-bit integers exact', async () => {
    await broker.publish('plant/m1/data', [
      `{"ts":${start},"big":9007199254740993,"temp":21.5,"state":"运行"}`,
      '{"ts":1,"broken":',
    ]);
    await broker.publish('v1/gateway/telemetry', [`{"Device A":[{"ts":${start},"values":{"speed":7}}]}`]);
    await broker.publish('raw/m1/level', ['3.25']);
    await stored('level', 1);
    await stored('speed', 1);
    expect(await samplesOf('big')).to.deep.equal(['9007199254740993']);
    expect(await samplesOf('temp')).to.deep.equal([21.5]);
    expect(await samplesOf('state')).to.deep.equal(['运行']);
    expect(await samplesOf('level')).to.deep.equal([3.25]);
  });

  it('tells a gateway of ThingsBoard its limits, without which it sends nothing, and answers no other question', async () => {
    const ask = async (id: number, text: string): Promise<string | undefined> => {
      const answer = broker.read(`v1/devices/me/rpc/response/${id}`);
      await broker.publish(`v1/devices/me/rpc/request/${id}`, [text]);
      return answer;
    };
    await until(async () => {
      const told = await ask(1, '{"method":"getSessionLimits","params":{"timeout":5000}}');
      return told !== undefined && 'rateLimits' in JSON.parse(told);
    });
    for (const other of ['{"method":"reboot"}', '[1]', 'no JSON', ''])
      expect(await ask(2, other), other).to.equal(undefined);
  });

  it('a message is acknowledged when it is durable: the service killed in between, nothing lost, nothing twice', async () => {
    const count = 3_000;
    const lines = Array.from({ length: count }, (_, n) => message(n, 'killed'));
    const sent = broker.publish('plant/m1/data', lines);
    await stored('killed', 100);
    await cloud.kill9();
    await sent;
    await startService();
    await stored('killed', count);
    expect(await samplesOf('killed')).to.deep.equal(lines.map((_, n) => n));
  });

  it('what was sent while the service was down, and through a restart of the broker, is there once', async () => {
    await cloud.stop();
    await broker.publish('plant/m1/data', [message(0, 'away'), message(1, 'away')]);
    await broker.stop();
    await broker.start();
    await startService();
    await stored('away', 2);
    await broker.stop();
    await broker.start();
    await broker.publish('plant/m1/data', [message(2, 'away'), message(2, 'away'), message(1, 'away')]);
    await stored('away', 3);
    await broker.publish('plant/m1/data', [message(3, 'away')]);
    await stored('away', 4);
    expect(await samplesOf('away')).to.deep.equal([0, 1, 2, 3]);
  });
});
