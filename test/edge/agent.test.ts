import { deserialize } from 'node:v8';
import { systemClock } from '@gongfu/shared/base/clock';
import { type Logger, silentLogger } from '@gongfu/shared/base/logger';
import { expect } from 'chai';
import { Agent } from '#edge/agent';
import { readEdgeConfig } from '#edge/config';
import { packReading, type ReadConfiguration } from '#edge/configuration/configuration-reading';
import { LogMemory } from '#edge/health/log-memory';
import { EdgeCloud } from '../kit/edge-cloud.ts';
import { temporaryFolder } from '../kit/folders.ts';
import { ModbusPlc } from '../kit/modbus-plc.ts';
import { until } from '../kit/until.ts';

/** A collector that gives up in the middle of a change: it wants a log of its own for each new source. */
const failingFor = (source: string): Logger => ({
  ...silentLogger,
  child: (fields: { source?: string }) => {
    if (fields.source === source) throw new Error('no log for this one');
    return failingFor(source);
  },
});

describe('Agent', function () {
  this.timeout(60_000);
  const { folder, remove } = temporaryFolder();
  const cloud = new EdgeCloud();
  const plc = new ModbusPlc();
  let text = '';
  let first = '';
  let agent: Agent | undefined;

  const source = (name: string, tags: string) => `
  - { name: ${name}, driver: modbus, host: 127.0.0.1, port: ${plc.port}, interval: 50ms, tags: [${tags}] }`;
  const tag = (name: string, register: number, rule = '') =>
    `{ name: ${name}, address: "holding:${register}", type: uint16, write: { min: 0, max: 9, ${rule} } }`;
  const config = (sources: string) => `
gateway: { name: gw-1 }
uplink: { url: "${cloud.url}", code: ABCD-EFGH }
buffer: { path: "${folder}" }
status: { port: 0 }
commands: { enabled: true }
sources:${sources}
`;
  const read = () => readEdgeConfig('edge.yaml', text, {});

  before(async () => {
    await cloud.start();
    await plc.start();
    const steady = source(
      'steady',
      [tag('open', 10), tag('guarded', 11, 'interlock: { source: press, tag: speed, below: 9 }')].join(', '),
    );
    const press = (register: number) => source('press', tag('speed', register));
    first = config(steady + press(20));
    text = first;
    const started = read();
    agent = new Agent({
      config: started,
      read: async () => (deserialize(packReading(read)) as { read: ReadConfiguration }).read,
      judgeCommand: ['false'],
      uplink: started.uplink!,
      version: '0.0.0',
      clock: systemClock,
      random: Math.random,
      log: failingFor('added'),
      logMemory: new LogMemory(),
    });
    await agent.start();
    await until(() => cloud.hellos.length > 0 && plc.readsTotal > 5);
    text = config(steady + press(21) + source('added', tag('more', 30)));
  });
  after(async () => {
    await agent?.stop();
    await cloud.stop();
    await plc.stop();
    remove();
  });

  let ids = 0;
  async function outcomeOf(name: string): Promise<string> {
    ids += 1;
    const id = `c-${ids}`;
    const { number } = cloud.hellos.at(-1)!.tags.find((one) => one.name === name)!;
    const now = Date.now();
    const asked = { requestedBy: 'li.wei', approvedBy: null, reason: 'test', value: 1 };
    const times = { requestedAt: now, expiresAt: now + 10_000, expiresInMs: 10_000 };
    expect(await cloud.command({ id, number, ...asked, ...times })).to.deep.equal({ received: true });
    await until(() => cloud.results.some((result) => result.id === id));
    return cloud.results.find((result) => result.id === id)!.code;
  }

  it('writes on after a reload that failed half way, but not where nobody knows what an address means', async () => {
    expect(await outcomeOf('open')).to.equal('written');
    expect(await outcomeOf('guarded')).to.equal('written');
    expect((await agent!.reload()).outcome).to.equal('refused');
    expect(await outcomeOf('open')).to.equal('written');
    expect(await outcomeOf('speed')).to.equal('not-writable');
    expect(await outcomeOf('guarded')).to.equal('not-writable');
    text = first;
    expect((await agent!.reload()).outcome).to.equal('applied');
    await until(async () => (await outcomeOf('speed')) === 'written');
    expect(await outcomeOf('guarded')).to.equal('written');
  });

  it('takes no configuration any more while it is being stopped', async () => {
    const stopped = agent!.stop();
    const { outcome, problem } = await agent!.reload();
    expect(outcome).to.equal('refused');
    expect(problem?.detail).to.contain('being stopped');
    await stopped;
  });
});
