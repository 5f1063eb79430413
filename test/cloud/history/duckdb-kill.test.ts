import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep, systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import { DuckdbHistoryStore } from '#cloud/history/duckdb/duckdb-history-store';
import { batchOf, numberBlock } from '../../contract/history-store.contract.js';

const rowsPerBatch = 300;
const tag = { number: 7, kind: 'number' } as const;
const sealedAtOnce = {
  rollups: { rowsMax: 1, afterMs: 0, lookMs: 5 },
  sealing: { overMs: 0, lateMs: 0, rowsMax: 5_000, generationsMax: 0, rowsPerPiece: 1, restShare: 0 },
};

describe('history process killed', () => {
  let folder: string;
  let store: DuckdbHistoryStore;

  const options = { log: silentLogger, clock: systemClock, random: Math.random };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'history-kill-'));
    store = new DuckdbHistoryStore({ ...options, folder });
    await store.start();
  });
  afterEach(async () => {
    await store.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Sequence 300 begins the fourth day. */
  const timeOf = (row: number) => row * 960;
  const rows = (sequence: number) =>
    numberBlock(
      Array.from({ length: rowsPerBatch }, (_, row) => [7, timeOf(sequence * rowsPerBatch + row), row] as const),
    );

  /** A day's file is begun, or it has its name: then a little later, before or after its commit. */
  async function sealingCame(to: 'begun' | 'named'): Promise<void> {
    const ending = to === 'begun' ? '.unfinished' : '.duckdb';
    const isThere = async () => (await readdir(join(folder, 'days'))).some((name) => name.endsWith(ending));
    while (!(await isThere())) await sleep(systemClock, 1);
    await sleep(systemClock, Math.random() * 40);
  }

  const loads = [
    ['under load', 10],
    ['under load and in the middle of sealing', 6],
  ] as const;
  for (const [what, kills] of loads)
    it(`${kills} times ${what}: what was acknowledged is there, nothing twice, watermark and rows agree`, async function () {
      this.timeout(60_000);
      if (what !== 'under load') {
        await store.stop();
        store = new DuckdbHistoryStore({ ...options, folder, ...sealedAtOnce });
        await store.start();
      }
      const acknowledged = new Set<number>();
      let sequence = 0;
      let rejected = 0;
      let running = true;
      const send = async (): Promise<void> => {
        while (running) {
          sequence += 1;
          const mine = sequence;
          while (!acknowledged.has(mine)) {
            try {
              await store.append([batchOf(mine, [rows(mine)])]);
              acknowledged.add(mine);
            } catch (error) {
              expect(error).to.be.instanceOf(Problem).and.to.have.property('reaction', 'retry');
              rejected += 1;
              await sleep(systemClock, 30);
            }
          }
        }
      };
      const senders = [send(), send(), send(), send()];
      for (let kill = 0; kill < kills; kill += 1) {
        const before = acknowledged.size;
        if (what === 'under load') await sleep(systemClock, 20 + Math.random() * 150);
        else await sealingCame(kill % 2 === 0 ? 'begun' : 'named');
        // Also in the middle of its start, when there is no process yet.
        if (store.processId !== undefined) process.kill(store.processId, 'SIGKILL');
        while (acknowledged.size < before + 5) await sleep(systemClock, 5);
      }
      while (what !== 'under load' && (await store.health()).segments === 0) await sleep(systemClock, 10);
      running = false;
      await Promise.all(senders);
      expect(rejected).to.be.greaterThan(0);

      await store.stop();
      await store.start();
      if (what !== 'under load') expect((await store.health()).segments).to.be.greaterThan(0);
      expect(await store.watermarks()).to.deep.equal([{ gatewayId: 'gateway-1', epoch: 1, first: 1, last: sequence }]);
      expect(acknowledged.size).to.equal(sequence);
      const { sourceTimes } = await store.columns({ tag, from: 0, to: Number.MAX_SAFE_INTEGER, before: false });
      expect(sourceTimes.length).to.equal(sequence * rowsPerBatch);
      for (const [row, time] of sourceTimes.entries())
        if (time !== timeOf(rowsPerBatch + row)) expect(time).to.equal(timeOf(rowsPerBatch + row));
    });

  it('refuses queries while it is away and answers them when it is back', async () => {
    await store.append([batchOf(1, [rows(1)])]);
    process.kill(store.processId!, 'SIGKILL');
    const codes = new Set<string>();
    for (;;) {
      try {
        const { samples } = await store.samples({ tag, from: 0, to: Number.MAX_SAFE_INTEGER, limit: 1000 });
        expect(samples).to.have.length(rowsPerBatch);
        break;
      } catch (error) {
        codes.add((error as Problem).code);
        await sleep(systemClock, 10);
      }
    }
    expect([...codes]).to.deep.equal(['history-unavailable']);
  });

  it('waits for a file its predecessor still holds', async function () {
    this.timeout(60_000);
    const second = new DuckdbHistoryStore({ folder, log: silentLogger, clock: systemClock, random: Math.random });
    const started = second.start();
    await sleep(systemClock, 600);
    await store.append([batchOf(1, [rows(1)])]);
    await store.stop();
    await started;
    expect(await second.watermarks()).to.have.length(1);
    await second.stop();
  });
});
