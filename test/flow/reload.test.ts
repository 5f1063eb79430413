import { writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { RawServer, truthOf } from '../edge/drivers/modbus/raw-server.ts';
import { Api } from '../kit/api.ts';
import { temporaryFolder } from '../kit/folders.ts';
import { gatewayConfig, healthOf, isDrained, untilHealth } from '../kit/gateway.ts';
import { type RunningCloud, type RunningEdge, runProgram, startCloud, startEdge } from '../kit/programs.ts';

/** Register the untouched source reads, and nobody else. */
const steadyRegister = 7;
const steadyMs = 1_000;

describe('flow: reload', function () {
  this.timeout(60_000);
  const data = temporaryFolder();
  const server = new RawServer();
  let cloud: RunningCloud;
  let edge: RunningEdge;
  let api: Api;
  const steadyTimes: number[] = [];

  before(async () => {
    await server.start();
    server.answer = (request, socket) => {
      if (request.start === steadyRegister) steadyTimes.push(performance.now());
      socket.write(truthOf(request));
    };
    cloud = await startCloud({ dataDir: `${data.folder}/cloud` });
    api = new Api(cloud.url);
    await api.signIn(cloud);
    const config = configOf([steady(), sourceOf('press', 'pressure:10')]);
    edge = await startEdge({ config, env: { GONGFU_CODE: await api.code('reloading'), SECRET: 'mellon' } });
    await untilHealth(edge, (health) => isDrained(health) && health.status === 'ok');
  });
  after(async () => {
    await edge?.stop();
    await cloud?.stop();
    await server.stop();
    data.remove();
  });

  const steady = () => sourceOf('steady', `level:${steadyRegister}`, `${steadyMs}ms`);
  function sourceOf(name: string, tags: string, interval = '50ms', more = ''): string {
    const listed = tags.split(' ').map((tag) => {
      const [tagName, register] = tag.split(':');
      return `{ name: ${tagName}, address: "holding:${register}", type: uint16 }`;
    });
    return `  - { name: ${name}, driver: modbus, host: 127.0.0.1, port: ${server.port}, interval: ${interval}, ${more} tags: [${listed.join(', ')}] }`;
  }
  function configOf(sources: readonly string[]): string {
    const buffer = `${data.folder}/buffer`;
    return gatewayConfig({ name: 'reloading', url: cloud.url, buffer, sources: sources.join('\n') });
  }
  const reload = async (text: string) => {
    writeFileSync(edge.configFile, text);
    return runProgram('edge/bin/gongfu-edge.js', ['reload', '-c', edge.configFile]);
  };
  const knownVersion = async () => {
    const { items } = await api.get<{ items: { configuration: { version: string } | null }[] }>('/api/v1/gateways');
    return items[0]!.configuration?.version;
  };
  const untilValue = async (tag: string, value: number) => {
    for (;;) {
      const id = await api.tag(tag).catch(() => undefined);
      const samples = id === undefined ? [] : await api.samples(id);
      if (samples.some((sample) => sample.value === value)) return samples;
      await wait(50);
    }
  };

  it('takes sources in, changes and drops them: what they read arrives, and the cloud hears of the version', async () => {
    const first = (await healthOf(edge)).configurationVersion;
    const added = await reload(
      configOf([sourceOf('oven', 'heat:20'), steady(), sourceOf('press', 'pressure:10 stroke:11')]),
    );
    expect([added.code, added.stderr]).to.deep.equal([0, '']);
    const { configurationVersion, reload: report } = await healthOf(edge);
    expect(report).to.include({ outcome: 'applied', problem: null });
    expect(configurationVersion).to.not.equal(first);
    expect(added.stdout).to.contain(`configuration ${configurationVersion.slice(0, 8)}`);
    await Promise.all([untilValue('heat', 20), untilValue('stroke', 11)]);
    while ((await knownVersion()) !== configurationVersion) await wait(50);

    const dropped = await reload(configOf([steady(), sourceOf('oven', 'heat:21')]));
    expect([dropped.code, dropped.stderr]).to.deep.equal([0, '']);
    const { sources } = await untilHealth(edge, isDrained);
    expect(sources.map(({ name }) => name)).to.deep.equal(['steady', 'oven']);
    const heat = await untilValue('heat', 21);
    expect(new Set(heat.map(({ value, quality }) => `${quality} ${value}`))).to.deep.equal(
      new Set(['good 20', 'good 21']),
    );
    const pressure = await api.samples(await api.tag('pressure'));
    expect(new Set(pressure.map(({ value }) => value)), 'what it read before is there, and nothing else').to.deep.equal(
      new Set([10]),
    );
  });

  it('refuses a wrong file whole, with all that is wrong in the log and on the page; the old one goes on', async () => {
    const before = await healthOf(edge);
    writeFileSync(edge.configFile, `${configOf([steady(), sourceOf('oven', 'heat:70000', '1ms')])}nonsense: 1\n`);
    edge.process.kill('SIGHUP');
    const {
      configurationVersion,
      reload: report,
      sources,
    } = await untilHealth(edge, ({ reload: made }) => made?.outcome === 'refused');
    expect(configurationVersion).to.equal(before.configurationVersion);
    expect(sources.map(({ name, state }) => [name, state])).to.deep.equal([
      ['steady', 'connected'],
      ['oven', 'connected'],
    ]);
    expect(report?.problem?.code).to.equal('config-invalid');
    const places = report!.problem!.places.map(({ what }) => what).join('\n');
    for (const fault of ['interval', '65535', 'unknown key "nonsense"']) expect(places).to.contain(fault);
    expect(edge.stderr())
      .to.contain('unknown key \\"nonsense\\"')
      .and.not.match(/\n\s+at /);
    expect(await (await fetch(`${edge.statusUrl}/?lang=zh`)).text())
      .to.contain('新配置未生效')
      .and.contain('nonsense');
  });

  it('names what needs a restart, without what it holds, and changes nothing of the rest', async () => {
    const text = configOf([steady()])
      .replace('name: reloading', 'name: another')
      .replace('status: { port: 0 }', 'status: { port: 8099, host: "${SECRET}" }')
      .replace('maxBytes: 64MiB', 'maxBytes: 65MiB');
    const before = (await healthOf(edge)).configurationVersion;
    writeFileSync(edge.configFile, text);
    edge.process.kill('SIGHUP');
    const {
      reload: report,
      configurationVersion,
      sources,
    } = await untilHealth(edge, ({ reload: made }) => made?.problem?.code === 'restart-needed');
    expect(report!.problem!.places.map(({ where }) => where)).to.deep.equal([
      'gateway.name',
      'buffer.maxBytes',
      'status.host',
      'status.port',
    ]);
    expect(JSON.stringify(report) + edge.stderr()).to.not.contain('mellon');
    expect([configurationVersion, sources.length]).to.deep.equal([before, 2]);
  });

  it('the command says what is wrong before it asks, and that no agent runs where none does', async () => {
    const wrong = await reload('gateway: {}\n');
    expect([wrong.code, wrong.stdout]).to.deep.equal([1, '']);
    expect(wrong.stderr).to.contain('[config-invalid]');
    const alone = await reload(configOf([steady()]).replace('/buffer"', '/nobody"'));
    expect(alone.stderr).to.contain('[agent-absent]');
  });

  it('all that time the untouched source was polled once in every slot of its grid', async () => {
    const { groups } = (await healthOf(edge)).sources[0]!;
    expect(steadyTimes).to.have.length.greaterThan(4);
    expectGrid(steadyTimes, 'as the source saw it');
    expect(groups[0]!.skippedTotal).to.equal(0);
    const level = await api.samples(await api.tag('level'));
    expectGrid(
      level.map(({ sourceTime }) => Date.parse(sourceTime)),
      'as it is stored',
    );
    const lost = await api.get<{ items: object[] }>('/api/v1/gaps?from=0&to=4000000000000');
    expect(lost.items).to.deep.equal([]);
  });
});

/** One moment in each slot, none without and none with two: late they may be, on a busy machine, but never by a whole slot. */
function expectGrid(times: readonly number[], what: string): void {
  const offsets = times.map((time, slot) => time - slot * steadyMs);
  const begin = offsets.reduce((least, offset) => Math.min(least, offset));
  for (const [slot, offset] of offsets.entries()) expect(offset - begin, `${what}, slot ${slot}`).to.be.below(steadyMs);
}
