import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { sleep, systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { StatusCode } from '@gongfu/shared/model/quality';
import type { SampleBlock } from '@gongfu/shared/model/sample';
import { expect } from 'chai';
import { exportDay } from '#cloud/history/duckdb/day-export';
import { DuckdbHistoryStore } from '#cloud/history/duckdb/duckdb-history-store';
import { batchOf, numberBlock } from '../../contract/history-store.contract.js';

const dayMs = 86_400_000;
const start = Date.UTC(2026, 2, 1);
const numbers = [1, 2, 3];
const rollups = { rowsMax: 1, afterMs: 0, lookMs: 5 };
const sealing = { overMs: 0, lateMs: 0, rowsMax: 1e9, generationsMax: 9, rowsPerPiece: 400, restShare: 0.2 };
const never = { ...sealing, overMs: 1e15 };

/** Four days, some times met twice by batches of another epoch and an earlier sequence, some rows bad, every kind. */
function blocksOf(sequence: number): SampleBlock[] {
  const times = Array.from({ length: 90 }, (_, i) => start + (((i * 37 + sequence) * 1_000_003) % (4 * dayMs)));
  for (let i = 0; i < times.length; i += 3) times[i]! -= times[i]! % 3_600_000;
  const statuses = Uint32Array.from(times, (_, i) => (i % 11 === 0 ? StatusCode.BadTimeout : 0));
  const common = {
    count: times.length,
    tags: Uint32Array.from(times, (_, i) => numbers[i % numbers.length]!),
    sourceTimes: Float64Array.from(times),
    statuses,
  };
  return [
    { ...common, kind: 'number', values: Float64Array.from(times, (_, i) => sequence + i / 8) },
    {
      ...common,
      kind: 'unsigned64',
      values: BigUint64Array.from(times, (_, i) => 2n ** 63n + BigInt(sequence * 100 + i) * 2n ** 50n),
    },
    { ...common, kind: 'text', values: times.map((_, i) => `text ${sequence} ${i}`) },
  ];
}

/** Everything a store can be asked, of all it holds. Sums of fractions depend on their order in the last digits. */
async function answersOf(store: DuckdbHistoryStore, folder: string): Promise<string[]> {
  const range = { from: start - dayMs, to: start + 5 * dayMs };
  const answers: unknown[] = [];
  for (const kind of ['number', 'unsigned64'] as const) {
    for (const number of kind === 'number' ? numbers : [2]) {
      const tag = { number, kind };
      let cursor: string | undefined;
      do {
        const page = await store.samples({ tag, ...range, limit: 250, ...(cursor === undefined ? {} : { cursor }) });
        answers.push(page.samples);
        cursor = page.cursor;
      } while (cursor !== undefined);
      const from = start + 1.5 * dayMs;
      answers.push(await store.columns({ tag, from, to: from + dayMs, before: true }));
      answers.push(await store.columns({ tag, from: start + 20 * dayMs, to: start + 21 * dayMs, before: true }));
      for (const points of [3, 333])
        answers.push(await store.series({ tag, from: range.from + 12_345, to: range.to - 777, points }));
    }
    const tags = numbers.map((number) => ({ number, kind, holdMs: 3_600_000 }));
    for (const points of [2, 200, 20_000]) answers.push(await store.trend({ tags, ...range, points }));
    answers.push(await store.statistics({ tags, ...range }));
    const newest = await store.latest([...tags, { number: 99, kind }]);
    answers.push(newest.sort((a, b) => a.tag - b.tag));
    const named = tags.map((tag) => ({ ...tag, label: `tag ${tag.number}`, source: 's', name: 'n', unit: '' }));
    const file = join(folder, `copy-${Math.random()}`);
    answers.push(await store.copy({ tags: named, ...range, format: 'csv', timeZone: 'UTC', file, rowsMax: 1e6 }));
  }
  return answers.map((answer) =>
    JSON.stringify(answer, (key, value) => {
      if (typeof value === 'bigint') return String(value);
      if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array, (one) => Number(one.toPrecision(12)));
      return typeof value === 'number' && /mean|deviation/i.test(key) ? Number(value.toPrecision(12)) : value;
    }),
  );
}

/** The whole is too long for a difference anybody could read: the place of the first one. */
function expectSame(found: readonly string[], expected: readonly string[]): void {
  for (const [i, answer] of expected.entries()) {
    let at = 0;
    while (at < answer.length && found[i]?.[at] === answer[at]) at += 1;
    const around = (text = '') => `answer ${i}: ${text.slice(Math.max(0, at - 150), at + 100)}`;
    if (found[i] !== answer) expect(around(found[i])).to.equal(around(answer));
  }
  expect(found).to.have.length(expected.length);
}

