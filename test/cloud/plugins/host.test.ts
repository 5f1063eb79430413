import { Problem } from '@gongfu/shared/base/problem';
import type { PluginContext } from '@gongfu/shared/sdk/plugin-context';
import { expect } from 'chai';
import { pluginBehindPort } from '../../kit/plugin-port.ts';
import { hour, minute, PluginBench, running, sixOClock, tags } from './plugin-bench.ts';
import { definition, probe, type Settings, whole } from './plugin-probe.ts';

const ask = { kind: 'route', id: 'get /do', query: {}, body: {} } as const;

async function problemOf(promise: Promise<unknown>): Promise<Problem> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(Problem);
  return error as Problem;
}

describe('plugin host: calls', function () {
  this.timeout(60_000);
  let bench: PluginBench;

  before(async () => {
    bench = await PluginBench.open();
    await bench.commit(running(sixOClock, sixOClock + hour));
    await bench.commit([[tags.other, sixOClock, 7]]);
    bench.clock.advance(2 * hour);
  });
  after(() => bench.close());

  it('lists all plugins also where one fails over its settings', async () => {
    const broken = { ...probe(async () => null), settle: () => Promise.reject(new Error('out of order')) };
    const other = probe(async () => null, { manifest: { ...definition().manifest, id: 'other' } });
    const listed = await bench.host(broken, other).installed('t');
    expect(listed.map(({ id, state }) => [id, state])).to.deep.equal([
      ['probe', 'on'],
      ['other', 'on'],
    ]);
    expect(listed.map(({ faults }) => faults.length)).to.deep.equal([1, 0]);
    expect(listed[0]!.faults[0]).to.contain('the plugin probe failed in settings');
  });

  const everything = async (context: PluginContext<Settings>) => {
    await context.putRecord('a/1', { nested: [1, null, 'x'], 'dotted.$key': true });
    await context.putRecord('b', 2);
    await context.deleteRecord('b');
    await context.log('info', 'looked at everything', { at: context.now });
    const assets = await context.assets();
    const range = { from: sixOClock, to: sixOClock + hour };
    const samples = await context.samples({ tag: '3', ...range, before: true });
    return {
      tenantId: context.tenantId,
      now: context.now,
      settings: context.settings,
      assets: assets.map(({ assetId, parentId, signals }) => ({ assetId, parentId, signals })),
      kpis: await context.kpis({ assetId: 'site.line-1', window: 'hour', ...range }),
      samples: [samples.sourceTimes.length, samples.values.at(-1)],
      record: await context.record('a/1'),
      records: await context.records('a/'),
      none: await context.record('b'),
    };
  };

  it('gives a plugin assets, KPIs, samples, records and settings', async () => {
    const answer = (await bench.host(probe(everything)).call('probe', ask, whole)) as Awaited<
      ReturnType<typeof everything>
    >;
    expect(answer).to.deep.include({ tenantId: 't', now: sixOClock + 2 * hour, settings: { factor: 2 }, none: null });
    expect(answer.samples).to.deep.equal([60, 29.5]);
    expect(answer.kpis[0]).to.deep.include({ label: '2026-11-23 06:00+08:00', open: false, availability: 1 });
    expect(answer.assets.find(({ assetId }) => assetId === 'site.line-1')?.signals).to.deep.equal([
      { role: 'energy', tag: '3', unit: 'kW.h', maxSilentMs: minute, rolloverAt: 1_000 },
    ]);
    expect(answer.records).to.deep.equal([
      { key: 'a/1', value: { nested: [1, null, 'x'], 'dotted.$key': true }, updatedAt: sixOClock + 2 * hour },
    ]);
  });

  it('answers the same through a real message port: isolation will change nothing for a plugin', async () => {
    const direct = await bench.host(probe(everything)).call('probe', ask, whole);
    const remote = pluginBehindPort(probe(everything));
    expect(await bench.host(remote).call('probe', ask, whole)).to.deep.equal(direct);
    expect(remote.messages()).to.be.greaterThan(20);
    expect((await problemOf(bench.host(remote).changeSettings('t', 'probe', { factor: -1 }))).places).to.have.length(1);
    remote.close();
  });

  it('shares no object: what a plugin changes stays its own', async () => {
    const host = bench.host(
      probe(async (context) => {
        const assets = (await context.assets()) as { name: { en: string } }[];
        assets[0]!.name.en = 'changed';
        (context.settings as { factor: number }).factor = 99;
        return assets;
      }),
    );
    await host.call('probe', ask, whole);
    expect(bench.assets.views('t')[0]?.name.en).to.equal('name');
    expect((await host.settings('t', 'probe')).value).to.deep.equal({ factor: 2 });
  });

  it('shows what the asking person may see, and nothing of another tenant', async () => {
    const host = bench.host(
      probe(async (context) => ({
        assets: (await context.assets()).map(({ assetId }) => assetId),
        records: (await context.records('')).length,
        samples: await context
          .samples({ tag: '3', from: 0, to: 1, before: false })
          .catch((error: Problem) => error.code),
        kpis: await context
          .kpis({ assetId: 'site.line-1', window: 'hour', from: sixOClock, to: sixOClock + 1 })
          .then(({ length }) => length)
          .catch((error: Problem) => error.code),
      })),
    );
    const seen = (scope: string[] | null, tenantId = 't') => host.call('probe', ask, { tenantId, scope });
    expect(await seen(['site.line-2'])).to.deep.include({
      assets: ['site.line-2'],
      samples: 'not-found',
      kpis: 'asset-unknown',
    });
    expect(await seen(['site.line-1'])).to.deep.include({ assets: ['site.line-1', 'site.line-1.press'], kpis: 1 });
    expect(await seen(null, 'elsewhere')).to.deep.equal({
      assets: [],
      records: 0,
      samples: 'not-found',
      kpis: 'asset-unknown',
    });
  });

  it('refuses what the manifest does not name, and everything once the call is over', async () => {
    const manifest = { ...definition().manifest, permissions: ['assets:read'] as const };
    let kept: PluginContext<Settings> | undefined;
    const host = bench.host(
      probe(
        async (context) => {
          kept = context;
          return context.samples({ tag: '3', from: 0, to: 1, before: false });
        },
        { manifest },
      ),
    );
    const problem = await problemOf(host.call('probe', ask, whole));
    expect(problem.code).to.equal('plugin-not-permitted');
    expect(problem.message).to.include('samples:read');
    expect((await problemOf(kept!.assets())).message).to.include('after its call had ended');
  });

  it('takes a failing plugin for what it is, and a slow one only so long', async () => {
    const failing = bench.host(
      probe(async () => {
        throw new TypeError('secret detail');
      }),
    );
    const failed = await problemOf(failing.call('probe', ask, whole));
    expect([failed.code, failed.message.includes('secret')]).to.deep.equal(['plugin-failed', false]);
    let asked: () => void = () => undefined;
    const heard = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const slow = bench.host(
      probe(() => {
        asked();
        return new Promise(() => undefined);
      }),
    );
    const answer = problemOf(slow.call('probe', ask, whole));
    await heard;
    bench.clock.advance(20_000);
    expect((await answer).code).to.equal('plugin-too-slow');
    const { call, declaration } = probe(async () => undefined);
    let settled: () => void = () => undefined;
    const settling = new Promise<void>((resolve) => {
      settled = resolve;
    });
    const settle = () => {
      settled();
      return new Promise(() => undefined);
    };
    const hangs = problemOf(bench.host({ declaration, call, settle }).call('probe', ask, whole));
    await settling;
    bench.clock.advance(5_000);
    expect((await hangs).code).to.equal('plugin-too-slow');
    const sends = bench.host(probe(async () => () => 'a function cannot be sent'));
    expect((await problemOf(sends.call('probe', ask, whole))).code).to.equal('plugin-failed');
  });

  it('is switched off and set per tenant; settings are kept whole or not at all', async () => {
    const host = bench.host(probe(async ({ settings: own }) => own));
    expect((await host.changeSettings('t', 'probe', { factor: 5 })).value).to.deep.equal({ factor: 5 });
    expect(await host.call('probe', ask, whole)).to.deep.equal({ factor: 5 });
    expect(await host.call('probe', ask, { tenantId: 'elsewhere', scope: null })).to.deep.equal({ factor: 2 });
    const refused = await problemOf(host.changeSettings('t', 'probe', { factor: -1, other: 1 }));
    expect(refused.places.map(({ where }) => where)).to.have.members(['settings.factor', 'settings']);
    expect((await host.settings('t', 'probe')).value).to.deep.equal({ factor: 5 });
    await host.turn('t', 'probe', false);
    expect((await problemOf(host.call('probe', ask, whole))).code).to.equal('plugin-off');
    expect(await host.call('probe', ask, { tenantId: 'elsewhere', scope: null })).to.deep.equal({ factor: 2 });
    expect((await host.installed('t')).map(({ state }) => state)).to.deep.equal(['off']);
    await host.turn('t', 'probe', true);
    expect((await problemOf(host.turn('t', 'other', true))).code).to.equal('plugin-unknown');
  });

  it('runs on its defaults and says so where kept settings no longer fit', async () => {
    const host = bench.host(probe(async ({ settings: own }) => own));
    await bench.store.keepState('t', 'probe', { settings: { factor: 'of an older version' } });
    expect(await host.call('probe', ask, whole)).to.deep.equal({ factor: 2 });
    expect((await host.installed('t'))[0]?.faults.join()).to.include('settings.factor');
    await host.changeSettings('t', 'probe', {});
  });

  it('keeps no record that is too large', async () => {
    const host = bench.host(probe(async (context) => context.putRecord('big', 'x'.repeat(70_000))));
    expect((await problemOf(host.call('probe', ask, whole))).code).to.equal('plugin-record-unfit');
  });
});
