import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { expect } from 'chai';
import { LayoutGate } from '#cloud/history/duckdb/layout-gate';
import { Rollups } from '#cloud/history/duckdb/rollups';
import { readLayout } from '#cloud/history/duckdb/sealing';
import { SegmentWriter } from '#cloud/history/duckdb/segment-writer';
import { prepareSchema } from '#cloud/history/duckdb/store-schema';
import { StoreWriter } from '#cloud/history/duckdb/store-writer';
import { batchOf, numberBlock } from '../../contract/history-store.contract.js';
import { FakeClock } from '../../kit/fake-clock.js';

const minuteMs = 60_000;

describe('upkeep of a DuckDB file', () => {
  let folder: string;
  let instance: DuckDBInstance;
  let connection: DuckDBConnection;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'duckdb-upkeep-'));
    instance = await DuckDBInstance.create(join(folder, 'history.duckdb'));
    connection = await instance.connect();
    await prepareSchema(connection, 'history.duckdb');
  });
  afterEach(async () => {
    connection.closeSync();
    instance.closeSync();
    await rm(folder, { recursive: true });
  });

  const numberOf = async (sql: string) => Number((await connection.runAndReadAll(sql)).getRows()[0]![0]);

  it('shortens its ledger also while somebody else is writing', async () => {
    const fatal: unknown[] = [];
    const settings = { quarantineBytesMax: 1, ledgerRowsMax: 3 };
    const own = await instance.connect();
    const writer = new StoreWriter({ connection: own, settings, fatal: (error) => fatal.push(error) });
    await writer.open(0);
    // As when a day is sealed.
    await connection.run('BEGIN; UPDATE generations SET sealed_to = 1');
    for (const sequence of [1, 2, 3, 4, 5]) await writer.append([batchOf(sequence, [numberBlock([[7, sequence, 1]])])]);
    expect(await writer.watermarks()).to.deep.equal([{ gatewayId: 'gateway-1', epoch: 1, first: 1, last: 5 }]);
    expect(fatal).to.deep.equal([]);
    await connection.run('COMMIT');
    await writer.close();
  });

  it('leaves nothing of a day that could not be sealed', async () => {
    const pace = { rowsPerPiece: 1_000, restShare: 0 };
    const writer = new SegmentWriter({ connection, clock: new FakeClock(), pace, between: async () => true });
    const source = { table: 'no_such_table', where: 'true', value: 'value', isSorted: false };
    const before = await readdir(folder);
    const failed = await writer
      .write(join(folder, '1970-01-01.1.duckdb'), () => [source], 'true', 1_000_000)
      .then(
        () => undefined,
        (error: unknown) => String(error),
      );
    expect(failed).to.contain('no_such_table');
    expect(await readdir(folder)).to.deep.equal(before);
  });

  for (const broken of ['COMMIT', 'DROP TABLE folded']) {
    it(`counts no sample twice when the answer to ${broken} is lost`, async () => {
      await connection.run(`INSERT INTO samples_number SELECT 1, i * 1000, i, 0, 1, 1 FROM range(180) rows(i)`);
      let isBroken = true;
      const failing = new Proxy(connection, {
        get(target, name) {
          if (name !== 'run') return Reflect.get(target, name, target).bind(target);
          return async (sql: string) => {
            const done = await target.run(sql);
            if (!isBroken || sql !== broken) return done;
            isBroken = false;
            throw new Error('lost');
          };
        },
      });
      const gate = new LayoutGate(await readLayout(connection));
      const clock = new FakeClock();
      const rollups = new Rollups({ connection: failing, gate, clock, pace: { lookMs: 1, afterMs: 0, rowsMax: 1 } });
      const failed = await rollups.catchUp(() => true).catch((error: unknown) => String(error));
      expect(failed).to.contain('lost');
      await rollups.catchUp(() => true);
      expect(await numberOf('SELECT sum(samples) FROM rollups_minute_0')).to.equal(180);
      expect(await numberOf(`SELECT count(*) FROM rollups_minute_0 WHERE slot < ${180_000 / minuteMs}`)).to.equal(3);
    });
  }
});
