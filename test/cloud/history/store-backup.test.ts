import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep, systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { expect } from 'chai';
import { DuckdbHistoryStore } from '#cloud/history/duckdb/duckdb-history-store';
import type { StoredSample } from '#cloud/history/history-store';
import { batchOf, numberBlock } from '../../contract/history-store.contract.js';
import { until } from '../../kit/until.ts';

const dayMs = 86_400_000;
const start = Date.UTC(2026, 2, 1);
const rollups = { rowsMax: 1, afterMs: 0, lookMs: 5 };
const sealing = { overMs: 0, lateMs: 0, rowsMax: 200, generationsMax: 9, rowsPerPiece: 400, restShare: 1 };
const tag = { number: 1, kind: 'number' } as const;

describe('backup of the history', function () {
  this.timeout(60_000);
  let folder: string;
  let store: DuckdbHistoryStore;
  let sequence = 0;

  const open = async (where: string) => {
    const opened = new DuckdbHistoryStore({
      folder: where,
      clock: systemClock,
      random: Math.random,
      log: silentLogger,
      rollups,
      sealing,
    });
    await opened.start();
    return opened;
  };
  /** Ten samples, of several days, and one of today: some are sealed while others come. */
  const append = () => {
    sequence += 1;
    const times = Array.from({ length: 10 }, (_, i) => start + (i % 5) * dayMs + sequence * 1_000 + i);
    const now = Date.now();
    return store.append([
      batchOf(sequence, [numberBlock([...times, now].map((time, i) => [1, time, sequence * 100 + i]))]),
    ]);
  };
  const samplesOf = async (from: DuckdbHistoryStore) => {
    const all: StoredSample[] = [];
    let cursor: string | undefined;
    do {
      const next = cursor === undefined ? {} : { cursor };
      const page = await from.samples({ tag, from: 0, to: 4e12, limit: 1_000, ...next });
      all.push(...page.samples);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return all;
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'history-'));
    sequence = 0;
    store = await open(join(folder, 'live'));
  });
  afterEach(async () => {
    await store.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('taken while batches come and days are sealed, is one moment of it: whole batches, and what the watermark says', async () => {
    let wanted = true;
    const writing = (async () => {
      while (wanted) {
        await append();
        await sleep(systemClock, 5);
      }
    })();
    await until(async () => (await store.health()).segments > 0);
    const copies = ['first', 'second'].map((name) => join(folder, name));
    for (const copy of copies) {
      await mkdir(copy);
      await store.backUp(copy);
      const reached = sequence;
      await until(() => sequence > reached);
    }
    wanted = false;
    await writing;
    const all = await samplesOf(store);
    expect(all).to.have.length(sequence * 11);
    const counts: number[] = [];
    for (const copy of copies) {
      expect(await readdir(join(copy, 'days'))).to.not.have.length(0);
      const restored = await open(copy);
      try {
        const [mark, ...more] = await restored.watermarks();
        expect([mark!.first, more.length]).to.deep.equal([1, 0]);
        expect(await samplesOf(restored)).to.deep.equal(all.filter((sample) => sample.sequence <= mark!.last));
        counts.push(mark!.last);
        // It is a history like any other: it goes on.
        await restored.append([batchOf(mark!.last + 1, [numberBlock([[1, Date.now(), 1]])])]);
        expect((await restored.watermarks())[0]!.last).to.equal(mark!.last + 1);
      } finally {
        await restored.stop();
      }
    }
    expect(counts[0]).to.be.greaterThan(0).and.lessThan(counts[1]!);
    expect(counts[1]).to.be.lessThan(sequence + 1);
    expect(await readdir(join(folder, 'live'))).to.not.include('backup-links');
  });

  it('that cannot be written says so, and the store goes on', async () => {
    await append();
    const failed = await store.backUp(join(folder, 'nowhere', 'at', 'all')).then(
      () => expect.fail('it was written') as never,
      (error: { code: string }) => error.code,
    );
    expect(failed).to.equal('history-failed');
    await append();
    expect(await samplesOf(store)).to.have.length(22);
  });
});
