import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@gongfu/shared/base/logger';
import { expect } from 'chai';
import { connectRecords } from '#cloud/records/connect';
import { nextNumber } from '#cloud/records/counter';
import type { AssetRecord, CalendarRecord, Records, StateMappingRecord, TagRecord } from '#cloud/records/records';

const name = { zh: '硫化', en: 'Curing' };

const tag: TagRecord = {
  _id: '1',
  number: 1,
  tenantId: 'a',
  gatewayId: 'g',
  source: 'plc',
  name: 'speed',
  type: 'float64',
  scaled: false,
  kind: 'number',
  unit: '',
  description: '',
  maxSilentMs: 1_000,
};
const asset: AssetRecord = {
  _id: 'a/site.line',
  tenantId: 'a',
  assetId: 'site.line',
  parentId: null,
  level: 'line',
  name,
  order: 0,
  calendarId: null,
  stateMappingId: 'simple',
  plannedCycleMs: 12.5,
  targetOee: null,
  kpiFrom: ['site.line.last'],
  signals: [{ role: 'total-count', gateway: 'g', source: 'plc', tag: 'count', rolloverAt: 65_536 }],
  targetChanges: [{ from: 5, plannedCycleMs: 12, targetOee: null }],
  retiredAt: null,
  importedPrint: '',
};
const calendar: CalendarRecord = {
  _id: 'a/three',
  tenantId: 'a',
  calendarId: 'three',
  timeZone: 'Asia/Shanghai',
  shifts: [{ id: 's', name, start: '22:00', end: '06:00', days: [1, 7], breaks: [{ start: '01:00', end: '01:30' }] }],
  holidays: ['2026-10-01'],
  extraDays: [{ date: '2026-10-10', like: 5 }],
  changes: [
    {
      from: '2027-01-01',
      shifts: [{ id: 's', name, start: '21:00', end: '05:00', days: [1], breaks: [] }],
    },
  ],
  revision: 3,
  importedPrint: 'abc',
};
const mapping: StateMappingRecord = {
  _id: 'a/simple',
  tenantId: 'a',
  stateMappingId: 'simple',
  version: '1',
  states: [
    { value: 1, state: 'running', cause: { zh: '', en: '' } },
    { value: '1', state: 'down', cause: { zh: '卡料', en: 'jam' } },
    { value: true, state: 'idle', cause: { zh: '', en: '' } },
  ],
};

async function failureOf(work: PromiseLike<unknown>): Promise<{ name?: string; code?: unknown; message: string }> {
  try {
    await work;
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected a failure');
}

describe('records', () => {
  let folder: string;
  let records: Records;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'models-'));
    records = await connectRecords({ folder, log: silentLogger });
  });
  afterEach(async () => {
    await records.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('read back exactly as written, with nothing added, also from the disk', async () => {
    await records.tags.create(tag);
    await records.assets.create(asset);
    await records.calendars.create(calendar);
    await records.stateMappings.create(mapping);
    await records.close();
    records = await connectRecords({ folder, log: silentLogger });
    expect(await records.tags.findById('1').lean()).to.deep.equal(tag);
    expect(await records.assets.findOne({ tenantId: 'a' }).lean()).to.deep.equal(asset);
    expect(await records.calendars.findById('a/three').lean()).to.deep.equal(calendar);
    expect(await records.stateMappings.findById('a/simple').lean()).to.deep.equal(mapping);
  });

  it('refuse unknown fields, wrong types and misspelt filters', async () => {
    expect((await failureOf(records.tags.create({ ...tag, colour: 'red' } as TagRecord))).name).to.equal(
      'StrictModeError',
    );
    expect((await failureOf(records.tags.create({ ...tag, type: 'int128' as 'int64' }))).name).to.equal(
      'ValidationError',
    );
    expect((await failureOf(records.tags.create({ ...tag, number: 'one' as never }))).name).to.equal('ValidationError');
    expect((await failureOf(records.tags.deleteMany({ tenant: 'a' } as object))).message).to.include('tenant');
    expect((await failureOf(records.tags.updateOne({ _id: '1' }, { $set: { units: 'kg' } } as object))).name).to.equal(
      'StrictModeError',
    );
  });

  it('are unique where a rule says so, and only there', async () => {
    await records.tags.create(tag);
    const second = { ...tag, _id: '2', number: 2 };
    expect((await failureOf(records.tags.create(second))).code).to.equal(11000);
    expect((await failureOf(records.tags.create({ ...second, number: 1, name: 'other' }))).code).to.equal(11000);
    await records.tags.create({ ...second, scaled: true });
    await records.assets.create(asset);
    await records.assets.create({ ...asset, _id: 'b/site.line', tenantId: 'b' });
    expect((await failureOf(records.assets.create({ ...asset, _id: 'x' }))).code).to.equal(11000);
  });

  it('give each number once, alone and many at a time', async () => {
    expect(await nextNumber(records, 'tags')).to.equal(1);
    expect(await nextNumber(records, 'tags', 10)).to.equal(2);
    expect(await nextNumber(records, 'tags')).to.equal(12);
    expect(await nextNumber(records, 'other')).to.equal(1);
    const firsts = await Promise.all(Array.from({ length: 50 }, () => nextNumber(records, 'tags', 3)));
    expect([...firsts].sort((a, b) => a - b)).to.deep.equal(Array.from({ length: 50 }, (_, n) => 13 + 3 * n));
  });

  it('say when they have no place', async () => {
    expect((await failureOf(connectRecords({ log: silentLogger }))).code).to.equal('records-nowhere');
  });
});
