import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { DuckDBInstance } from '@duckdb/node-api';
import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import type { Problem } from '@gongfu/shared/base/problem';
import { StatusCode } from '@gongfu/shared/model/quality';
import { expect } from 'chai';
import readWorkbook from 'read-excel-file/node';
import { type ExportFormat, SampleExports } from '#cloud/exports/sample-exports';
import { DuckdbHistoryStore } from '#cloud/history/duckdb/duckdb-history-store';
import { batchOf } from '../../contract/history-store.contract.js';

const start = Date.UTC(2026, 10, 26, 12);
const names = { label: '温度 <1> & "2"', source: '=SUM(A1)', name: '-press', unit: '@Cel' };
const kinds = ['number', 'integer64', 'unsigned64', 'boolean', 'text'] as const;
const tags = kinds.map((kind, i) => ({
  ...names,
  number: i + 1,
  kind,
  ...(i > 0 ? { source: 'plc', name: kind } : {}),
}));
const asked = { tags, from: start, to: start + 1000, timeZone: 'Asia/Kolkata' };
/** As each format must say them, exact to the last digit. */
const exact = ['0.1', '9007199254740993', '18446744073709551615', 'true', '=cmd|\' /C calc\'!A0\n"工赋"'];

describe('sample exports', () => {
  let folder: string;
  let history: DuckdbHistoryStore;
  let exports: SampleExports;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'exports-'));
    history = new DuckdbHistoryStore({ folder, log: silentLogger, clock: systemClock, random: Math.random });
    await history.start();
    const block = (i: number) => ({
      count: 2,
      tags: Uint32Array.of(i + 1, i + 1),
      sourceTimes: Float64Array.of(start + 10 - i, start + 500 + i),
      statuses: Uint32Array.of(0, StatusCode.BadTimeout),
    });
    await history.append([
      batchOf(1, [
        { ...block(0), kind: 'number', values: Float64Array.of(0.1, 0) },
        { ...block(1), kind: 'integer64', values: BigInt64Array.of(2n ** 53n + 1n, 0n) },
        { ...block(2), kind: 'unsigned64', values: BigUint64Array.of(2n ** 64n - 1n, 0n) },
        { ...block(3), kind: 'boolean', values: Uint8Array.of(1, 0) },
        { ...block(4), kind: 'text', values: [exact[4]!, ''] },
      ]),
    ]);
    exports = new SampleExports({ folder: join(folder, 'exports'), history });
    await exports.start();
  });
  after(async () => {
    await exports.stop();
    await history.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function fileOf(format: ExportFormat): Promise<Buffer> {
    const made = await exports.make({ ...asked, format });
    expect(made.rows).to.equal(10);
    return buffer(made.content);
  }

  it('writes CSV that a spreadsheet takes for text, exact and in the zone it names', async () => {
    const file = join(folder, 'read.csv');
    await writeFile(file, await fileOf('csv'));
    const rows = await readBack(`SELECT * FROM read_csv('${file}', all_varchar = true, header = true)`);
    const good = rows.slice(0, 5).toReversed();
    expect(good.map((row) => row[6])).to.deep.equal([...exact.slice(0, 4), `'${exact[4]}`]);
    expect(good[0]!.slice(0, 6)).to.deep.equal([
      '2026-11-26T17:30:00.010+05:30',
      '1',
      names.label,
      "'=SUM(A1)",
      "'-press",
      "'@Cel",
    ]);
    expect(rows.slice(5).map((row) => row.slice(6))).to.deep.equal(
      kinds.map(() => [null, 'bad', String(StatusCode.BadTimeout)]),
    );
    expect((await readFile(file, 'utf8')).split('\n')[0]).to.equal(
      'time (Asia/Kolkata),tag,signal,source,name,unit,value,quality,status',
    );
  });

  it('writes Parquet with a column for each type', async () => {
    const file = join(folder, 'read.parquet');
    await writeFile(file, await fileOf('parquet'));
    const rows = await readBack(
      `SELECT epoch_ms(time), value_number, value_integer::VARCHAR, value_boolean, value_text, name FROM read_parquet('${file}')`,
    );
    expect(rows.slice(0, 5)).to.deep.equal([
      [BigInt(start + 6), null, null, null, exact[4], 'text'],
      [BigInt(start + 7), null, null, true, null, 'boolean'],
      [BigInt(start + 8), null, exact[2], null, null, 'unsigned64'],
      [BigInt(start + 9), null, exact[1], null, null, 'integer64'],
      [BigInt(start + 10), 0.1, null, null, null, '-press'],
    ]);
  });

  it('writes a workbook another library reads: numbers as numbers, long wholes and formulas as text', async () => {
    const [sheet, ...more] = await readWorkbook(await fileOf('xlsx'));
    expect(more).to.deep.equal([]);
    const [head, ...rows] = sheet!.data;
    expect(head![0]).to.equal('time (Asia/Kolkata)');
    expect(rows).to.have.length(10);
    const good = rows.slice(0, 5).toReversed();
    expect(good.map((row) => row[7])).to.deep.equal([0.1, ...exact.slice(1)]);
    expect(good[0]!.slice(1, 7)).to.deep.equal([
      '2026-11-26T17:30:00.010+05:30',
      1,
      names.label,
      names.source,
      names.name,
      names.unit,
    ]);
    // The sheet shows the time of the zone; the library calls it UTC.
    expect((good[0]![0] as unknown as Date).getTime()).to.be.closeTo(start + 10 + 5.5 * 3_600_000, 1);
  });

  it('leaves no file behind, also where nobody reads to the end', async () => {
    const made = await exports.make({ ...asked, format: 'csv' });
    made.content.destroy();
    const sheet = await exports.make({ ...asked, format: 'xlsx' });
    sheet.content.once('data', () => sheet.content.destroy());
    const deadline = Date.now() + 5000;
    while ((await readdir(join(folder, 'exports'))).length > 0 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(await readdir(join(folder, 'exports'))).to.deep.equal([]);
  });

  it('refuses more than asked for at most before it writes anything', async () => {
    const refused = await history
      .copy({ ...asked, format: 'csv', file: join(folder, 'exports', 'no.csv'), rowsMax: 9 })
      .then(
        () => undefined,
        (error: unknown) => error as Problem,
      );
    expect([refused?.code, refused?.status]).to.deep.equal(['export-too-large', 413]);
    expect(await readdir(join(folder, 'exports'))).to.deep.equal([]);
  });
});

async function readBack(sql: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(sql);
  connection.closeSync();
  return reader.getRows() as unknown[][];
}
