import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import { Doors, type DoorsLimits } from '#cloud/doors/doors';
import type { ForeignRow } from '#cloud/doors/row-door';
import { TagCatalogue } from '#cloud/gateways/tag-catalogue';
import { DuckdbHistoryStore } from '#cloud/history/duckdb/duckdb-history-store';
import { Ingest } from '#cloud/ingest/ingest';
import { connectRecords } from '#cloud/records/connect';
import type { Records, TagRecord } from '#cloud/records/records';

const origin = { tenantId: 'tenant-1', name: 'mqtt:plant', maxSilentMs: 60_000 };
const start = Date.UTC(2026, 10, 23);
const raise = (error: unknown): never => {
  throw error;
};

function row(name: string, sourceTime: number, value: ForeignRow['value'], more: Partial<ForeignRow> = {}): ForeignRow {
  return { source: 'press', name, type: 'float64', unit: '', sourceTime, status: 0, value, ...more };
}

describe('doors: the way in for foreign rows', () => {
  let folder: string;
  let records: Records;
  let history: DuckdbHistoryStore;
  let ingest: Ingest;

  async function open(): Promise<void> {
    const options = { folder: join(folder, 'history'), memoryLimit: '256MB', random: Math.random };
    history = new DuckdbHistoryStore({ ...options, clock: systemClock, log: silentLogger });
    await history.start();
    ingest = new Ingest({ history, clock: systemClock, log: silentLogger });
    await ingest.start();
  }
  async function shut(): Promise<void> {
    await ingest.stop();
    await history.stop();
  }
  const doors = (limits: Partial<DoorsLimits> = {}): Doors => {
    const tagCatalogue = new TagCatalogue({ records, onListenerError: raise });
    return new Doors({ records, history, ingest, tagCatalogue, clock: systemClock, randomBytes, limits });
  };
  async function stored(source: string, name: string): Promise<unknown[]> {
    const tag = await records.tags.findOne({ source, name }).lean<TagRecord>();
    if (tag === null) return [];
    const { samples } = await history.samples({ tag, from: 0, to: 4e12, limit: 1000 });
    return samples.map(({ sourceTime, value }) => [sourceTime - start, value]);
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'doors-'));
    records = await connectRecords({ folder: join(folder, 'records'), log: silentLogger });
    await open();
  });
  after(async () => {
    await shut();
    await records.close();
    await rm(folder, { recursive: true });
  });

  it('keeps every kind of value exactly, under tags made at first sight', async () => {
    const kinds: readonly ForeignRow[] = [
      row('number', start, 0.1),
      row('signed', start, -(2n ** 63n), { type: 'int64' }),
      row('unsigned', start, 2n ** 64n - 1n, { type: 'uint64' }),
      row('flag', start, true, { type: 'bool' }),
      row('text', start, '硫化 "A"', { type: 'string' }),
      row('gone', start, null, { status: 0x80310000 }),
    ];
    const faults = await doors().write(origin, kinds);
    expect(faults).to.deep.equal(kinds.map(() => undefined));
    for (const { name, value } of kinds) expect(await stored('press', name), name).to.deep.equal([[0, value]]);
  });

  it('stores a row once: twice in a write, in two at a time, later, and after a restart', async () => {
    const rows = [row('again', start, 1), row('again', start + 1, 2), row('again', start + 2, 3)];
    const first = doors();
    await Promise.all([first.write(origin, [...rows, ...rows]), first.write(origin, rows)]);
    await first.write(origin, [rows[0]!, row('again', start + 3, 4)]);
    await shut();
    await open();
    await doors().write(origin, rows);
    await doors().write(origin, [row('again', start + 1, 2), row('again', start + 1, 9), row('again', start + 4, 5)]);
    expect(await stored('press', 'again')).to.deep.equal([
      [0, 1],
      [1, 2],
      [1, 9],
      [2, 3],
      [3, 4],
      [4, 5],
    ]);
  });

  it('answers row by row: what is wrong is named, the others are stored', async () => {
    const faults = await doors().write(origin, [
      row('mixed', start, 1),
      row('mixed', start + 1, 'warm', { type: 'string' }),
      row('mixed', start + 2, 2n ** 53n + 1n, { type: 'int64' }),
      row('mixed', start + 3, 7n, { type: 'int64' }),
      row('mixed', -1, 1),
      row('mixed', start + 4, Number.NaN),
      row('', start, 1),
      row('a\nb', start, 1),
      row('__proto__', start, 5),
    ]);
    expect(faults.map((fault) => fault?.code)).to.deep.equal([
      undefined,
      'row-type-differs',
      'row-type-differs',
      undefined,
      'row-time-invalid',
      'row-value-invalid',
      'row-name-invalid',
      'row-name-invalid',
      undefined,
    ]);
    expect(await stored('press', 'mixed')).to.deep.equal([
      [0, 1],
      [3, 7],
    ]);
    expect(await stored('press', '__proto__')).to.deep.equal([[0, 5]]);
  });

  it('makes no more tags than allowed, and still takes the known ones', async () => {
    const few = doors({ tagsPerOrigin: 2 });
    const own = { ...origin, name: 'mqtt:small' };
    const names = ['a', 'b', 'c', 'd'];
    const faults = await few.write(
      own,
      names.map((name) => row(name, start, 1, { source: 'small' })),
    );
    expect(faults.map((fault) => fault?.code)).to.deep.equal([
      undefined,
      undefined,
      'row-tags-too-many',
      'row-tags-too-many',
    ]);
    expect(await few.write(own, [row('a', start + 1, 2, { source: 'small' })])).to.deep.equal([undefined]);
  });

  it('holds no more rows than allowed: the rest is to be sent again', async () => {
    const tight = doors({ waitingRowsMax: 3, batchRowsMax: 1 });
    const answers = await Promise.allSettled(
      Array.from({ length: 6 }, (_, n) => tight.write(origin, [row('busy', start + n, n)])),
    );
    const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
    expect(refused).to.not.have.length(0);
    for (const problem of refused) {
      expect(problem).to.be.instanceOf(Problem);
      expect(problem).to.include({ code: 'door-busy', reaction: 'retry' });
    }
    expect(await stored('press', 'busy')).to.have.length(6 - refused.length);
  });

  it('weighs long texts as many rows, and takes what it is too much for when nothing waits', async () => {
    const long = (n: number) => row(`long${n}`, start, 'x'.repeat(60_000), { type: 'string' });
    const tight = doors({ waitingRowsMax: 300, batchRowsMax: 1 });
    const rows = [long(0), long(1), long(2)];
    expect(await tight.write(origin, rows)).to.deep.equal([undefined, undefined, undefined]);
    const answers = await Promise.allSettled(Array.from({ length: 5 }, (_, n) => tight.write(origin, [long(10 + n)])));
    const refused = answers.filter(({ status }) => status === 'rejected');
    expect(refused.length).to.be.within(1, 4);
    for (const n of [0, 1, 2]) expect(await stored('press', `long${n}`)).to.have.length(1);
  });

  it('never gives the number of a try that failed to other rows', async () => {
    const numbers: number[] = [];
    const failing: Pick<Ingest, 'receive' | 'stored'> = {
      stored: (...of) => ingest.stored(...of),
      receive: async (gateway, tags, header, bytes) => {
        numbers.push(header.sequence);
        if (numbers.length === 2) return { outcome: 'retry', retryAfterMs: 1, code: 'history-unavailable', detail: '' };
        return ingest.receive(gateway, tags, header, bytes);
      },
    };
    const tagCatalogue = new TagCatalogue({ records, onListenerError: raise });
    const door = new Doors({ records, history, ingest: failing, tagCatalogue, clock: systemClock, randomBytes });
    const own = { ...origin, name: 'mqtt:failing' };
    const write = (value: number) => door.write(own, [row('tried', start, value, { source: 'failing' })]);
    await write(1);
    const failed = await write(2).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failed).to.include({ code: 'history-unavailable', reaction: 'retry' });
    await write(3);
    await write(2);
    expect(numbers).to.deep.equal([0, 1, 2, 3]);
    expect(await stored('failing', 'tried')).to.have.deep.members([1, 3, 2].map((value) => [0, value]));
  });

  it('keeps origins and tenants apart', async () => {
    const door = doors();
    await door.write({ ...origin, tenantId: 'tenant-2' }, [row('apart', start, 2)]);
    await door.write(origin, [row('apart', start, 1)]);
    const tags = await records.tags.find({ name: 'apart' }).lean<TagRecord[]>();
    expect(tags.map(({ tenantId }) => tenantId)).to.have.members(['tenant-1', 'tenant-2']);
    expect(new Set(tags.map(({ gatewayId }) => gatewayId)).size).to.equal(2);
  });
});
