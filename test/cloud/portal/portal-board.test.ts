import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { PortalBoard } from '#cloud/portal/portal-board';
import { FakeClock } from '../../kit/fake-clock.ts';
import { makeRecords, type RecordsFixture } from '../access/access-fixture.ts';

describe('portal board', () => {
  let fixture: RecordsFixture;

  before(async () => {
    fixture = await makeRecords();
  });
  after(() => fixture.remove());

  it('is never full of notices nobody sees any more', async () => {
    const { records } = fixture;
    const clock = new FakeClock();
    const board = new PortalBoard({ records, clock, randomBytes });
    const text = { zh: '通知', en: 'notice' };
    const notice = { kind: 'notice', title: text, text, category: '', link: '' } as const;
    const kept = await board.add('default', 'admin', { ...notice, until: null });
    const elsewhere = await board.add('other', 'admin', { ...notice, until: clock.now() + 1_000 });
    const more = Array.from({ length: 499 }, (_, n) => ({
      ...notice,
      _id: `old-${n}`,
      tenantId: 'default',
      createdAt: clock.now(),
      createdBy: 'admin',
      until: clock.now() + 1_000,
    }));
    await records.portalItems.insertMany(more);
    const full = await board.add('default', 'admin', { ...notice, until: null }).catch((error: unknown) => error);
    expect(full).to.include({ code: 'portal-full' });
    clock.advance(1_000);
    const added = await board.add('default', 'admin', { ...notice, until: null });
    expect((await board.items('default')).map(({ id }) => id)).to.have.members([kept.id, added.id]);
    expect(await records.portalItems.exists({ _id: elsewhere.id }), 'of another tenant').to.not.equal(null);
  });
});
