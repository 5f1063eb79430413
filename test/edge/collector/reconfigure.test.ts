import { silentLogger } from '@gongfu/shared/base/logger';
import { type Sample, sampleAt } from '@gongfu/shared/model/sample';
import type { DriverKind } from '@gongfu/shared/sdk/driver';
import { expect } from 'chai';
import { z } from 'zod';
import { Collector } from '#edge/collector/collector';
import type { CollectorSource, CollectorTag } from '#edge/collector/collector-types';
import { ManualClock } from './manual-clock.ts';
import { type Script, ScriptedDriver, tagOf } from './scripted-driver.ts';

describe('collector, configured anew', () => {
  let clock: ManualClock;
  /** Every driver ever made, with the source it was made for. */
  let made: { source: string; driver: ScriptedDriver }[];
  let stored: Sample[];
  let collector: Collector;
  let script: Script;
  const kind: DriverKind<unknown, unknown> = {
    id: 'scripted',
    sourceSchema: z.unknown(),
    tagSchema: z.unknown(),
    plan: () => [],
    load: async () => (context, _, tags) => {
      const driver = new ScriptedDriver(context, tags as readonly CollectorTag[], script);
      made.push({ source: context.sourceName, driver });
      return driver;
    },
  };
  const source = (name: string, tags: readonly CollectorTag[], settings: object = {}): CollectorSource => ({
    name,
    kind,
    settings,
    tags,
  });
  const pollsOf = (name: string) => made.filter((one) => one.source === name).map(({ driver }) => driver.polls);
  const start = async (sources: readonly CollectorSource[]) => {
    collector = new Collector({
      sources,
      conditionSink: async () => [],
      sink: async (blocks) => {
        for (const block of blocks) for (let row = 0; row < block.count; row += 1) stored.push(sampleAt(block, row));
      },
      clock,
      log: silentLogger,
      random: () => 0.5,
      commitIntervalMs: 50,
      dataFolder: '/nowhere',
    });
    await collector.start();
  };
  /** What takes a poll to end, the clock has to bring about. */
  const reconfigure = async (sources: readonly CollectorSource[], takesMs: number) => {
    const done = collector.reconfigure(sources);
    await clock.advance(takesMs);
    await done;
  };

  beforeEach(() => {
    clock = new ManualClock();
    made = [];
    stored = [];
    script = {};
  });

  it('a source that is as before loses no poll and none comes twice, whatever becomes of the others', async () => {
    script = { takesMs: () => 30 };
    await start([
      source('steady', [tagOf(1, 100)]),
      source('other', [tagOf(2, 100)]),
      source('leaving', [tagOf(3, 70)]),
    ]);
    await clock.advance(1_020);
    // Equal, but not the same objects: so it comes from a file that was read anew.
    await reconfigure(
      [source('new', [tagOf(4, 50)]), source('steady', [tagOf(1, 100)]), source('other', [tagOf(2, 200)])],
      100,
    );
    await clock.advance(1_000);
    await reconfigure([source('steady', [tagOf(1, 100)])], 100);
    await clock.advance(1_000);
    const slots = Array.from({ length: 32 }, (_, slot) => 50 + slot * 100);
    expect(pollsOf('steady')).to.deep.equal([slots]);
    const { pollsTotal, skippedTotal } = collector.stats()[0]!.groups[0]!;
    expect({ pollsTotal, skippedTotal }).to.deep.equal({ pollsTotal: 32, skippedTotal: 0 });
    expect(stored.filter(({ tag }) => tag === 1).map(({ value }) => value)).to.deep.equal(slots.map((_, i) => i + 1));
    expect(collector.stats().map(({ name }) => name)).to.deep.equal(['steady']);
  });

  it('stops what is gone and what changed, ends their polls, stores them, and starts what is new after that', async () => {
    script = { takesMs: () => 30 };
    await start([source('a', [tagOf(1, 100)], { port: 1 }), source('b', [tagOf(2, 100)])]);
    await clock.advance(60); // Both polls are under way.
    await reconfigure([source('a', [tagOf(1, 100)], { port: 2 })], 30);
    expect(made.map(({ source: name, driver }) => [name, driver.stopped])).to.deep.equal([
      ['a', 1],
      ['b', 1],
      ['a', 0],
    ]);
    await clock.advance(49);
    expect(stored.map(({ tag, value }) => [tag, value])).to.deep.equal([
      [1, 1],
      [2, 1],
    ]);
  });

  it('finds tags over all sources, a page at a time', async () => {
    const sources = ['a', 'b', 'c'].map((name, n) => source(name, [tagOf(2 * n + 1, 100), tagOf(2 * n + 2, 100)]));
    await start(sources);
    const found = (query: object) => {
      const { total, tags } = collector.findTags({ offset: 0, limit: 10, ...query });
      return [total, ...tags.map((tag) => `${tag.source}/${tag.name}`)];
    };
    expect(found({ offset: 1, limit: 4 })).to.deep.equal([6, 'a/t2', 'b/t3', 'b/t4', 'c/t5']);
    expect(found({ offset: 4, limit: 1 })).to.deep.equal([6, 'c/t5']);
    expect(found({ source: 'b', offset: 1 })).to.deep.equal([2, 'b/t4']);
    expect(found({ source: 'z' })).to.deep.equal([0]);
  });

  it('a tag that moves to another place of its source keeps its own values', async () => {
    await start([source('a', [tagOf(1, 100), tagOf(2, 100)])]);
    await clock.advance(60);
    await reconfigure([source('a', [tagOf(3, 100), tagOf(2, 100)])], 60);
    const { tags } = collector.findTags({ offset: 0, limit: 10 });
    expect(tags.map(({ name, value }) => [name, value])).to.deep.equal([
      ['t3', 1],
      ['t2', 2],
    ]);
    await clock.advance(100);
    const [old, current] = made.map(({ driver }) => driver);
    old!.context.writer.number(2, 0, 0, 99);
    current!.context.writer.number(1, 0, 0, 98);
    await clock.advance(100);
    const odd = stored.filter(({ value }) => Number(value) > 90);
    expect(odd, 'neither a closed writer nor the number of a tag that was removed stores anything').to.deep.equal([]);
  });

  it('nothing that was delivered is lost at a change', async () => {
    await start([source('a', [tagOf(1, 100)])]);
    await clock.advance(2_060);
    await reconfigure([source('a', [tagOf(1, 50)])], 0);
    await clock.advance(1_000);
    const [before, after] = pollsOf('a');
    await collector.stop();
    expect(stored.map(({ value }) => value)).to.deep.equal(
      [...before!, ...after!].map((_, i) => (i < before!.length ? i + 1 : i - before!.length + 1)),
    );
  });
});
