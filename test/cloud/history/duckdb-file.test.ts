import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
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
import { batchOf, numberBlock } from '../../contract/history-store.contract.js';

const rowsPerBatch = 200;
const tag = { number: 7, kind: 'number' } as const;
const storeAt = (folder: string) =>
  new DuckdbHistoryStore({ folder, log: silentLogger, clock: systemClock, random: Math.random });

const oldRows = 10_000;

/** Seven days of one tag, as programs before the days wrote them. */
async function writeOldFile(file: string, version: number): Promise<void> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  const types = { number: 'DOUBLE', integer64: 'BIGINT', unsigned64: 'UBIGINT', boolean: 'BOOLEAN', text: 'VARCHAR' };
  for (const [kind, type] of Object.entries(types)) {
    await connection.run(`CREATE TABLE samples_${kind} (tag UINTEGER NOT NULL, time BIGINT NOT NULL, value ${type},
      status UINTEGER NOT NULL, epoch BIGINT NOT NULL, sequence BIGINT NOT NULL)`);
  }
  await connection.run(`
    CREATE TABLE schema_version (version INTEGER NOT NULL); INSERT INTO schema_version VALUES (${version});
    CREATE TABLE watermarks (gateway VARCHAR NOT NULL, epoch BIGINT NOT NULL, first BIGINT NOT NULL, last BIGINT NOT NULL);
    INSERT INTO watermarks VALUES ('gateway-1', 1, 1, 1);
    CREATE TABLE gaps (gateway VARCHAR NOT NULL, epoch BIGINT NOT NULL, ingest_time BIGINT NOT NULL, from_sequence BIGINT NOT NULL,
      to_sequence BIGINT NOT NULL, from_time BIGINT NOT NULL, to_time BIGINT NOT NULL, samples BIGINT NOT NULL,
      reason VARCHAR NOT NULL, source VARCHAR NOT NULL);
    CREATE TABLE quarantine (gateway VARCHAR NOT NULL, epoch BIGINT NOT NULL, sequence BIGINT NOT NULL, ingest_time BIGINT NOT NULL,
      code VARCHAR NOT NULL, detail VARCHAR NOT NULL, bytes BLOB NOT NULL);
    INSERT INTO samples_number SELECT 7, i * 60000 + 1, i % 100, 0, 1, 1 FROM range(${oldRows}) rows(i)`);
  if (version === 2) {
    for (const table of ['rollups_minute', 'rollups_hour', 'rollup_progress']) {
      await connection.run(`CREATE TABLE ${table} (kind UTINYINT NOT NULL, next_row BIGINT NOT NULL)`);
    }
    await connection.run('INSERT INTO rollup_progress VALUES (0, 5000)');
  }
  connection.closeSync();
  instance.closeSync();
}

