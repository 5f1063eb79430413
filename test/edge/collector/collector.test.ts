import { silentLogger } from '@gongfu/shared/base/logger';
import { StatusCode } from '@gongfu/shared/model/quality';
import { type GapRecord, type Sample, type SampleBlock, sampleAt } from '@gongfu/shared/model/sample';
import type { DriverKind } from '@gongfu/shared/sdk/driver';
import { expect } from 'chai';
import { z } from 'zod';
import { Collector } from '#edge/collector/collector';
import type { SampleSink } from '#edge/collector/collector-types';
import { ManualClock } from './manual-clock.ts';
import { type Script, ScriptedDriver, tagOf } from './scripted-driver.ts';

function rowsOf(blocks: readonly SampleBlock[]): Sample[] {
  return blocks.flatMap((block) => Array.from({ length: block.count }, (_, row) => sampleAt(block, row)));
}

function setup(
  script: Script = {},
  options: { intervalMs?: number; pendingSamplesMax?: number; sink?: SampleSink } = {},
) {
  const clock = new ManualClock();
  const drivers: ScriptedDriver[] = [];
  const tags = [tagOf(1, options.intervalMs ?? 1000)];
  const kind: DriverKind<unknown, unknown> = {
    id: 'scripted',
    sourceSchema: z.unknown(),
    tagSchema: z.unknown(),
    plan: () => [],
    load: async () => (context) => {
      const driver = new ScriptedDriver(context, tags, script);
      drivers.push(driver);
      return driver;
    },
  };
  const commits: { at: number; samples: Sample[]; gaps: readonly GapRecord[] }[] = [];
  const record: SampleSink = async (blocks, gaps) => {
    commits.push({ at: clock.monotonicMs(), samples: rowsOf(blocks), gaps });
  };
  const { pendingSamplesMax } = options;
  const collector = new Collector({
    sources: [{ name: 's', kind, settings: {}, tags }],
    conditionSink: async () => [],
    sink: options.sink ?? record,
    clock,
    log: silentLogger,
    random: () => 0.5,
    commitIntervalMs: 50,
    dataFolder: '/nowhere',
    ...(pendingSamplesMax === undefined ? {} : { pendingSamplesMax }),
  });
  return { clock, collector, drivers, commits, record };
}

