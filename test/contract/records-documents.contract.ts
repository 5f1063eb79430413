import { expect } from 'chai';
import { Types } from 'mongoose';
import { failureOf, type OpenStore } from './records-fixture.ts';

/** Types, copies, versions, unique indexes. */
export function documentRules(store: OpenStore): void {
  describe('documents', () => {
    it('gives back every type as it was, also from disk', async () => {
      const placedAt = new Date('2026-11-23T10:00:00.123Z');
      const created = await store.add(1, {
        placedAt,
        seal: Buffer.from([0, 255, 7]),
        labels: new Map([['a', 'b']]),
        size: 2n ** 60n + 1n,
        address: { city: '青岛' },
        note: null,
      });
      await store.reopen();
      const found = await store.orders.findById(created._id).orFail();
      expect(found._id).to.be.instanceOf(Types.ObjectId);
      expect(found._id.equals(created._id)).to.equal(true);
      expect(found.placedAt?.getTime()).to.equal(placedAt.getTime());
      expect(Buffer.from(found.seal ?? []).equals(Buffer.from([0, 255, 7]))).to.equal(true);
      expect(found.labels?.get('a')).to.equal('b');
      expect(found.size).to.equal(2n ** 60n + 1n);
      expect(found.address?.city).to.equal('青岛');
      expect(found.note).to.equal(null);
    });

    it('hands out copies: a change to a result changes nothing in the store', async () => {
      await store.add(1, { items: [{ sku: 'a', price: 1 }] });
      const first = await store.orders.findOne({ number: 1 }).lean().orFail();
      first.customer = 'changed';
      first.items[0]!.price = 99;
      const second = await store.orders.findOne({ number: 1 }).lean().orFail();
      expect(second.customer).to.equal('c1');
      expect(second.items[0]!.price).to.equal(1);
    });

    it('saves changes and tells a lost race by a version error', async () => {
      await store.add(1);
      const mine = await store.orders.findOne({ number: 1 }).orFail();
      const theirs = await store.orders.findOne({ number: 1 }).orFail();
      theirs.customer = 'theirs';
      await theirs.save();
      mine.customer = 'mine';
      expect((await failureOf(() => mine.save())).name).to.equal('VersionError');
      expect((await store.orders.findOne({ number: 1 }).orFail()).customer).to.equal('theirs');
    });

    it('deletes one, many and by findOneAndDelete', async () => {
      await store.orders.insertMany(
        [1, 2, 3, 4].map((number) => ({ number, customer: `c${number}`, items: [], tags: [] })),
      );
      expect((await store.orders.deleteOne({ number: 1 })).deletedCount).to.equal(1);
      expect((await store.orders.findOneAndDelete({ number: { $gte: 2 } }, { sort: { number: -1 } }))?.number).to.equal(
        4,
      );
      expect((await store.orders.deleteMany({})).deletedCount).to.equal(2);
      await store.reopen();
      expect(await store.orders.estimatedDocumentCount()).to.equal(0);
    });
  });

  describe('unique indexes', () => {
    it('refuse a second insert with code 11000', async () => {
      await store.add(1);
      const failure = await failureOf(() => store.add(1, { customer: 'other' }));
      expect(failure).to.include({ code: 11000 });
    });

    it('refuse the same _id', async () => {
      const { _id } = await store.add(1);
      expect((await failureOf(() => store.add(2, { _id }))).code).to.equal(11000);
      expect(await store.orders.countDocuments()).to.equal(1);
    });

    it('hold over all fields together and for updates', async () => {
      await store.add(1, { customer: 'a', note: 'x' });
      await store.add(2, { customer: 'a', note: 'y' });
      await failureOf(() => store.orders.updateOne({ number: 2 }, { note: 'x' }));
      expect((await store.orders.findOne({ number: 2 }).orFail()).note).to.equal('y');
      await store.orders.updateOne({ number: 1 }, { note: 'z' });
      await store.orders.updateOne({ number: 2 }, { note: 'x' });
    });

    it('are there again after the store was opened anew, and free a deleted value', async () => {
      await store.add(1);
      await store.reopen();
      expect((await failureOf(() => store.add(1))).code).to.equal(11000);
      await store.orders.deleteOne({ number: 1 });
      await store.add(1);
    });

    it('cannot be made over documents that break them', async () => {
      await store.add(1, { tags: ['same'] });
      await store.add(2, { tags: ['same'] });
      await failureOf(() => store.orders.collection.createIndex({ tags: 1 }, { unique: true }));
      const names = (await store.orders.listIndexes()).map((index) => index.name);
      expect(names).to.have.members(['_id_', 'number_1', 'customer_1_note_1']);
    });

    it('stop an ordered insertMany at the first failure and let the rest of an unordered one in', async () => {
      await store.add(3);
      const rows = [2, 3, 4].map((number) => ({ number, customer: `d${number}`, items: [], tags: [] }));
      const ordered = await failureOf(() => store.orders.insertMany(rows));
      expect(ordered.code).to.equal(11000);
      expect(await store.orders.distinct('number')).to.have.members([2, 3]);
      await store.orders.deleteOne({ number: 2 });
      const unordered = await failureOf(() => store.orders.insertMany(rows, { ordered: false }));
      expect(unordered.code).to.equal(11000);
      expect(unordered.writeErrors).to.have.length(1);
      expect(await store.orders.distinct('number')).to.have.members([2, 3, 4]);
    });
  });
}
