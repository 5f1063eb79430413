import { StatusCode } from '@gongfu/shared/model/quality';
import { expect } from 'chai';
import fc from 'fast-check';
import type { HistoryStore, SeriesPoint, TrendColumns } from '#cloud/history/history-store';
import { batchOf, type HistoryUnderTest, numberBlock } from './history-store.contract.ts';

const start = Date.UTC(2026, 10, 23);
const hourMs = 3_600_000;
const statuses = [0, 0, 0, StatusCode.UncertainLastUsableValue, StatusCode.BadTimeout];

interface Stored {
  readonly time: number;
  readonly value: number;
  readonly status: number;
}

const sample = fc.record({
  // Crowded around full minutes and hours, with many equal times; and some far away.
  time: fc.oneof(
    fc.integer({ min: 0, max: 5 }).map((n) => n * hourMs),
    fc.integer({ min: 0, max: 300 }).map((n) => n * 60_000 - 1),
    fc.integer({ min: 0, max: 6 * hourMs }),
    fc.integer({ min: 0, max: 90 }).map((days) => days * 24 * hourMs + 7),
  ),
  value: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ min: -1e9, max: 1e9, noNaN: true })),
  status: fc.constantFrom(...statuses),
});
/** Batches in the order they arrive: any of them may be late. */
const arrivals = fc.array(fc.array(sample, { minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 8 });
const question = fc.record({
  from: fc.integer({ min: -hourMs, max: 5 * hourMs }),
  span: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 100, max: 7 * hourMs }), fc.constant(9e9)),
  points: fc.constantFrom(1, 7, 60, 500),
});