describe('days sealed', () => {
  let folder: string;
  let store: DuckdbHistoryStore;
  const openAs = async (pace: typeof sealing) => {
    await store?.stop();
    store = new DuckdbHistoryStore({
      folder,
      log: silentLogger,
      clock: systemClock,
      random: Math.random,
      rollups,
      sealing: pace,
    });
    await store.start();
  };
  const segments = async () => (await readdir(join(folder, 'days'))).filter((name) => name.endsWith('.duckdb')).sort();
  const dayOf = (name: string) => name.slice(0, 10);

  before(async function () {
    this.timeout(60_000);
    folder = await mkdtemp(join(tmpdir(), 'history-sealing-'));
    await openAs(never);
  });
  after(async () => {
    await store.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Until there are other files than these, and only the open generation is left. */
  async function whenSealed(before: readonly string[], meanwhile = () => Promise.resolve()): Promise<void> {
    for (;;) {
      await meanwhile();
      const isNew = (await segments()).join() !== before.join();
      if (isNew && (await store.health()).generations === 1) return;
      await sleep(systemClock, 20);
    }
  }

  it('answer every question as before, before, while and after they are sealed, and over a restart', async function () {
    this.timeout(60_000);
    for (const sequence of [5, 2, 3, 4, 1]) {
      await store.append([batchOf(sequence, blocksOf(sequence), { epoch: sequence === 3 ? 2 : 1 })]);
    }
    const expected = await answersOf(store, folder);
    await openAs(sealing);
    let asked = 0;
    await whenSealed([], async () => {
      asked += 1;
      if (asked > 3) return;
      expectSame(await answersOf(store, folder), expected);
    });
    expect(asked).to.be.greaterThan(0);
    expect((await segments()).map(dayOf)).to.deep.equal(['2026-03-01', '2026-03-02', '2026-03-03', '2026-03-04']);
    expectSame(await answersOf(store, folder), expected);
    await openAs(sealing);
    expectSame(await answersOf(store, folder), expected);
  });

  it('take late rows, readable at once, merged into their day', async function () {
    this.timeout(60_000);
    const before = await segments();
    const late = start + dayMs + 12_345;
    const tag = { number: 1, kind: 'number' } as const;
    const around = { tag, from: late - 1, to: late + 2, limit: 10 };
    await openAs(never);
    await store.append([batchOf(1, [numberBlock([[1, late, -1e6]])], { epoch: 7 })]);
    expect((await store.samples(around)).samples.map(({ value }) => value)).to.deep.equal([-1e6]);
    const expected = await answersOf(store, folder);
    await openAs(sealing);
    await whenSealed(before);
    expectSame(await answersOf(store, folder), expected);
    // One row is no reason to write a day anew.
    expect(await segments()).to.have.length(before.length + 1);

    const side = await segments();
    await openAs(never);
    await store.append([2, 3, 4].map((sequence) => batchOf(sequence, blocksOf(70 + sequence), { epoch: 7 })));
    const more = await answersOf(store, folder);
    await openAs(sealing);
    await whenSealed(side);
    expectSame(await answersOf(store, folder), more);
    expect((await segments()).map(dayOf)).to.deep.equal(['2026-03-01', '2026-03-02', '2026-03-03', '2026-03-04']);
    expect(await segments()).not.to.include.members(side.slice(0, 1));
  });

  it('are written into a Parquet file that others read, while the store goes on', async () => {
    const file = join(folder, 'day.parquet');
    const from = Date.UTC(2026, 2, 2);
    const rows = await exportDay({ folder, day: '2026-03-02', file });
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    for (const kind of ['number', 'unsigned64', 'text'] as const) {
      const column = { number: 'value_number', unsigned64: 'value_integer::UBIGINT', text: 'value_text' }[kind];
      for (const number of numbers) {
        const { samples } = await store.samples({ tag: { number, kind }, from, to: from + dayMs, limit: 10_000 });
        const found = await connection.runAndReadAll(
          `SELECT epoch_ms(time)::DOUBLE, status, ${column}, quality FROM '${file}' WHERE tag = ${number} AND
             (${column} IS NOT NULL OR quality = 'bad' AND kind = '${kind}') ORDER BY file_row_number`,
        );
        expect(found.getRows().map(([time, status, value]) => [time, status, value])).to.deep.equal(
          samples.map(({ sourceTime, status, value }) => [sourceTime, status, value]),
        );
      }
    }
    const all = await connection.runAndReadAll(`SELECT count(*)::INT, min(time)::VARCHAR FROM '${file}'`);
    expect(all.getRows()[0]![0]).to.equal(rows);
    connection.closeSync();
    instance.closeSync();
    for (const day of ['2026-03-09', '2026-3-2', '../x']) {
      const problem = await exportDay({ folder, day, file }).catch((error: unknown) => error);
      expect(problem, day).to.include({ code: 'day-not-sealed' });
    }
  });

  it('leave nothing behind of what a process that died had begun', async () => {
    await store.stop();
    const known = await segments();
    for (const name of ['2026-03-01.99.duckdb', '2026-03-01.98.duckdb.unfinished', 'notes.txt']) {
      await writeFile(join(folder, 'days', name), 'x');
    }
    await openAs(sealing);
    expect((await readdir(join(folder, 'days'))).sort()).to.deep.equal([...known, 'notes.txt']);
  });
});
