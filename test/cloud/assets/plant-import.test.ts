import { silentLogger } from '@gongfu/shared/base/logger';
import { expect } from 'chai';
import { importPlant } from '#cloud/assets/plant-import';
import { plantModelSchema } from '#cloud/assets/plant-model';
import { connectRecords } from '#cloud/records/connect';
import type { Records } from '#cloud/records/records';
import { temporaryFolder } from '../../kit/folders.ts';

const name = { zh: '名称', en: 'name' };
const day = { id: 'day', name, start: '08:00', end: '16:00' };

function plantOf(options: { start?: string; presses?: string[]; target?: number } = {}) {
  const { start = '08:00', presses = ['press-1', 'press-2'], target = 0.7 } = options;
  return plantModelSchema.parse({
    tenant: { id: 'acme', name },
    calendars: [{ id: 'one', timeZone: 'Asia/Shanghai', shifts: [{ ...day, start }] }],
    assets: [
      {
        ...{ id: 'line', level: 'line', name, calendar: 'one' },
        children: presses.map((id) => ({ id, level: 'work-unit', name, targetOee: target })),
      },
    ],
  });
}

describe('assets: import of a plant file', () => {
  const { folder, remove } = temporaryFolder();
  let records: Records;

  before(async () => {
    records = await connectRecords({ folder, log: silentLogger });
  });
  after(async () => {
    await records.close();
    remove();
  });

  const press = (id: string) => records.assets.findById(`acme/line.${id}`).lean();
  const start = async () => (await records.calendars.findById('acme/one').lean())?.shifts[0]?.start;

  it('keeps what was changed since, as long as the file says the same of it', async () => {
    await importPlant(records, plantOf());
    await records.assets.updateOne({ _id: 'acme/line.press-1' }, { $set: { name: { zh: '新', en: 'new' } } });
    await records.calendars.updateOne({ _id: 'acme/one' }, { $set: { 'shifts.0.start': '07:00', revision: 2 } });
    await importPlant(records, plantOf());
    expect((await press('press-1'))?.name.en).to.equal('new');
    expect(await start()).to.equal('07:00');
  });

  it('takes from the file what the file says anew, and only that', async () => {
    await importPlant(records, plantOf({ start: '06:00' }));
    expect(await start()).to.equal('06:00');
    expect((await records.calendars.findById('acme/one').lean())?.revision).to.equal(3);
    expect((await press('press-1'))?.name.en).to.equal('new');
    await importPlant(records, plantOf({ start: '06:00', target: 0.8 }));
    expect(await press('press-1')).to.deep.include({ name, targetOee: 0.8 });
  });

  it('removes what left the file, but not what was made here', async () => {
    const made = { ...(await press('press-2'))!, _id: 'acme/line.made', assetId: 'line.made', importedPrint: '' };
    await records.assets.create(made);
    await importPlant(records, plantOf({ presses: ['press-1'] }));
    expect(await press('press-2')).to.equal(null);
    expect(await press('made')).to.not.equal(null);
  });
});
