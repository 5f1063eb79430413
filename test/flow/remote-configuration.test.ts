import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { configurationResultSchema } from '@gongfu/shared/wire/configuration';
import { helloSchema } from '@gongfu/shared/wire/handshake';
import { expect } from 'chai';
import { RawServer } from '../edge/drivers/modbus/raw-server.ts';
import { EdgeCloud } from '../kit/edge-cloud.ts';
import { temporaryFolder } from '../kit/folders.ts';
import { gatewayConfig, untilHealth } from '../kit/gateway.ts';
import { type RunningEdge, startEdge } from '../kit/programs.ts';
import { until } from '../kit/until.ts';

/** The gateway's half: a real agent and a real Modbus server; the cloud's end of the wire is the kit's. */
describe('flow: remote configuration', function () {
  this.timeout(120_000);
  const data = temporaryFolder();
  const server = new RawServer();
  const cloud = new EdgeCloud();
  let edge: RunningEdge;
  let offers = 0;

  before(async () => {
    await server.start();
    await cloud.start();
    edge = await start();
  });
  after(async () => {
    await edge?.stop();
    await cloud.stop();
    await server.stop();
    data.remove();
  });

  const sourceOf = (name: string, register: number, port = server.port, keys = '') =>
    `  - { name: ${name}, driver: modbus, host: 127.0.0.1, port: ${port}, interval: 100ms, ${keys} tags: [{ name: t, address: "holding:${register}", type: uint16 }] }`;
  const own = (
    sources = sourceOf('press', 1),
    remote = '{ configuration: true, probation: 1500ms, variables: [PRESS_HOST] }',
  ) =>
    `remote: ${remote}\n${gatewayConfig({ name: 'remote', url: cloud.url, buffer: `${data.folder}/buffer`, sources })}`;
  const start = async (config = own()) => {
    const running = await startEdge({
      config,
      env: { GONGFU_CODE: 'ABCD-EFGH', PRESS_HOST: '127.0.0.1', OTHER: 'mellon' },
    });
    await untilHealth(running, ({ status, uplink }) => status === 'ok' && uplink.state === 'connected');
    return running;
  };
  const offer = async (...sources: string[]) => {
    offers += 1;
    const id = `v-${offers}`;
    const receipt = await cloud.offer({ id, number: offers, text: `sources:\n${sources.join('\n')}\n` });
    return { id, receipt };
  };
  const resultOf = async (id: string) => {
    await until(() => cloud.configurationResults.some((result) => result.id === id));
    return configurationResultSchema.parse(cloud.configurationResults.find((result) => result.id === id));
  };
  /** Sources that run, once they are these. */
  const untilRuns = (...names: string[]) =>
    untilHealth(edge, ({ sources }) => sources.map(({ name }) => name).join() === names.join());
  const asks = (register: number) => {
    const asked = server.requests.filter((request) => request.start === register).length;
    return until(() => server.requests.filter((request) => request.start === register).length > asked + 2);
  };

  it('says that it takes one; one that proves itself is in use, also at the next start', async () => {
    expect(helloSchema.parse(cloud.hellos.at(-1)).remoteConfiguration).to.equal(true);
    const { id, receipt } = await offer(
      sourceOf('press', 1),
      sourceOf('oven', 2).replace('127.0.0.1', '"${PRESS_HOST}"'),
    );
    expect(receipt).to.deep.equal({ received: true });
    await untilRuns('press', 'oven');
    expect(await resultOf(id)).to.deep.include({ outcome: 'applied', code: '', places: [] });
    await edge.stop();
    edge = await start();
    await untilRuns('press', 'oven');
    await asks(2);
    const told = cloud.configurationResults.length;
    expect(await cloud.offer({ id, number: 1, text: 'sources: []' }), 'one it knows').to.deep.equal({ received: true });
    await until(() => cloud.configurationResults.length > told);
    expect(cloud.configurationResults.at(-1)).to.deep.include({ id, outcome: 'applied' });
    await untilRuns('press', 'oven');
  });

  it('refuses a wrong one with all its places, secrets of its own and variables nobody lent; nothing stops', async () => {
    const { id } = await offer(
      sourceOf('press', 70_000),
      sourceOf('oven', 2).replace('127.0.0.1', '"${OTHER}.example"'),
      '  - { name: robot, driver: opcua, endpoint: "opc.tcp://127.0.0.1:1", user: u, password: open, tags: [{ name: a, nodeId: "ns=2;s=A", type: int32 }] }',
    );
    const { outcome, code, places } = await resultOf(id);
    expect([outcome, code]).to.deep.equal(['refused', 'config-invalid']);
    const said = places.map(({ where, what }) => `${where} ${what}`).join('\n');
    expect(said)
      .to.match(/configuration:2:\d+ .*65535/)
      .and.match(/configuration:3:\d+ environment variable OTHER is not set/);
    expect(said).to.match(/configuration:4:\d+ sources\[2\]\.password: is a secret/);
    expect(said + edge.stderr()).to.not.contain('mellon');
    await untilRuns('press', 'oven');
    const more = await offer('uplink: { url: "http://127.0.0.1:1" }');
    expect((await resultOf(more.id)).outcome).to.equal('refused');
  });

  it('changes nothing that may be written: such a source is as on the gateway, or not there', async () => {
    const writable = sourceOf('oven', 2).replace('type: uint16', 'type: uint16, write: { min: 0, max: 10 }');
    const { outcome, places } = await resultOf((await offer(sourceOf('press', 1), writable)).id);
    expect(outcome).to.equal('refused');
    expect(places.map(({ where }) => where)).to.deep.equal(['configuration:3:5']);
    expect(places[0]!.what).to.contain('sources[1]').and.contain('write');
  });

  it('goes back by itself when a source that was connected does not come back, and says which', async () => {
    const { id } = await offer(sourceOf('press', 3, 1), sourceOf('oven', 2));
    await untilHealth(edge, ({ sources }) =>
      sources.some(({ name, state }) => name === 'press' && state !== 'connected'),
    );
    const busy = await offer(sourceOf('press', 1));
    expect(busy.receipt).to.deep.include({ received: false, code: 'configuration-busy' });
    const { outcome, code, detail } = await resultOf(id);
    expect([outcome, code]).to.deep.equal(['rolled-back', 'configuration-unproved']);
    expect(detail).to.contain('source press').and.not.contain('oven');
    await untilHealth(edge, ({ status, sources }) => status === 'ok' && sources.length === 2);
    await asks(1);
  });

  it('killed during the probation it begins with the last good one, and tells', async () => {
    const { id } = await offer(sourceOf('press', 5), sourceOf('new', 6));
    await untilRuns('press', 'new');
    await edge.kill9();
    edge = await start();
    await untilRuns('press', 'oven');
    await asks(2);
    expect(await resultOf(id)).to.deep.include({ outcome: 'rolled-back', code: 'configuration-unproved' });
  });

  it('who was there last is right: sources changed in the file on the spot end the version from the cloud', async () => {
    writeFileSync(edge.configFile, own(sourceOf('lathe', 7)));
    edge.process.kill('SIGHUP');
    await untilRuns('lathe');
    await until(() => cloud.configurationResults.at(-1)?.outcome === 'superseded');
    expect(cloud.configurationResults.at(-1)).to.deep.include({ id: 'v-1', code: 'configuration-superseded' });
    const { id } = await offer(sourceOf('lathe', 7), sourceOf('mill', 8));
    expect(await resultOf(id)).to.deep.include({ outcome: 'applied' });
    await untilRuns('lathe', 'mill');
  });

  it('without leave in its own file it says nothing of it and takes none', async () => {
    await edge.stop();
    edge = await start(own(sourceOf('press', 1), '{ configuration: false }'));
    await untilRuns('press');
    expect(helloSchema.parse(cloud.hellos.at(-1)).remoteConfiguration).to.equal(undefined);
    const answered = offer(sourceOf('oven', 2)).then(
      () => true,
      () => false,
    );
    expect(await Promise.race([answered, wait(500).then(() => 'silent')])).to.equal('silent');
    await untilRuns('press');
    expect(existsSync(`${data.folder}/buffer/configuration/remote.json`)).to.equal(true);
    expect(readFileSync(`${data.folder}/buffer/configuration/remote.json`, 'utf8')).to.not.contain('mellon');
  });
});