describe('collector', () => {
  it('polls on a grid that a slow poll does not shift, after a phase of its own', async () => {
    const { clock, collector, drivers } = setup({ takesMs: () => 300 });
    await collector.start();
    await clock.advance(5_400);
    expect(drivers[0]!.polls).to.deep.equal([500, 1500, 2500, 3500, 4500]);
    expect(collector.stats()[0]!.groups[0]).to.deep.equal({
      intervalMs: 1000,
      tags: 1,
      pollsTotal: 5,
      skippedTotal: 0,
      latencyP50Ms: 300,
      latencyP99Ms: 300,
    });
  });

  it('skips the slots a poll runs into, counts them, and never polls twice at once', async () => {
    const { clock, collector, drivers } = setup({ takesMs: (poll) => (poll === 2 ? 2_600 : 10) });
    await collector.start();
    await clock.advance(6_000);
    expect(drivers[0]!.polls).to.deep.equal([500, 1500, 4500, 5500]);
    expect(collector.stats()[0]!.groups[0]).to.include({ pollsTotal: 4, skippedTotal: 2, latencyP99Ms: 2600 });
  });

  it('commits as soon as a slow poll has brought something, and shows rates and last values', async () => {
    const { clock, collector, commits } = setup();
    await collector.start();
    await clock.advance(2_000);
    expect(commits.map(({ at }) => at)).to.deep.equal([505, 1505]);
    expect(commits.map(({ samples }) => samples.map(({ value }) => value))).to.deep.equal([[1], [2]]);
    expect(collector.stats()[0]).to.include({
      name: 's',
      driver: 'scripted',
      state: 'connected',
      samplesTotal: 2,
      passedTotal: 2,
    });
    const { tags } = collector.findTags({ offset: 0, limit: 10 });
    expect(tags).to.deep.equal([
      { source: 's', tag: 1, name: 't1', value: 2, status: StatusCode.Good, sourceTime: clock.wallOffsetMs + 1500 },
    ]);
  });

  it('gives one batch at a time: what comes during a slow commit goes together into the next', async () => {
    const sizes: number[] = [];
    let underWay = 0;
    const slow: SampleSink = async (blocks) => {
      underWay += 1;
      expect(underWay).to.equal(1);
      sizes.push(rowsOf(blocks).length);
      await new Promise<void>((resolve) => void test.clock.after(500, resolve));
      underWay -= 1;
    };
    const test = setup({}, { intervalMs: 100, sink: slow });
    await test.collector.start();
    await test.clock.advance(1_540);
    expect(sizes).to.deep.equal([1, 5, 5]);
  });

  it('follows a step of the wall clock, in the middle of request and answer', async () => {
    const { clock, collector, drivers } = setup();
    await collector.start();
    await clock.advance(1_000);
    const { midpoint } = drivers[0]!.context;
    expect(midpoint(900, 1_000)).to.equal(clock.now() - 50);
    clock.wallOffsetMs -= 3_600_000;
    expect(midpoint(900, 1_000)).to.equal(clock.now() - 50);
    await clock.advance(1_000);
    expect(drivers[0]!.polls).to.deep.equal([500, 1500]);
  });

  it('keeps samples while the sink refuses them, then gives all of them once, in order', async () => {
    let refusing = true;
    const sink: SampleSink = async (blocks, gaps) => {
      if (refusing) throw new Error('ENOSPC');
      await test.record(blocks, gaps);
    };
    const test = setup({}, { intervalMs: 100, sink });
    await test.collector.start();
    await test.clock.advance(3_000);
    expect(test.commits).to.deep.equal([]);
    expect(test.collector.pendingSamples).to.equal(30);
    refusing = false;
    await test.clock.advance(6_000);
    const got = test.commits.flatMap(({ samples }) => samples.map(({ value }) => value));
    expect(got.length).to.be.at.least(85);
    expect(got).to.deep.equal(got.map((_, i) => i + 1));
    expect(test.commits.flatMap(({ gaps }) => gaps)).to.deep.equal([]);
  });

  it('beyond the bound drops the oldest, and one gap record names exactly what is missing', async () => {
    let refusing = true;
    const sink: SampleSink = async (blocks, gaps) => {
      if (refusing) throw new Error('ENOSPC');
      await test.record(blocks, gaps);
    };
    const test = setup({}, { intervalMs: 100, sink, pendingSamplesMax: 40 });
    await test.collector.start();
    await test.clock.advance(10_000);
    expect(test.collector.pendingSamples).to.be.within(31, 50);
    refusing = false;
    await test.clock.advance(6_000);
    const got = test.commits.flatMap(({ samples }) => samples);
    const gaps = test.commits.flatMap((commit) => commit.gaps);
    const first = got[0]!;
    const dropped = Number(first.value) - 1;
    expect(got.map(({ value }) => value)).to.deep.equal(got.map((_, i) => dropped + 1 + i));
    expect(dropped).to.be.within(50, 70);
    expect(gaps.every(({ reason, source }) => reason === 'buffer-full' && source === '')).to.equal(true);
    expect(gaps.reduce((sum, { samples }) => sum + samples, 0)).to.equal(dropped);
    expect(Math.min(...gaps.map(({ fromTime }) => fromTime))).to.equal(test.clock.wallOffsetMs + 50);
    expect(Math.max(...gaps.map(({ toTime }) => toTime))).to.equal(first.sourceTime - 100);
  });

  it('commits fast polls at most once an interval', async () => {
    const { clock, collector, commits } = setup({}, { intervalMs: 10 });
    await collector.start();
    await clock.advance(300);
    const pauses = commits.map(({ at }) => at).map((at, n, all) => (n === 0 ? 50 : at - all[n - 1]!));
    expect(Math.min(...pauses)).to.be.at.least(50);
    expect(commits.length).to.equal(6);
  });

  it('hands on what a source lost, even when there is no sample', async () => {
    const { clock, collector, drivers, commits } = setup({}, { intervalMs: 100_000 });
    await collector.start();
    drivers[0]!.context.writer.lost(10, 20);
    drivers[0]!.context.writer.lost(15, 30);
    await clock.advance(60);
    expect(commits.map(({ gaps }) => gaps)).to.deep.equal([
      [
        {
          fromSequence: -1,
          toSequence: -1,
          samples: -1,
          fromTime: 10,
          toTime: 30,
          reason: 'source-queue-overflow',
          source: 's',
        },
      ],
    ]);
  });

  it('cuts a batch as soon as 65,536 samples wait', async () => {
    const { clock, collector, drivers, commits } = setup({}, { intervalMs: 100_000, pendingSamplesMax: 1_000_000 });
    await collector.start();
    for (let i = 0; i < 70_000; i += 1) drivers[0]!.context.writer.number(1, i, StatusCode.Good, i);
    await clock.advance(0);
    expect(commits.map(({ samples }) => samples.length)).to.deep.equal([65_536]);
    await clock.advance(60);
    expect(commits.map(({ samples }) => samples.length)).to.deep.equal([65_536, 4_464]);
    expect(commits[1]!.samples.at(-1)!.value).to.equal(69_999);
  });

  it('gives everything to the sink when it stops, and starts again afresh', async () => {
    const { clock, collector, drivers, commits } = setup();
    await collector.start();
    await clock.advance(502);
    expect(commits).to.have.lengthOf(0);
    await collector.stop();
    expect(commits.map(({ samples }) => samples.length)).to.deep.equal([1]);
    drivers[0]!.context.writer.number(1, 0, StatusCode.Good, 5);
    await clock.advance(5_000);
    expect([commits.length, drivers[0]!.polls.length, drivers[0]!.stopped]).to.deep.equal([1, 1, 1]);
    await collector.start();
    await clock.advance(1_000);
    expect(drivers).to.have.lengthOf(2);
    expect(commits).to.have.lengthOf(2);
    await collector.stop();
    await collector.stop();
  });

  it('runs on without a driver that cannot start, and says why', async () => {
    const { collector } = setup({ startFails: true });
    await collector.start();
    expect(collector.stats()[0]).to.include({ state: 'failing', detail: 'no such library' });
    await collector.stop();
  });
});