/** What every history store promises of its trends: down-sampled or not, the answer is that of all samples. */
export function historyTrendContract(name: string, make: () => Promise<HistoryUnderTest>): void {
  describe(`history trend contract: ${name}`, () => {
    let place: HistoryUnderTest;
    let store: HistoryStore;
    let number = 0;
    let sequence = 0;

    before(async () => {
      place = await make();
      store = place.open();
      await store.start();
    });
    after(async () => {
      await store.stop();
      await place.remove();
    });

    async function keep(samples: readonly Stored[]): Promise<void> {
      sequence += 1;
      const rows = samples.map(({ time, value, status }) => [number, start + time, value, status] as const);
      await store.append([batchOf(sequence, [numberBlock(rows)])]);
    }

    it('answers as if it had looked at every sample, late ones too', async function () {
      this.timeout(120_000);
      await fc.assert(
        fc.asyncProperty(arrivals, question, async (batches, { from, span, points }) => {
          number += 1;
          for (const batch of batches) await keep(batch);
          const asked = { from: start + from, to: start + from + span, points };
          const held = { number, kind: 'number', holdMs: 90_000 } as const;
          const trend = await store.trend({ tags: [held], ...asked });
          expect(trend.from)
            .to.be.at.most(asked.from)
            .and.above(asked.from - trend.bucketMs);
          expect(trend.to)
            .to.be.at.least(asked.to)
            .and.below(asked.to + trend.bucketMs);
          expect((trend.to - trend.from) / trend.bucketMs).to.be.at.most(points + 1);
          expect(trend.from % trend.bucketMs).to.equal(0);
          const all = batches.flat().map((one) => ({ ...one, time: one.time + start }));
          checkBuckets(trend.columns[0]!, all, trend);
          checkBefore(trend.columns[0]!, all, trend.from, held.holdMs);
          checkSeries(await store.series({ tag: held, ...asked }), all, asked);
        }),
        { numRuns: 60 },
      );
    });

    it('tells of the figures only those that are asked for', async () => {
      number += 1;
      await keep([-60_000, 0, 1, 70_000].map((time, i) => ({ time, value: i, status: 0 })));
      const tags = [{ number, kind: 'number', holdMs: hourMs }] as const;
      for (const points of [2, 12_000]) {
        const asked = { tags, from: start, to: start + 120_000, points };
        const whole = (await store.trend(asked)).columns[0]!;
        const { columns, bucketMs } = await store.trend({ ...asked, figures: ['maxs', 'counts'] });
        expect(bucketMs).to.equal(120_000 / points);
        const { tag, times, counts, maxs, ...others } = columns[0]!;
        const { tag: _tag, times: wholeTimes, counts: wholeCounts, maxs: wholeMaxs, ...wholeOthers } = whole;
        expect([tag.number, [...times], [...counts], [...maxs]]).to.deep.equal([
          number,
          [...wholeTimes],
          [...wholeCounts],
          [...wholeMaxs],
        ]);
        expect(wholeOthers.before?.value).to.equal(0);
        expect(
          Object.entries(others).filter(([, one]) => one !== null && !('length' in one && one.length === 0)),
        ).to.be.an('array').that.is.empty;
        const { before } = (await store.trend({ ...asked, figures: ['before'] })).columns[0]!;
        expect(before?.value).to.equal(0);
      }
    });

    it('never misses a spike of one sample, whatever the zoom', async () => {
      number += 1;
      const days = 40;
      const spikeAt = 17 * 24 * hourMs + 12_345_000;
      const rows = Array.from({ length: days * 24 * 60 }, (_, i) => ({ time: i * 60_000, value: i % 10, status: 0 }));
      rows.splice(30_000, 0, { time: spikeAt, value: 1e6, status: 0 });
      await keep(rows);
      const tags = [{ number, kind: 'number', holdMs: hourMs }] as const;
      for (const points of [1, 10, 100, 1000, 5000]) {
        const { columns } = await store.trend({ tags, from: start, to: start + days * 24 * hourMs, points });
        const at = columns[0]!.maxs.indexOf(1e6);
        expect([points, columns[0]!.maxTimes[at]]).to.deep.equal([points, start + spikeAt]);
        expect(columns[0]!.counts.reduce((sum, count) => sum + count, 0)).to.equal(rows.length);
      }
    });

    it('answers many tags of every kind in the order asked for, empty ones too', async () => {
      number += 1;
      sequence += 1;
      const same = {
        count: 2,
        tags: Uint32Array.of(number, number),
        sourceTimes: Float64Array.of(start, start + 1),
        statuses: Uint32Array.of(0, StatusCode.BadTimeout),
      };
      await store.append([
        batchOf(sequence, [
          { ...same, kind: 'unsigned64', values: BigUint64Array.of(2n ** 63n, 0n) },
          { ...same, kind: 'boolean', values: Uint8Array.of(1, 0) },
          { ...same, kind: 'text', values: ['open', ''] },
        ]),
      ]);
      const kinds = ['text', 'number', 'boolean', 'unsigned64'] as const;
      const tags = kinds.map((kind) => ({ number, kind, holdMs: 1000 }));
      const { columns } = await store.trend({ tags, from: start, to: start + hourMs, points: 10 });
      expect(columns.map(({ tag }) => tag.kind)).to.deep.equal(kinds);
      expect(columns.map(({ maxs }) => [...maxs])).to.deep.equal([[Number.NaN], [], [1], [2 ** 63]]);
      expect(columns.map(({ counts, badCounts }) => [...counts, ...badCounts])).to.deep.equal([
        [1, 1],
        [],
        [1, 1],
        [1, 1],
      ]);
      const figures = await store.statistics({ tags, from: start, to: start + hourMs });
      expect(figures.map(({ tag, count, badCount }) => [tag.kind, count, badCount])).to.deep.equal([
        ['text', 1, 1],
        ['number', 0, 0],
        ['boolean', 1, 1],
        ['unsigned64', 1, 1],
      ]);
    });

    it('weighs values by how long they held, gaps and bad quality left out', async () => {
      number += 1;
      await keep([
        { time: -5_000, value: 100, status: 0 },
        { time: 10_000, value: 10, status: 0 },
        { time: 20_000, value: 40, status: 0 },
        { time: 30_000, value: 0, status: StatusCode.BadTimeout },
        { time: 40_000, value: 7, status: 0 },
      ]);
      const [figures] = await store.statistics({
        tags: [{ number, kind: 'number', holdMs: 20_000 }],
        from: start,
        to: start + 100_000,
      });
      // 100 held from 0 to 10 s, 10 and 40 for 10 s each, 7 for the 20 s a value holds at most.
      expect(figures).to.deep.include({ count: 3, badCount: 1, min: 7, max: 40, mean: 19, heldMs: 50_000 });
      expect(figures!.timeWeightedMean).to.be.closeTo((100 * 10 + 10 * 10 + 40 * 10 + 7 * 20) / 50, 1e-9);
      expect(figures!.standardDeviation).to.be.closeTo(Math.sqrt((81 + 441 + 144) / 3), 1e-9);
    });

    it('keeps its roll-ups over a restart', async () => {
      const tags = [{ number, kind: 'number', holdMs: 1000 }] as const;
      const asked = { tags, from: start - hourMs, to: start + 3000 * hourMs, points: 100 };
      const before = await store.trend(asked);
      await store.stop();
      store = place.open();
      await store.start();
      expect(await store.trend(asked)).to.deep.equal(before);
      await keep([{ time: 11_000, value: 1e9, status: 0 }]);
      expect(Math.max(...(await store.trend(asked)).columns[0]!.maxs)).to.equal(1e9);
    });
  });
}

