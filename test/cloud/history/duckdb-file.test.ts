import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { sleep, systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import type { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import { DuckdbHistoryStore } from '#cloud/history/duckdb/duckdb-history-store';
import { openStore } from '#cloud/history/duckdb/duckdb-store';
import type { RollupPace } from '#cloud/history/duckdb/store-message';
import { batchOf, numberBlock } from '../../contract/history-store.contract.js';

const rowsPerBatch = 200;
const tag = { number: 7, kind: 'number' } as const;
const storeAt = (folder: string, rollups?: RollupPace) =>
  new DuckdbHistoryStore({
    folder,
    log: silentLogger,
    clock: systemClock,
    random: Math.random,
    ...(rollups === undefined ? {} : { rollups }),
  });

describe('history file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'history-file-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('keeps every acknowledged batch once when the service is killed, five times', async function () {
    this.timeout(60_000);
    const program = fileURLToPath(new URL('./store-owner.js', import.meta.url));
    let acknowledged = 0;
    for (let kill = 0; kill < 5; kill += 1) {
      const owner = fork(program, [folder, String(rowsPerBatch)]);
      const before = acknowledged;
      owner.on('message', (sequence: number) => {
        acknowledged = Math.max(acknowledged, sequence);
      });
      while (acknowledged < before + 3) await sleep(systemClock, 5);
      await sleep(systemClock, Math.random() * 100);
      owner.kill('SIGKILL');
      await once(owner, 'exit');
    }
    // The history process of the killed owner may still be at its last commit: the next start waits for it.
    const store = storeAt(folder);
    await store.start();
    const [range, ...more] = await store.watermarks();
    expect(more).to.deep.equal([]);
    expect(range).to.include({ first: 1 }).and.to.have.property('last').that.is.at.least(acknowledged);
    const { sourceTimes } = await store.columns({ tag, from: 0, to: Number.MAX_SAFE_INTEGER, before: false });
    await store.stop();
    expect(sourceTimes.length).to.equal(range!.last * rowsPerBatch);
    expect(new Set(sourceTimes).size).to.equal(sourceTimes.length);
  });

  it('that is damaged is refused with its name and left as it is', async () => {
    const file = join(folder, 'history.duckdb');
    await writeFile(file, Buffer.alloc(20_000, 7));
    const store = storeAt(folder);
    const problem = await store.start().then(
      () => undefined,
      (error: unknown) => error as Problem,
    );
    expect([problem?.code, problem?.reaction]).to.deep.equal(['history-unreadable', 'stop']);
    expect(problem?.message).to.contain(file);
    await store.stop();
    await rm(file);
    await store.start();
    expect(await store.watermarks()).to.deep.equal([]);
    await store.stop();
  });

  describe('after a power cut', () => {
    const file = () => join(folder, 'history.duckdb');
    const log = () => `${file()}.wal`;
    let written: Buffer;

    /** Twelve batches in the log, none yet in the file, as a process that was killed leaves them. */
    beforeEach(async () => {
      const program = fileURLToPath(new URL('./store-owner.js', import.meta.url));
      const owner = fork(program, [folder, '2']);
      let acknowledged = 0;
      owner.on('message', (sequence: number) => {
        acknowledged = Math.max(acknowledged, sequence);
      });
      while (acknowledged < 12) await sleep(systemClock, 2);
      owner.kill('SIGKILL');
      await once(owner, 'exit');
      // The orphaned history process ends with the channel; until then the log may still grow by the commits under way.
      do {
        written = await readFile(log());
        await sleep(systemClock, 150);
      } while ((await readFile(log())).length !== written.length);
    });

    async function reopened(): Promise<number> {
      const store = storeAt(folder);
      await store.start();
      const [range] = await store.watermarks();
      const { samples } = await store.samples({ tag, from: 0, to: Number.MAX_SAFE_INTEGER, limit: 10_000 });
      await store.stop();
      expect(samples.length).to.equal(range!.last * 2);
      return range!.last;
    }

    const tails: readonly (readonly [string, (log: Buffer) => Buffer])[] = [
      ['zeros', () => Buffer.alloc(4096)],
      ['half a record and zeros', (log) => Buffer.concat([log.subarray(8, 300), Buffer.alloc(4000)])],
      ['half a record', (log) => log.subarray(8, 300)],
    ];
    for (const [what, tail] of tails) {
      it(`a log that ends in ${what} is opened with every commit`, async () => {
        await writeFile(log(), Buffer.concat([written, tail(written)]));
        expect(await reopened()).to.be.at.least(12);
      });
    }

    it('a log damaged before its last commit is refused and left as it is', async () => {
      const damaged = Buffer.from(written);
      damaged[Math.floor(damaged.length / 2)]! ^= 0xff;
      await writeFile(log(), damaged);
      const problem = await storeAt(folder)
        .start()
        .then(
          () => undefined,
          (error: unknown) => error as Problem,
        );
      expect(problem?.code).to.equal('history-unreadable');
      expect(damaged.equals(await readFile(log()))).to.equal(true);
      await writeFile(log(), written);
      expect(await reopened()).to.be.at.least(12);
    });
  });

  it('in a folder that cannot be made is one clear problem', async () => {
    await writeFile(join(folder, 'plain'), '');
    const problem = await storeAt(join(folder, 'plain', 'history'))
      .start()
      .then(
        () => undefined,
        (error: unknown) => error as Problem,
      );
    expect(problem?.code).to.equal('history-unreadable');
    expect(problem?.message).to.contain(join(folder, 'plain'));
  });

  it('of the version without roll-ups is brought up to date with all it holds', async () => {
    const rows = Array.from({ length: 5000 }, (_, i) => [7, 60_000 * i + 1, i % 100] as const);
    const before = storeAt(folder);
    await before.start();
    await before.append([batchOf(1, [numberBlock(rows)])]);
    await before.stop();
    const instance = await DuckDBInstance.create(join(folder, 'history.duckdb'));
    const connection = await instance.connect();
    for (const table of ['rollups_minute', 'rollups_hour', 'rollup_progress'])
      await connection.run(`DROP TABLE ${table}`);
    await connection.run('DELETE FROM schema_version; INSERT INTO schema_version VALUES (1); CHECKPOINT');
    connection.closeSync();
    instance.closeSync();
    const store = storeAt(folder, { rowsMax: 1, afterMs: 0, lookMs: 5 });
    await store.start();
    const query = { tags: [{ ...tag, holdMs: 1 }], from: 0, to: 300_000_000, points: 10 };
    const told = async () => (await store.trend(query)).columns[0]!.counts.reduce((sum, count) => sum + count, 0);
    expect(await told()).to.equal(5000);
    await sleep(systemClock, 300);
    expect(await told()).to.equal(5000);
    await store.stop();
    const again = await DuckDBInstance.create(join(folder, 'history.duckdb'));
    const reading = await again.connect();
    const found = await reading.runAndReadAll(
      'SELECT (SELECT sum(samples) FROM rollups_minute)::INT, (SELECT sum(samples) FROM rollups_hour)::INT, (SELECT count(*) FROM rollups_hour)::INT',
    );
    expect(found.getRows()[0]).to.deep.equal([5000, 5000, 84]);
    reading.closeSync();
    again.closeSync();
  });

  it('keeps its ledger short and its quarantine bounded', async () => {
    const store = await openStore(
      {
        file: join(folder, 'history.duckdb'),
        memoryLimit: '256MB',
        quarantineBytesMax: 1_000_000,
        ledgerRowsMax: 10,
        queryTimeoutMs: 5000,
        rollups: { rowsMax: 1e6, afterMs: 1e6, lookMs: 1000 },
      },
      (error) => {
        throw error;
      },
    );
    const { append, watermarks, holds, quarantine, health } = store.operations;
    const sequences = Array.from({ length: 60 }, (_, i) => ((i * 7) % 61) + (i > 50 ? 100 : 0));
    for (const sequence of sequences) await append([batchOf(sequence, [numberBlock([[7, sequence, 1]])])]);
    const held = await watermarks();
    const listed = held.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, i) => first + i));
    expect(listed).to.deep.equal([...sequences].sort((a, b) => a - b));
    for (const sequence of [0, 7, 99, 500]) {
      const name = { gatewayId: 'gateway-1', epoch: 1, sequence };
      expect(await holds(name), String(sequence)).to.equal(sequences.includes(sequence));
    }
    const noise = Uint8Array.from({ length: 400_000 }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 11);
    for (let sequence = 0; sequence < 20; sequence += 1) {
      await quarantine({
        gatewayId: 'gateway-1',
        epoch: 1,
        sequence,
        ingestTime: 1,
        code: 'x',
        detail: 'y',
        bytes: noise,
      });
    }
    const { bytes } = await health();
    expect(bytes).to.be.lessThan(20 * noise.length * 0.5);
    await store.close();
  });
});
