import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type OpcuaServerOptions, OpcuaServerProcess } from '#test/kit/opcua-server';
import { runProgram } from '#test/kit/programs';
import { type Rig, startDriver, tagOf, until } from './recording.ts';

const line = 'http://line.test/';
const count = 250;
const variables = Array.from({ length: count }, (_, index) => ({
  namespaceUri: line,
  identifier: `i=${1000 + index}`,
  type: 'Int32' as const,
  value: index,
}));
const tags = variables.map(({ identifier }, index) => tagOf(index + 1, `nsu=${line};${identifier}`, 'int32'));

describe('OPC UA server with limits of its calls', function () {
  this.timeout(180_000);
  let folder = '';
  let server: OpcuaServerProcess;
  let rig: Rig | undefined;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gongfu-opcua-limits-'));
  });

  afterEach(async () => {
    await rig?.stop();
    rig = undefined;
    await server?.kill();
  });

  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function serve(options: Partial<OpcuaServerOptions>): Promise<void> {
    server = await OpcuaServerProcess.start({ port: 0, folder, namespaces: [line], variables, ...options });
  }

  /** All values subscribed, polled and browsed. */
  async function readEveryWay(): Promise<void> {
    rig = await startDriver({ endpoint: server.endpoint }, tags);
    const { writer } = rig;
    await until('all values', () => tags.every(({ number }) => writer.of(number).length > 0));
    expect(tags.map(({ number }) => writer.present(number)!.value)).to.deep.equal(tags.map((_, index) => index));
    expect(rig.driver.health()).to.deep.equal({ state: 'connected', detail: '' });
    await rig.stop();
    rig = await startDriver({ endpoint: server.endpoint, mode: 'poll' }, tags);
    const { driver } = rig;
    await until('connected', () => driver.health().state === 'connected');
    for (const group of driver.groups) await driver.poll(group);
    for (const group of driver.groups) await driver.poll(group);
    expect(rig.writer.samples.map(({ value }) => value)).to.deep.equal([...tags, ...tags].map((_, i) => i % count));
    const { stdout } = await runProgram('edge/bin/gongfu-edge.js', ['browse', server.endpoint]);
    expect(stdout.match(/nodeId: "nsu=http:\/\/line.test\/;i=\d+", type: "int32"/g)).to.have.length(count);
  }

  it('asks for no more at once than the server says', async () => {
    await serve({ itemsPerCallMax: 100 });
    await readEveryWay();
    expect(await server.refusedCalls()).to.equal(0);
  });

  it('finds the limit of a server that says it has none, and keeps to it', async () => {
    await serve({ itemsPerCallMax: 100, hidesLimits: true });
    await readEveryWay();
    // 250 and 125 subscribed, the same read once by the poller, 200 browsed and twice read: each size once, not at every poll.
    expect(await server.refusedCalls()).to.be.within(3, 8);
  });

  it('goes over more subscriptions where one takes fewer items', async () => {
    await serve({ itemsPerSubscriptionMax: 120 });
    rig = await startDriver({ endpoint: server.endpoint }, tags);
    const { writer, driver } = rig;
    const values = (): unknown[] => tags.map(({ number }) => writer.present(number)?.value);
    await until('all values', () => values().every((value) => typeof value === 'number'));
    expect(values()).to.deep.equal(tags.map((_, index) => index));
    expect(driver.health()).to.deep.equal({ state: 'connected', detail: '' });
    expect(rig.log.filter((text) => text.includes('they go over more of them'))).to.have.length(1);
    await server.set(line, 'i=1249', 7);
    await until('a change in the last one', () => writer.present(250)?.value === 7);
  });

  it('reads what a full server takes and names the rest', async () => {
    await serve({ itemsMax: 120 });
    rig = await startDriver({ endpoint: server.endpoint }, tags);
    const { writer, driver } = rig;
    const full = '130 tags refused, as tag-121: BadTooManyMonitoredItems';
    await until('what fits', () => driver.health().detail === full && writer.present(120)?.value === 119);
    expect(tags.map(({ number }) => writer.present(number)!.value)).to.deep.equal(
      tags.map((_, index) => (index < 120 ? index : null)),
    );
  });
});
