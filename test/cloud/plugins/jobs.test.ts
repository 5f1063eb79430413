import { silentLogger } from '@gongfu/shared/base/logger';
import { definePlugin } from '@gongfu/shared/sdk/plugin';
import type { PluginContext } from '@gongfu/shared/sdk/plugin-context';
import { expect } from 'chai';
import { PluginJobLoop } from '#cloud/plugins/host/plugin-jobs';
import { FakeClock } from '../../kit/fake-clock.ts';
import { hour, minute, PluginBench } from './plugin-bench.ts';
import { definition, type Settings } from './plugin-probe.ts';

describe('plugin host: jobs', function () {
  this.timeout(60_000);
  let bench: PluginBench;
  before(async () => {
    bench = await PluginBench.open();
  });
  after(() => bench.close());

  it('run for every tenant that has the plugin on', async () => {
    let ran: (tenantId: string) => void = () => undefined;
    const job = { id: 'count', everyMs: minute, run: async ({ tenantId }: PluginContext<Settings>) => ran(tenantId) };
    const host = bench.host(definePlugin(definition({ jobs: [job] })));
    await bench.store.keepState('elsewhere', 'probe', { on: false });
    const first = new Promise<string>((resolve) => {
      ran = resolve;
    });
    await host.start();
    bench.clock.advance(2_000);
    expect(await first).to.equal('t');
    ran = () => expect.fail('it ran for a tenant that has it off');
    await host.stop();
    bench.clock.advance(hour);
  });

  it('never run twice at once, and after a failure with longer pauses', async () => {
    const clock = new FakeClock();
    const ends: ((error?: Error) => void)[] = [];
    const run = () =>
      new Promise<void>((resolve, reject) => {
        ends.push((error) => (error === undefined ? resolve() : reject(error)));
      });
    const loop = new PluginJobLoop({ everyMs: minute, run, clock, log: silentLogger });
    const end = async (error?: Error) => {
      ends.at(-1)?.(error);
      await new Promise((resolve) => setImmediate(resolve));
    };
    loop.start();
    clock.advance(2_000);
    expect(ends).to.have.length(1);
    clock.advance(10 * minute);
    expect(ends, 'the first is still on').to.have.length(1);
    await end();
    clock.advance(0);
    expect(ends, 'late already').to.have.length(2);
    await end(new Error('not today'));
    clock.advance(2 * minute - 1);
    expect(ends).to.have.length(2);
    clock.advance(1);
    expect(ends).to.have.length(3);
    await end(new Error('nor now'));
    clock.advance(4 * minute - 1);
    expect(ends).to.have.length(3);
    clock.advance(1);
    await end();
    clock.advance(minute);
    expect(ends).to.have.length(5);
    const stopped = loop.stop();
    await end();
    await stopped;
    clock.advance(hour);
    expect(ends).to.have.length(5);
  });
});
