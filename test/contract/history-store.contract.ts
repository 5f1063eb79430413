import { randomBytes } from 'node:crypto';
import { Problem } from '@gongfu/shared/base/problem';
import { StatusCode } from '@gongfu/shared/model/quality';
import type { GapRecord, SampleBlock } from '@gongfu/shared/model/sample';
import { expect } from 'chai';
import type { AdmittedBatch } from '#cloud/history/history-store';
import type { MovableHistory } from '#cloud/history/movable-history';

export interface HistoryUnderTest {
  /** A store over the same data each time, not started. */
  open(): MovableHistory;
  remove(): Promise<void>;
}

export const start = Date.UTC(2026, 10, 23);

export function numberBlock(
  rows: readonly (readonly [tag: number, time: number, value: number, status?: number])[],
): SampleBlock<'number'> {
  return {
    kind: 'number',
    count: rows.length,
    tags: Uint32Array.from(rows, ([tag]) => tag),
    sourceTimes: Float64Array.from(rows, ([, time]) => time),
    values: Float64Array.from(rows, ([, , value]) => value),
    statuses: Uint32Array.from(rows, ([, , , status]) => status ?? 0),
  };
}

export function batchOf(
  sequence: number,
  blocks: readonly SampleBlock[],
  rest: Partial<AdmittedBatch> = {},
): AdmittedBatch {
  return { gatewayId: 'gateway-1', epoch: 1, sequence, ingestTime: start, blocks, gaps: [], ...rest };
}

export async function problemOf(promise: Promise<unknown>): Promise<Problem> {
  try {
    await promise;
  } catch (error) {
    expect(error).to.be.instanceOf(Problem);
    return error as Problem;
  }
  throw new Error('a problem was expected');
}

