import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { sleep, systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import type { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import { DuckdbHistoryStore } from '#cloud/history/duckdb/duckdb-history-store';
import { batchOf, numberBlock } from '../../contract/history-store.contract.js';
import { until } from '../../kit/until.js';

const dayMs = 86_400_000;
const today = Math.floor(Date.now() / dayMs);
const dayBegin = (daysAgo: number) => (today - daysAgo) * dayMs;
const mine = { number: 1, kind: 'number', holdMs: 1000 } as const;
const theirs = { ...mine, number: 2 } as const;

describe('history retention', () => {
  let folder: string;
  let store: DuckdbHistoryStore;
  const open = async () => {
    store = new DuckdbHistoryStore({
      folder,
      log: silentLogger,
      clock: systemClock,
      random: Math.random,
      rollups: { rowsMax: 1, afterMs: 0, lookMs: 5 },
      sealing: { overMs: 0, lateMs: 0, rowsMax: 1e9, generationsMax: 9, rowsPerPiece: 1e6, restShare: 0 },
    });
    await store.start();
  };

  /** Two tags, one sample an hour, on days 1 to 6 before today. */
  before(async function () {
    this.timeout(60_000);
    folder = await mkdtemp(join(tmpdir(), 'history-retention-'));
    await open();
    const rows = [1, 2].flatMap((tag) =>
      Array.from({ length: 6 * 24 }, (_, hour) => [tag, dayBegin(6) + hour * 3_600_000, hour] as const),
    );
    await store.append([batchOf(1, [numberBlock(rows)])]);
    while ((await store.health()).segments < 6) await sleep(systemClock, 10);
  });
  after(async () => {
    await store.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const raw = (tag: typeof mine | typeof theirs, daysAgo: number) =>
    store.samples({ tag, from: dayBegin(daysAgo), to: dayBegin(daysAgo - 1), limit: 100 }).then(
      ({ samples }) => samples.length,
      (error: Problem) => error.code,
    );
  const counts = async (tag: typeof mine | typeof theirs, daysAgo: number) => {
    const { bucketMs, columns } = await store.trend({
      tags: [tag],
      from: dayBegin(daysAgo),
      to: dayBegin(daysAgo - 1),
      points: 20_000,
    });
    return [bucketMs, columns[0]!.counts.reduce((sum, count) => sum + count, 0)];
  };

  it('keeps everything unless it is told otherwise', async () => {
    expect(await store.retain({ keep: {}, rules: [] })).to.deep.equal([]);
    expect(await raw(mine, 6)).to.equal(24);
  });

  it('takes the samples of one tenant, and answers from what is left', async () => {
    const rule = { name: 'tenant-1', tags: [mine.number], keep: { samples: 4, minutes: 5, hours: 5 } };
    const removals = await store.retain({ keep: {}, rules: [rule] });
    expect(removals).to.have.deep.members([
      { name: 'tenant-1', what: 'samples', firstDay: dayBegin(6), lastDay: dayBegin(5), days: 2 },
      { name: 'tenant-1', what: 'minutes', firstDay: dayBegin(6), lastDay: dayBegin(6), days: 1 },
      { name: 'tenant-1', what: 'hours', firstDay: dayBegin(6), lastDay: dayBegin(6), days: 1 },
    ]);
    expect([await raw(mine, 6), await raw(mine, 5), await raw(mine, 4)]).to.deep.equal([
      'history-expired',
      'history-expired',
      24,
    ]);
    expect(await raw(theirs, 6)).to.equal(24);
    expect(await counts(mine, 6)).to.deep.equal([dayMs, 24]);
    expect(await counts(mine, 5)).to.deep.equal([60_000, 24]);
    expect((await counts(theirs, 6))[1]).to.equal(24);
    expect(await store.retain({ keep: {}, rules: [rule] })).to.deep.equal([]);
  });

  it('knows after a restart what is gone, and takes whole files where nobody keeps them', async () => {
    await store.stop();
    const before = await readdir(join(folder, 'days'));
    await open();
    expect(await raw(mine, 5)).to.equal('history-expired');
    const keep = { samples: 2, minutes: 2, hours: 3, days: 4 };
    const removals = await store.retain({ keep, rules: [] });
    expect(removals.map(({ what, days }) => [what, days])).to.deep.equal([
      ['samples', 4],
      ['minutes', 4],
      ['hours', 3],
      ['days', 2],
    ]);
    expect(await readdir(join(folder, 'days'))).to.have.length(before.length - 4);
    expect(await counts(theirs, 4)).to.deep.equal([dayMs, 24]);
    expect(await counts(theirs, 3)).to.deep.equal([3_600_000, 24]);
    const gone = await counts(theirs, 6).catch((error: Problem) => [error.code, error.status]);
    expect(gone).to.deep.equal(['history-expired', 410]);
    const told = await store
      .statistics({ tags: [mine], from: dayBegin(6), to: dayBegin(0) })
      .catch((error: Problem) => error);
    expect(told).to.include({ code: 'history-expired' });
    expect(await raw(theirs, 2)).to.equal(24);
  });

  it('gives the space of what is gone back at once', async function () {
    // What a process has open is told by /proc alone.
    if (process.platform !== 'linux') return this.skip();
    const descriptors = `/proc/${store.processId}/fd`;
    await until(async () => {
      const names = await readdir(descriptors);
      const open = await Promise.all(names.map((name) => readlink(join(descriptors, name)).catch(() => '')));
      return !open.some((file) => file.startsWith(join(folder, 'days')) && file.endsWith(' (deleted)'));
    });
  });

  it('takes late rows of a day that is gone again', async () => {
    const { segments } = await store.health();
    await store.append([batchOf(2, [numberBlock([[2, dayBegin(6) + 5, 1]])])]);
    while ((await store.health()).segments === segments) await sleep(systemClock, 10);
    const removals = await store.retain({ keep: { samples: 2, minutes: 2, hours: 3, days: 4 }, rules: [] });
    expect(removals.map(({ what, days }) => [what, days])).to.deep.equal([
      ['samples', 1],
      ['minutes', 1],
      ['hours', 1],
      ['days', 1],
    ]);
  });

  it('keeps one row a tag and class of what it took, however often it takes', async () => {
    await store.stop();
    const instance = await DuckDBInstance.create(join(folder, 'history.duckdb'));
    const connection = await instance.connect();
    const rows = 'SELECT count(*)::INTEGER, count(DISTINCT (class, tag))::INTEGER FROM horizons';
    const [count, kept] = (await connection.runAndReadAll(rows)).getRows()[0]!;
    connection.closeSync();
    instance.closeSync();
    expect(kept).to.equal(8);
    expect(count).to.equal(kept);
  });
});
