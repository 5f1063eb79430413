import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import type { Problem } from '@gongfu/shared/base/problem';
import { StatusCode } from '@gongfu/shared/model/quality';
import type { SampleBlock } from '@gongfu/shared/model/sample';
import { expect } from 'chai';
import fc from 'fast-check';
import { DuckdbHistoryStore } from '#cloud/history/duckdb/duckdb-history-store';
import type { HistoryStore, StoredSample } from '#cloud/history/history-store';
import type { InfluxHistoryStore } from '#cloud/history/influx/influx-history-store';
import { batchOf, numberBlock } from '../../../contract/history-store.contract.js';
import { type InfluxServer, requireInflux } from '../../../kit/servers/influx-server.ts';
import { influxStore } from './store-place.ts';

const start = Date.UTC(2026, 10, 23, 12);

interface Row {
  readonly ms: number;
  readonly value: string;
  readonly status: number;
}

const row = fc.record({
  ms: fc.nat(2),
  value: fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom('\\', '"', '\n', '\r', ',', '=', ' ', '工', '\0') }),
  ),
  status: fc.constantFrom(0, 0, StatusCode.UncertainLastUsableValue, StatusCode.BadTimeout),
});
const batch = fc.record({
  epoch: fc.integer({ min: 1, max: 2 }),
  // Laps apart, and neighbours.
  sequence: fc.constantFrom(1, 2, 3, 100_001, 100_002, 200_001, 2 ** 53 - 1),
  rows: fc.array(row, { minLength: 1, maxLength: 30 }),
});