function checkBuckets(
  columns: TrendColumns,
  all: readonly Stored[],
  trend: { from: number; to: number; bucketMs: number },
) {
  const { bucketMs } = trend;
  const within = all.filter(({ time }) => time >= trend.from && time < trend.to);
  const begins = [...new Set(within.map(({ time }) => Math.floor(time / bucketMs) * bucketMs))].sort((a, b) => a - b);
  expect([...columns.times]).to.deep.equal(begins);
  for (const [i, begin] of begins.entries()) {
    // Array sort keeps the order of arrival among equal times.
    const samples = within
      .filter(({ time }) => time >= begin && time < begin + bucketMs)
      .sort((a, b) => a.time - b.time);
    const good = samples.filter(({ status }) => status < 0x8000_0000);
    const values = good.map(({ value }) => value);
    expect(columns.counts[i]).to.equal(good.length);
    expect(columns.badCounts[i]).to.equal(samples.length - good.length);
    expect(columns.worsts[i]).to.equal(Math.max(...samples.map(({ status }) => status)));
    if (good.length === 0) {
      expect([columns.mins[i], columns.lastTimes[i], columns.means[i]]).to.deep.equal([NaN, NaN, NaN]);
      continue;
    }
    const [first, last] = [good[0]!, good.at(-1)!];
    expect(columns.mins[i] === Math.min(...values) && columns.maxs[i] === Math.max(...values)).to.equal(true);
    expect(columns.firsts[i] === first.value && columns.lasts[i] === last.value).to.equal(true);
    expect([columns.firstTimes[i], columns.lastTimes[i]]).to.deep.equal([first.time, last.time]);
    const sum = values.reduce((total, value) => total + value, 0);
    expect(columns.means[i]).to.be.closeTo(sum / values.length, 1e-6 * Math.max(1, ...values.map(Math.abs)));
    for (const [value, time] of [
      [columns.mins[i], columns.minTimes[i]],
      [columns.maxs[i], columns.maxTimes[i]],
    ] as const) {
      expect(good.some((one) => one.time === time && one.value === value)).to.equal(true);
    }
  }
}

function checkSeries(
  series: readonly SeriesPoint[],
  all: readonly Stored[],
  { from, to, points }: { from: number; to: number; points: number },
): void {
  const count = Math.min(points, to - from);
  expect(series).to.have.length(count);
  expect([series[0]!.from, series.at(-1)!.to]).to.deep.equal([from, to]);
  for (const [i, point] of series.entries()) {
    expect(point.to).to.equal(from + Math.ceil(((i + 1) * (to - from)) / count));
    if (i > 0) expect(point.from).to.equal(series[i - 1]!.to);
  }
  const filled = series.filter((point) => point.count + point.badCount > 0);
  for (const point of filled) {
    // Array sort keeps the order of arrival among equal times.
    const samples = all.filter(({ time }) => time >= point.from && time < point.to).sort((a, b) => a.time - b.time);
    const values = samples.filter(({ status }) => status < 0x8000_0000).map(({ value }) => value);
    expect([point.count, point.badCount]).to.deep.equal([values.length, samples.length - values.length]);
    if (values.length === 0) {
      expect([point.min, point.max, point.mean, point.first, point.last]).to.deep.equal([null, null, null, null, null]);
      continue;
    }
    expect(point.min === Math.min(...values) && point.max === Math.max(...values)).to.equal(true);
    expect(point.first === values[0] && point.last === values.at(-1)).to.equal(true);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(point.mean).to.be.closeTo(mean, 1e-6 * Math.max(1, ...values.map(Math.abs)));
  }
  const within = all.filter(({ time }) => time >= from && time < to).length;
  expect(filled.reduce((sum, point) => sum + point.count + point.badCount, 0)).to.equal(within);
}

function checkBefore({ before }: TrendColumns, all: readonly Stored[], from: number, holdMs: number): void {
  const newest = all
    .filter(({ time }) => time < from && time >= from - holdMs)
    .sort((a, b) => a.time - b.time)
    .at(-1);
  if (newest === undefined) expect(before).to.equal(null);
  else {
    expect([before!.time, before!.status]).to.deep.equal([newest.time, newest.status]);
    const isBad = newest.status >= 0x8000_0000;
    expect(before!.value === (isBad ? null : newest.value) || before!.value === newest.value + 0).to.equal(true);
  }
}