/** What the program of version 4 has sealed, as that of version 3 left it: minutes of plain columns, and another ledger. */
async function backToVersion3(folder: string): Promise<void> {
  const files = (await readdir(join(folder, 'days'))).map((name) => join(folder, 'days', name));
  for (const file of [join(folder, 'history.duckdb'), ...files]) {
    const instance = await DuckDBInstance.create(file);
    const connection = await instance.connect();
    await connection.run(
      file.endsWith('history.duckdb')
        ? `CREATE TABLE segments (id BIGINT NOT NULL, day BIGINT NOT NULL, rows BIGINT NOT NULL, kinds UTINYINT NOT NULL,
             samples VARCHAR NOT NULL, minutes BOOLEAN NOT NULL);
           INSERT INTO segments SELECT * REPLACE (minutes = 'minutes' AS minutes) FROM sealed_segments;
           DROP TABLE sealed_segments; UPDATE schema_version SET version = 3`
        : `CREATE TABLE rollups_minute AS SELECT 0::UTINYINT AS kind, tag, time // 60000 AS slot, 1::UINTEGER AS samples,
             0::UINTEGER AS bad, status AS worst, 1::UINTEGER AS newest, scaled / divisor AS low, 1::UINTEGER AS low_time,
             low AS high, 1::UINTEGER AS high_time, low AS mean, low AS first, 1::UINTEGER AS first_time, epoch AS first_epoch,
             sequence AS first_sequence, low AS last, 1::UINTEGER AS last_time, epoch AS last_epoch, sequence AS last_sequence
           FROM samples_number;
           DROP TABLE minutes`,
    );
    connection.closeSync();
    instance.closeSync();
  }
}

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

  for (const version of [1, 2]) {
    it(`of version ${version} is brought up to date with all it holds, killed meanwhile`, async function () {
      this.timeout(60_000);
      await writeOldFile(join(folder, 'history.duckdb'), version);
      const options = { folder, log: silentLogger, clock: systemClock, random: Math.random };
      const rollups = { rowsMax: 1, afterMs: 0, lookMs: 5 };
      const sealing = { overMs: 0, lateMs: 0, rowsMax: 1e9, generationsMax: 9, rowsPerPiece: 1000, restShare: 0 };
      const store = new DuckdbHistoryStore({ ...options, rollups, sealing });
      const query = { tags: [{ ...tag, holdMs: 1 }], from: 0, to: 600_000_000, points: 10 };
      const told = async () => (await store.trend(query)).columns[0]!.counts.reduce((sum, count) => sum + count, 0);
      await store.start();
      expect(await told()).to.equal(oldRows);
      while ((await store.health()).segments < 2) await sleep(systemClock, 5);
      process.kill(store.processId!, 'SIGKILL');
      await store.stop();
      await store.start();
      expect(await told()).to.equal(oldRows);
      while ((await store.health()).generations > 1) await sleep(systemClock, 10);
      expect(await told()).to.equal(oldRows);
      expect(await store.health()).to.include({ segments: 7 });
      expect(await store.watermarks()).to.deep.equal([{ gatewayId: 'gateway-1', epoch: 1, first: 1, last: 1 }]);
      const { samples } = await store.samples({ tag, from: 0, to: 600_000_000, limit: 100_000 });
      expect(samples.map(({ value }) => value)).to.deep.equal(Array.from({ length: oldRows }, (_, i) => i % 100));
      await store.stop();
    });
  }

  it('of version 3 answers as before, its sealed days as they lie there', async function () {
    this.timeout(60_000);
    await writeOldFile(join(folder, 'history.duckdb'), 1);
    const rollups = { rowsMax: 1, afterMs: 0, lookMs: 5 };
    const sealing = { overMs: 0, lateMs: 0, rowsMax: 1e9, generationsMax: 9, rowsPerPiece: 1000, restShare: 0 };
    const options = { folder, log: silentLogger, clock: systemClock, random: Math.random, rollups, sealing };
    const store = new DuckdbHistoryStore(options);
    const told = () =>
      store.trend({ tags: [{ ...tag, holdMs: 1 }], from: 0, to: oldRows * 60_000, points: oldRows }).then((trend) => {
        expect(trend.bucketMs).to.equal(60_000);
        return trend.columns[0];
      });
    await store.start();
    while ((await store.health()).segments < 7) await sleep(systemClock, 10);
    const before = await told();
    await store.stop();
    await backToVersion3(folder);
    await store.start();
    expect(await told()).to.deep.equal(before);
    const late = batchOf(2, [numberBlock([[7, 60_002, 5]])]);
    await store.append([late]);
    while ((await store.health()).generations > 1) await sleep(systemClock, 10);
    const after = await told();
    expect(after?.counts[1]).to.equal(2);
    expect(after?.maxs[1]).to.equal(5);
    expect(Array.from(after!.means.subarray(2))).to.deep.equal(Array.from(before!.means.subarray(2)));
    // Samples of the past go, their minutes stay: the files are written anew with them.
    await store.retain({ keep: { samples: 1, minutes: 30_000, hours: 30_000, days: 30_000 }, rules: [] });
    expect(await told()).to.deep.equal(after);
    await store.stop();
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
        sealing: { overMs: 1e15, lateMs: 1e6, rowsMax: 1e9, generationsMax: 1, rowsPerPiece: 1e6, restShare: 0 },
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