describe('influx: samples', function () {
  this.timeout(60_000);
  let server: InfluxServer | undefined;
  let store: InfluxHistoryStore;

  before(async function () {
    server = await requireInflux(this);
    store = influxStore({ address: await server.bucket() });
    await store.start();
  });
  after(async () => {
    await store?.stop();
    await server?.stop();
  });

  function textBlock(number: number, rows: readonly Row[]): SampleBlock<'text'> {
    return {
      kind: 'text',
      count: rows.length,
      tags: new Uint32Array(rows.length).fill(number),
      sourceTimes: Float64Array.from(rows, ({ ms }) => start + ms),
      statuses: Uint32Array.from(rows, ({ status }) => status),
      values: rows.map(({ value }) => value),
    };
  }

  async function allOf(tag: { number: number; kind: 'text' | 'number' }, limit: number): Promise<StoredSample[]> {
    const found: StoredSample[] = [];
    let cursor: string | undefined;
    do {
      const asked = { tag, from: start, to: start + 60_000, limit, ...(cursor === undefined ? {} : { cursor }) };
      const page = await store.samples(asked);
      found.push(...page.samples);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return found;
  }

  it('answers about hundreds of tags at once, each with its own', async () => {
    const numbers = Array.from({ length: 500 }, (_, i) => 10_000 + i);
    const rows = numbers.map((number) => [number, start, number] as const);
    await store.append([batchOf(1, [numberBlock(rows)], { gatewayId: 'gateway-many' })]);
    const tags = numbers.map((number) => ({ number, kind: 'number', holdMs: 0 }) as const);
    const { columns } = await store.trend({ tags, from: start, to: start + 1_000, points: 1 });
    expect(columns.map(({ tag, counts, lasts }) => [tag.number, ...counts, ...lasts])).to.deep.equal(
      numbers.map((number) => [number, 1, number]),
    );
  });

  it('keeps each apart and in order, however many share a millisecond, and each once, however often it is sent', async () => {
    let number = 0;
    const asked = fc.record({
      batches: fc.uniqueArray(batch, {
        selector: ({ epoch, sequence }) => `${epoch}/${sequence}`,
        minLength: 1,
        maxLength: 6,
      }),
      limit: fc.constantFrom(1, 7, 1000),
    });
    await fc.assert(
      fc.asyncProperty(asked, async ({ batches, limit }) => {
        number += 1;
        const sent = batches.map(({ epoch, sequence, rows }) =>
          batchOf(sequence, [textBlock(number, rows)], { epoch, gatewayId: `gateway-${number}` }),
        );
        await store.append(sent);
        await store.append(sent.slice(0, 2));
        const expected = batches
          .flatMap(({ epoch, sequence, rows }) =>
            rows.map(({ ms, value, status }, place) => ({
              sourceTime: start + ms,
              status,
              value,
              epoch,
              sequence,
              place,
            })),
          )
          .sort(
            (a, b) => a.sourceTime - b.sourceTime || a.epoch - b.epoch || a.sequence - b.sequence || a.place - b.place,
          )
          .map(({ place: _, ...one }) => ({ ...one, value: one.status >= 0x8000_0000 ? null : one.value }));
        expect(await allOf({ number, kind: 'text' }, expected.length > 40 && limit === 1 ? 7 : limit)).to.deep.equal(
          expected,
        );
      }),
      { numRuns: 25 },
    );
  });

  it('keeps what a PLC with a frozen clock gives, for days and by thousands', async () => {
    const number = 5000;
    const frozen = Array.from({ length: 3_000 }, (_, i) => [number, start, i] as const);
    await store.append([batchOf(1, [numberBlock(frozen)], { gatewayId: 'frozen' })]);
    const later = Array.from({ length: 2_000 }, (_, i) =>
      batchOf(100 + i * 997, [numberBlock([[number, start, 3_000 + i]])], { gatewayId: 'frozen' }),
    );
    await store.append(later);
    const found = await allOf({ number, kind: 'number' }, 700);
    expect(found.map(({ value }) => value)).to.deep.equal(Array.from({ length: 5_000 }, (_, i) => i));
  });

  it('mixes nothing up when large appends follow one another and overlap', async () => {
    const rowsEach = 30_000;
    const appendOf = (round: number) => {
      const rows = Array.from({ length: rowsEach }, (_, i) => [6000 + round, start + i, round + i / 1000] as const);
      return store.append([batchOf(round, [numberBlock(rows)], { gatewayId: 'large' })]);
    };
    for (const rounds of [[0, 1], [2], [3, 4, 5]]) await Promise.all(rounds.map(appendOf));
    for (let round = 0; round < 6; round += 1) {
      const tag = { number: 6000 + round, kind: 'number' } as const;
      const { values } = await store.columns({ tag, from: start, to: start + 60_000, before: false });
      expect([...values]).to.deep.equal(Array.from({ length: rowsEach }, (_, i) => round + i / 1000));
    }
  });

  it('takes no instruction in a parameter', async () => {
    const tag = { number: '1") |> drop(columns: ["n"]' as unknown as number, kind: 'number' } as const;
    const error = await store.samples({ tag, from: start, to: start + 1, limit: 1 }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(Error);
    const gaps = await store.gaps({ gatewayIds: ['" or true or r.g == "', 'a\\'], from: 0, to: start * 2, limit: 5 });
    expect(gaps).to.deep.equal({ gaps: [] });
  });

  it('copies to the files the embedded history writes, and counts before', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'copies-'));
    const embedded = new DuckdbHistoryStore({ folder, log: silentLogger, clock: systemClock, random: Math.random });
    await embedded.start();
    try {
      await compareCopies(folder, embedded);
    } finally {
      await embedded.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });

  async function compareCopies(folder: string, embedded: HistoryStore): Promise<void> {
    const kinds = ['number', 'integer64', 'unsigned64', 'boolean', 'text'] as const;
    const same = {
      count: 3,
      sourceTimes: Float64Array.of(start, start, start + 900),
      statuses: Uint32Array.of(0, StatusCode.UncertainLastUsableValue, StatusCode.BadTimeout),
    };
    const values = [
      Float64Array.of(0.1, -0, 0),
      BigInt64Array.of(2n ** 53n + 1n, -(2n ** 63n), 0n),
      BigUint64Array.of(2n ** 64n - 1n, 1n, 0n),
      Uint8Array.of(1, 0, 0),
      ['=1+1', '"工赋"\n,\\', ''],
    ];
    const blocks = kinds.map((kind, i) => ({
      ...same,
      kind,
      tags: new Uint32Array(3).fill(7001 + i),
      values: values[i]!,
    })) as SampleBlock[];
    const sent = [batchOf(2, blocks, { gatewayId: 'copied' }), batchOf(1, blocks.slice(0, 1), { gatewayId: 'copied' })];
    const names = { label: '温度 "1"', source: 'plc', name: 'press', unit: 'Cel' };
    const tags = kinds.map((kind, i) => ({ ...names, number: 7001 + i, kind })).toReversed();
    const asked = { tags, from: start, to: start + 1000, timeZone: 'Asia/Kolkata', rowsMax: 1000 };
    for (const each of [store, embedded]) await each.append(sent);
    for (const format of ['csv', 'lines', 'parquet'] as const) {
      const [ours, theirs] = [join(folder, `ours.${format}`), join(folder, `theirs.${format}`)];
      expect(await store.copy({ ...asked, format, file: ours })).to.equal(18);
      expect(await embedded.copy({ ...asked, format, file: theirs })).to.equal(18);
      const [one, other] = await Promise.all(
        [ours, theirs].map((file) => (format === 'parquet' ? rowsOf(file) : readFile(file, 'utf8'))),
      );
      expect(one, format).to.deep.equal(other);
    }
    const problem = await store.copy({ ...asked, format: 'csv', file: join(folder, 'no.csv'), rowsMax: 17 }).then(
      () => undefined,
      (error: Problem) => error,
    );
    expect([problem?.code, problem?.message]).to.deep.equal([
      'export-too-large',
      '18 samples lie in the time asked for; this format takes at most 17',
    ]);
  }
});

async function rowsOf(file: string): Promise<unknown> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const rows = (await connection.runAndReadAll(`SELECT * FROM '${file}'`)).getRowsJson();
  connection.closeSync();
  instance.closeSync();
  return rows;
}