/** What every history store promises; see `cloud/history/history-store.ts`. */
export function historyStoreContract(name: string, make: () => Promise<HistoryUnderTest>): void {
  describe(`history store contract: ${name}`, () => {
    let place: HistoryUnderTest;
    let store: MovableHistory;
    const tag = { number: 7, kind: 'number' } as const;
    const all = { from: 0, to: start * 2, limit: 1000 };

    beforeEach(async () => {
      place = await make();
      store = place.open();
      await store.start();
    });
    afterEach(async () => {
      await store.stop();
      await place.remove();
    });

    async function reopen(): Promise<void> {
      await store.stop();
      store = place.open();
      await store.start();
    }

    it('keeps rows, gaps and watermark over a restart', async () => {
      const gap: GapRecord = {
        fromSequence: 2,
        toSequence: 3,
        fromTime: start,
        toTime: start + 5,
        samples: -1,
        reason: 'buffer-full',
        source: '',
      };
      await store.append([
        batchOf(1, [numberBlock([[7, start, 1.5]])]),
        batchOf(4, [numberBlock([[7, start + 10, -0.25]])], { gaps: [gap] }),
      ]);
      await store.append([batchOf(5, []), batchOf(1, [], { gatewayId: 'gateway-2', epoch: 3 })]);
      await reopen();
      expect((await store.samples({ tag, ...all })).samples.map((sample) => sample.value)).to.deep.equal([1.5, -0.25]);
      expect(await store.watermarks()).to.deep.equal([
        { gatewayId: 'gateway-1', epoch: 1, first: 1, last: 1 },
        { gatewayId: 'gateway-1', epoch: 1, first: 4, last: 5 },
        { gatewayId: 'gateway-2', epoch: 3, first: 1, last: 1 },
      ]);
      const page = await store.gaps({ gatewayIds: ['gateway-1'], from: start, to: start + 1, limit: 10 });
      expect(page.gaps).to.deep.equal([{ ...gap, gatewayId: 'gateway-1', epoch: 1, ingestTime: start }]);
      expect((await store.gaps({ gatewayIds: ['gateway-2'], from: 0, to: start * 2, limit: 10 })).gaps).to.be.empty;
      const later = { gatewayIds: ['gateway-1'], from: start + 6, to: start * 2, limit: 10 };
      expect(await store.gaps(later)).to.deep.equal({ gaps: [] });
    });

    it('takes what another store had, piece by piece, and knows of it what it is told', async () => {
      const piece = (time: number) => batchOf(7, [numberBlock([[7, time, time - start]])]);
      const mark = { gatewayId: 'mover', epoch: 1, first: 1, last: 1 };
      await store.restore({ batches: [piece(start + 1)], known: [mark] });
      await store.restore({ batches: [piece(start)], known: [{ ...mark, first: 2, last: 2 }] });
      const known = { gatewayId: 'gateway-1', epoch: 1, first: 3, last: 9_000_000 };
      await store.restore({ batches: [], known: [known] });
      await reopen();
      const { samples } = await store.samples({ tag, ...all });
      expect(samples.map(({ value, sequence }) => [value, sequence])).to.deep.equal([
        [0, 7],
        [1, 7],
      ]);
      expect(await store.watermarks()).to.deep.equal([known, { ...mark, last: 2 }]);
    });

    it('returns every kind exactly, and no value where the status is bad', async () => {
      const same = {
        count: 3,
        tags: Uint32Array.of(7, 7, 7),
        sourceTimes: Float64Array.of(start, start + 1, start + 2),
      };
      const statuses = Uint32Array.of(0, StatusCode.BadTimeout, StatusCode.UncertainLastUsableValue);
      const blocks: SampleBlock[] = [
        { ...same, statuses, kind: 'number', values: Float64Array.of(Number.MIN_VALUE, 5, -0) },
        { ...same, statuses, kind: 'integer64', values: BigInt64Array.of(-(2n ** 63n), 5n, 2n ** 53n + 1n) },
        { ...same, statuses, kind: 'unsigned64', values: BigUint64Array.of(2n ** 64n - 1n, 5n, 0n) },
        { ...same, statuses, kind: 'boolean', values: Uint8Array.of(1, 1, 0) },
        { ...same, statuses, kind: 'text', values: ["工赋 🙂 '; DROP TABLE gaps", 'lost', 'a\0b'] },
      ];
      await store.append([batchOf(1, blocks)]);
      const expected = [
        [Number.MIN_VALUE, null, -0],
        [-(2n ** 63n), null, 2n ** 53n + 1n],
        [2n ** 64n - 1n, null, 0n],
        [true, null, false],
        ["工赋 🙂 '; DROP TABLE gaps", null, 'a\0b'],
      ];
      for (const [i, { kind }] of blocks.entries()) {
        const { samples } = await store.samples({ tag: { number: 7, kind }, ...all });
        expect(
          samples.map((sample) => sample.value),
          kind,
        ).to.deep.equal(expected[i]);
        expect(
          samples.map((sample) => sample.status),
          kind,
        ).to.deep.equal([...statuses]);
        const columns = await store.columns({ tag: { number: 7, kind }, from: 0, to: start * 2, before: false });
        const plain = expected[i]!.map((value) => (typeof value === 'boolean' ? Number(value) : value));
        expect([columns.values[0], columns.values[2]], kind).to.deep.equal([plain[0], plain[2]]);
        expect([...columns.statuses], kind).to.deep.equal([...statuses]);
      }
    });

    it('pages through equal times without losing or doubling one, while more arrives', async () => {
      const burst = (sequence: number): AdmittedBatch =>
        batchOf(sequence, [
          numberBlock(Array.from({ length: 5 }, (_, i) => [7, start + (i > 2 ? 1 : 0), sequence * 10 + i])),
        ]);
      for (const sequence of [3, 1, 2]) await store.append([burst(sequence)]);
      const read: unknown[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.samples({ tag, ...all, limit: 2, ...(cursor === undefined ? {} : { cursor }) });
        read.push(...page.samples.map((sample) => sample.value));
        cursor = page.cursor;
        if (read.length === 4) await store.append([batchOf(0, [numberBlock([[7, start, 999]])])]);
      } while (cursor !== undefined);
      expect(read).to.deep.equal([10, 11, 12, 20, 21, 22, 30, 31, 32, 13, 14, 23, 24, 33, 34]);
      const inner = await store.samples({ tag, from: start + 1, to: start + 2, limit: 3 });
      expect(inner.samples.map((sample) => sample.value)).to.deep.equal([13, 14, 23]);
      const wrong = await problemOf(store.samples({ tag, ...all, cursor: "1.1.1.1' OR 1=1" }));
      expect([wrong.code, wrong.status]).to.deep.equal(['cursor-invalid', 400]);
    });

    it('gives the first pages of many tags as it would give each', async () => {
      const words = (sequence: number): SampleBlock => ({
        ...{ kind: 'text', count: 1, tags: Uint32Array.of(3), sourceTimes: Float64Array.of(start + 1) },
        ...{ statuses: Uint32Array.of(0), values: [`text ${sequence}`] },
      });
      for (const sequence of [2, 1]) {
        const status = (i: number) => [0, StatusCode.UncertainLastUsableValue, StatusCode.BadTimeout][i % 3]!;
        const row = (i: number) => [1 + (i % 8), start + (i % 5), sequence * 100 + i, status(i)] as const;
        await store.append([
          batchOf(sequence, [numberBlock(Array.from({ length: 40 }, (_, i) => row(i))), words(sequence)]),
        ]);
      }
      const queries = Array.from({ length: 9 }, (_, i) => ({
        tag: { number: i + 1, kind: 'number' as const },
        ...{ from: start + (i % 3), to: start + 5 - (i % 2), limit: 1 + i },
      }));
      const all = [...queries, { ...queries[0]!, tag: { number: 3, kind: 'text' as const } }];
      expect((await store.firstPages(all)).some(({ cursor }) => cursor !== undefined)).to.equal(true);
      const alike = (limit: number) => all.map((query) => ({ ...query, from: start, to: start + 5, limit }));
      for (const asked of [all, [], ...[1, 2, 3, 100].map(alike)]) {
        expect(await store.firstPages(asked)).to.deep.equal(await Promise.all(asked.map((one) => store.samples(one))));
      }
    });

    it('reduces a series to buckets that keep every spike', async () => {
      const rows = Array.from({ length: 1000 }, (_, i) => [7, start + i, i === 345 ? 1e6 : i] as const);
      await store.append([batchOf(1, [numberBlock([...rows, [7, start + 500, 0, StatusCode.BadTimeout]])])]);
      const series = await store.series({ tag, from: start, to: start + 2000, points: 8 });
      expect(series.map((point) => point.count)).to.deep.equal([250, 250, 250, 250, 0, 0, 0, 0]);
      expect(series.map((point) => point.badCount)).to.deep.equal([0, 0, 1, 0, 0, 0, 0, 0]);
      expect(series[1]).to.deep.include({
        from: start + 250,
        to: start + 500,
        min: 250,
        max: 1e6,
        first: 250,
        last: 499,
      });
      expect(series[1]!.mean).to.be.closeTo(
        rows.slice(250, 500).reduce((sum, [, , value]) => sum + value, 0) / 250,
        1e-9,
      );
      expect(series[4]).to.deep.include({ count: 0, min: null, max: null, mean: null, first: null, last: null });
      const fine = await store.series({ tag, from: start, to: start + 3, points: 7 });
      expect(fine.map(({ from, to, mean }) => [from - start, to - start, mean])).to.deep.equal([
        [0, 1, 0],
        [1, 2, 1],
        [2, 3, 2],
      ]);
    });

    it('gives every sample to exactly one bucket, whatever the widths', async () => {
      await store.append([batchOf(1, [numberBlock(Array.from({ length: 777 }, (_, i) => [7, start + i, i]))])]);
      for (const points of [3, 10, 97, 500]) {
        const series = await store.series({ tag, from: start, to: start + 777, points });
        for (const { from, to, count, first, last } of series) {
          expect([count, first, last]).to.deep.equal([to - from, from - start, to - start - 1]);
        }
      }
    });

    it('gives columns in order, with the sample before', async () => {
      await store.append([
        batchOf(2, [
          numberBlock([
            [7, start + 2, 2],
            [7, start + 1, 1],
            [8, start + 1, 8],
          ]),
        ]),
      ]);
      await store.append([
        batchOf(1, [
          numberBlock([
            [7, start - 50, -50],
            [7, start - 99, -99],
            [7, start + 3, 3],
          ]),
        ]),
      ]);
      const columns = await store.columns({ tag, from: start, to: start + 3, before: true });
      expect([...columns.sourceTimes]).to.deep.equal([start - 50, start + 1, start + 2]);
      expect(columns.values).to.deep.equal([-50, 1, 2]);
      const without = await store.columns({ tag, from: start, to: start + 3, before: false });
      expect(without.values).to.deep.equal([1, 2]);
    });

    it('knows the newest sample of each tag, by source time and then by order of arrival', async () => {
      await store.append([
        batchOf(1, [
          numberBlock([
            [7, start + 9, 1],
            [8, start, 2],
            [9, start + 1, 3, StatusCode.BadTimeout],
          ]),
        ]),
      ]);
      await store.append([
        batchOf(2, [
          numberBlock([
            [7, start + 5, 4],
            [8, start, 5],
            [8, start, 6],
          ]),
        ]),
      ]);
      const wanted = [7, 8, 9, 10].map((number) => ({ number, kind: 'number' as const }));
      const latest = await store.latest([...wanted, { number: 7, kind: 'text' }]);
      expect(latest.sort((a, b) => a.tag - b.tag)).to.deep.equal([
        { tag: 7, sourceTime: start + 9, status: 0, value: 1, epoch: 1, sequence: 1 },
        { tag: 8, sourceTime: start, status: 0, value: 6, epoch: 1, sequence: 2 },
        { tag: 9, sourceTime: start + 1, status: StatusCode.BadTimeout, value: null, epoch: 1, sequence: 1 },
      ]);
      expect(await store.latest([])).to.deep.equal([]);
    });

    it('takes blocks larger than any inner chunk', async () => {
      const count = 5000;
      await store.append([
        batchOf(1, [
          numberBlock(
            Array.from({ length: count }, (_, i) => [7, start + i, i, i % 3 === 0 ? StatusCode.BadTimeout : 0]),
          ),
        ]),
      ]);
      const { samples } = await store.samples({ tag, ...all, limit: count });
      expect(samples).to.have.length(count);
      for (const [i, { value }] of samples.entries()) expect(value).to.equal(i % 3 === 0 ? null : i);
    });

    it('turns a crowd of queries away, and appends meanwhile', async () => {
      const crowd = Array.from({ length: 150 }, () => store.series({ tag, from: 0, to: start * 2, points: 1000 }));
      const settled = Promise.allSettled(crowd);
      await store.append([batchOf(1, [numberBlock([[7, start, 1]])])]);
      const refused = (await settled)
        .filter((result) => result.status === 'rejected')
        .map((result) => result.reason as Problem);
      expect(refused).to.have.length.above(10).and.below(150);
      for (const { code, status, retryAfterMs } of refused) {
        expect([code, status, (retryAfterMs ?? 0) > 0]).to.deep.equal(['history-busy', 429, true]);
      }
      expect((await store.samples({ tag, ...all })).samples).to.have.length(1);
    });

    it('says that it is not available when it is stopped, and may be started again', async () => {
      await store.stop();
      const problem = await problemOf(store.append([batchOf(1, [numberBlock([[7, start, 1]])])]));
      expect([problem.code, problem.reaction]).to.deep.equal(['history-unavailable', 'retry']);
      expect((await store.health()).ready).to.equal(false);
      await store.stop();
      await store.start();
      expect((await store.samples({ tag, ...all })).samples).to.deep.equal([]);
      expect((await store.health()).ready).to.equal(true);
    });

    it('keeps quarantined bytes', async () => {
      const before = (await store.health()).bytes;
      // What a store may compress does not show in its size.
      const bytes = randomBytes(300_000);
      await store.quarantine({
        gatewayId: 'gateway-1',
        epoch: 1,
        sequence: 9,
        ingestTime: start,
        code: 'batch-undecodable',
        detail: "it's broken",
        bytes,
      });
      await reopen();
      expect((await store.health()).bytes).to.be.greaterThan(before + 250_000);
    });
  });
}
