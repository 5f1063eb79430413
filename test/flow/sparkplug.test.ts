import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Api, type ApiSample } from '../kit/api.js';
import { Mosquitto, requireMosquitto } from '../kit/mosquitto.js';
import { type RunningCloud, startCloud } from '../kit/programs.js';
import { requirePeers } from '../kit/python.js';
import { SparkplugNode } from '../kit/sparkplug-node.js';
import { until } from '../kit/until.js';

/** An edge node by a library nobody here wrote, through a real broker, into the service and out of its interface. */
describe('flow: Sparkplug B from a real edge node', function () {
  this.timeout(60_000);
  const broker = new Mosquitto();
  const dataDir = mkdtempSync(join(tmpdir(), 'sparkplug-flow-'));
  let cloud: RunningCloud;
  let password: string | undefined;
  let api: Api;
  let node: SparkplugNode;
  const told: { event: string; data: { source: string; reason: string; from: string; to: string } }[] = [];
  const listener = createServer((request, response) => {
    let body = '';
    request.on('data', (text) => {
      body += text;
    });
    request.on('end', () => {
      told.push(JSON.parse(body));
      response.writeHead(204).end();
    });
  });

  async function startService(): Promise<void> {
    const sparkplug = '{ hostId: gongfu, reorderTimeout: 300ms }';
    const hook = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/`;
    const settings = [
      'mqtt:',
      '  brokers:',
      `    - { name: plant, url: ${broker.url}, sparkplug: ${sparkplug} }`,
      'webhooks:',
      '  allowedHosts: [127.0.0.1]',
      '  hooks:',
      `    - { name: mes, url: "${hook}", secret: a secret of sixteen or more, events: [gap.recorded] }`,
    ];
    cloud = await startCloud({ dataDir, settings });
    password ??= cloud.password;
    api = new Api(cloud.url);
    await api.signIn({ user: cloud.user, password });
  }
  async function samplesOf(name: string): Promise<ApiSample[]> {
    const tag = await api.tag(name).catch(() => undefined);
    return tag === undefined ? [] : api.samples(tag);
  }
  const values = async (name: string) => (await samplesOf(name)).map(({ value }) => value);
  const has = (name: string, value: unknown) => until(async () => (await values(name)).includes(value as never));
  const state = async () =>
    JSON.parse((await broker.read('spBv1.0/STATE/gongfu'))!) as { online: boolean; timestamp: number };

  before(async function () {
    await requireMosquitto(this);
    node = new SparkplugNode(await requirePeers(this));
    await broker.start();
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    await startService();
    await until(async () => (await broker.read('spBv1.0/STATE/gongfu')) !== undefined);
    await node.connect(
      broker.port,
      { load: ['INT32', 5] },
      {
        big: ['INT64', '-9007199254740993'],
        vast: ['UINT64', '18446744073709551615'],
        temp: ['DOUBLE', 0.1],
        small: ['INT8', -5],
        on: ['BOOLEAN', true],
        program: ['STRING', '硫化 A1'],
      },
    );
    await has('program', '硫化 A1');
  });
  after(async () => {
    await node?.die();
    await cloud?.stop();
    listener.close();
    await broker.remove();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('tells that it is there, and takes the births: every value once, 64-bit integers exact', async () => {
    expect(await state()).to.include({ online: true });
    expect(await values('big')).to.deep.equal(['-9007199254740993']);
    expect(await values('vast')).to.deep.equal(['18446744073709551615']);
    expect(await values('temp')).to.deep.equal([0.1]);
    expect(await values('small')).to.deep.equal([-5]);
    expect(await values('on')).to.deep.equal([true]);
    expect(await values('load')).to.deep.equal([5]);
    const { items } = await api.get<{ items: { source: string; name: string }[] }>('/api/v1/tags?limit=100');
    const sources = new Set(items.map(({ source }) => source));
    expect([...sources]).to.have.members(['Plant A/edge-1', 'Plant A/edge-1/press']);
  });

  it('takes data, and asks for a rebirth where a message is missing', async () => {
    await node.update({ temp: ['DOUBLE', 21.5] });
    await has('temp', 21.5);
    expect(node.commands).to.deep.equal([]);
    await node.skip();
    await node.update({ temp: ['DOUBLE', 22.5] });
    await until(() => node.commands.includes('Node Control/Rebirth'));
    await has('temp', 22.5);
    await node.update({ temp: ['DOUBLE', 23.5] });
    await has('temp', 23.5);
    expect(node.commands).to.deep.equal(['Node Control/Rebirth']);
  });

  it('the loss has a name, in the list of gaps and in a webhook', async () => {
    const { items } = await api.get<{ items: { source: string; reason: string; from: string; to: string }[] }>(
      '/api/v1/gaps',
    );
    expect(items).to.have.length(1);
    expect(items[0]).to.include({ source: 'Plant A/edge-1', reason: 'messages-missing' });
    const samples = await samplesOf('temp');
    const timeOf = (value: number) => samples.find((sample) => sample.value === value)!.sourceTime;
    expect(Date.parse(items[0]!.from)).to.be.closeTo(Date.parse(timeOf(21.5)), 1_000);
    expect(Date.parse(items[0]!.to)).to.be.closeTo(Date.parse(timeOf(22.5)), 1_000);
    await until(() => told.length > 0);
    expect(told).to.have.length(1);
    const { source, reason, from, to } = items[0]!;
    expect(told[0]).to.include({ event: 'gap.recorded' });
    expect(told[0]!.data).to.include({ source, reason, from, to });
  });

  it('killed and started again: asks for the births it does not know, nothing is doubled', async () => {
    await cloud.kill9();
    await until(async () => (await state()).online === false);
    await startService();
    await until(async () => (await state()).online);
    const asked = node.commands.length;
    await node.update({ big: ['INT64', '9007199254740995'] });
    await until(() => node.commands.length > asked);
    await node.update({ temp: ['DOUBLE', 24.5] });
    await has('temp', 24.5);
    expect(await values('big')).to.deep.equal(['-9007199254740993', '9007199254740995']);
    for (const name of ['temp', 'load', 'program']) {
      const told = (await samplesOf(name)).map(({ sourceTime, value }) => `${sourceTime} ${value}`);
      expect(new Set(told).size, name).to.equal(told.length);
    }
  });

  it('a node that dies leaves no value that looks alive', async () => {
    await node.die();
    await until(async () => (await samplesOf('temp')).at(-1)!.value === null);
    for (const name of ['temp', 'big', 'load', 'program']) {
      expect((await samplesOf(name)).at(-1), name).to.include({ value: null, quality: 'bad', status: 0x80310000 });
    }
  });

  it('says goodbye when it stops', async () => {
    await cloud.stop();
    expect((await state()).online).to.equal(false);
  });
});
