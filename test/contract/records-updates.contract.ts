import { expect } from 'chai';
import { failureOf, type OpenStore, type Order } from './records-fixture.ts';

/** Updates, bulk writes, calls at the same time. */
export function updateRules(store: OpenStore): void {
  describe('updates', () => {
    it('upsert inserts what filter, $set and $setOnInsert say, then updates', async () => {
      const work = () =>
        store.orders.findOneAndUpdate(
          { number: 7 },
          { $set: { customer: 'up' }, $setOnInsert: { note: 'first' }, $push: { tags: 'x' } },
          { upsert: true, returnDocument: 'after' },
        );
      const first = await work();
      expect(first).to.include({ number: 7, customer: 'up', note: 'first' });
      await store.orders.updateOne({ number: 7 }, { note: 'second' });
      const second = await work();
      expect(second._id.equals(first._id)).to.equal(true);
      expect(second.note).to.equal('second');
      expect(second.tags).to.have.length(2);
      const result = await store.orders.updateOne({ number: 8 }, { customer: 'new' }, { upsert: true });
      expect(result.upsertedCount).to.equal(1);
      expect((await store.orders.findOne({ number: 8 }).orFail())._id.equals(result.upsertedId!)).to.equal(true);
    });

    it('upsert takes the _id of the filter', async () => {
      await store.customers.updateOne({ _id: 'x' }, { $set: { city: 'Jinan' } }, { upsert: true });
      await store.customers.replaceOne({ _id: 'y' }, { city: 'Weihai' }, { upsert: true });
      expect(await store.customers.find().sort({ _id: 1 }).select('city').lean()).to.deep.equal([
        { _id: 'x', city: 'Jinan' },
        { _id: 'y', city: 'Weihai' },
      ]);
    });

    it('push, pull, unset, inc, min and nested paths', async () => {
      await store.add(1, { tags: ['a', 'b', 'a'], note: 'n' });
      await store.orders.updateOne(
        { number: 1 },
        {
          $pull: { tags: 'a' },
          $unset: { note: 1 },
          $inc: { 'items.0.price': 1 },
          $set: { 'address.city': 'Jinan' },
        },
      );
      await store.orders.updateOne({ number: 1 }, { $addToSet: { tags: 'b' } });
      const found = await store.orders.findOne({ number: 1 }).lean().orFail();
      expect(found.tags).to.deep.equal(['b']);
      expect(found).to.not.have.property('note');
      expect(found.address).to.deep.equal({ city: 'Jinan' });
    });

    it('tell matched from modified and return before or after', async () => {
      await store.add(1);
      expect(await store.orders.updateOne({ number: 1 }, { customer: 'c1' })).to.include({
        matchedCount: 1,
        modifiedCount: 0,
      });
      expect(await store.orders.updateOne({ number: 9 }, { customer: 'c1' })).to.include({
        matchedCount: 0,
        modifiedCount: 0,
      });
      expect((await store.orders.findOneAndUpdate({ number: 1 }, { customer: 'x' }))?.customer).to.equal('c1');
      expect(
        (await store.orders.findOneAndUpdate({ number: 1 }, { customer: 'y' }, { returnDocument: 'after' }))?.customer,
      ).to.equal('y');
      expect(await store.orders.findOneAndUpdate({ number: 9 }, { customer: 'y' })).to.equal(null);
    });

    it('never change an _id', async () => {
      await store.customers.create({ _id: 'x', city: 'a' });
      const failure = await failureOf(() =>
        store.customers.collection.updateOne({ _id: 'x' as never }, { $set: { _id: 'y' } }),
      );
      expect(failure.code).to.equal(66);
      expect(await store.customers.distinct('_id')).to.deep.equal(['x']);
    });

    it('write in bulk', async () => {
      await store.add(1);
      const { _id } = await store.add(2);
      const result = await store.orders.bulkWrite([
        { insertOne: { document: { number: 3, customer: 'c3' } as Order } },
        { updateOne: { filter: { number: 1 }, update: { $set: { note: 'bulk' } } } },
        { updateOne: { filter: { number: 4 }, update: { $set: { customer: 'c4' } }, upsert: true } },
        { deleteOne: { filter: { _id } } },
      ]);
      expect(result).to.include({ insertedCount: 1, modifiedCount: 1, upsertedCount: 1, deletedCount: 1 });
      expect(await store.orders.distinct('number')).to.have.members([1, 3, 4]);
      const documents = await store.orders.find().sort({ number: 1 });
      for (const document of documents) document.note = 'all';
      await store.orders.bulkSave(documents);
      expect(await store.orders.countDocuments({ note: 'all' })).to.equal(3);
    });
  });

  describe('at the same time', () => {
    it('counts every increment once', async () => {
      await store.add(1, { address: { city: 'x' } });
      const bump = () =>
        store.orders.findOneAndUpdate(
          { customer: 'c1', note: null },
          { $inc: { number: 1 } },
          { returnDocument: 'after' },
        );
      const results = await Promise.all(Array.from({ length: 200 }, bump));
      const seen = results.map((order) => order?.number ?? 0).sort((a, b) => a - b);
      expect(seen).to.deep.equal(Array.from({ length: 200 }, (_, index) => index + 2));
      await store.reopen();
      expect((await store.orders.findOne({ customer: 'c1' }).orFail()).number).to.equal(201);
    });

    it('lets exactly one win a conditional update', async () => {
      await store.add(1);
      const claim = (who: number) => store.orders.updateOne({ number: 1, note: null }, { note: `taken by ${who}` });
      const results = await Promise.all(Array.from({ length: 50 }, (_, who) => claim(who)));
      expect(results.filter((result) => result.modifiedCount === 1)).to.have.length(1);
    });

    it('lets exactly one insert of the same unique value through', async () => {
      const results = await Promise.allSettled(
        Array.from({ length: 20 }, (_, n) => store.add(1, { customer: `x${n}` })),
      );
      expect(results.filter((result) => result.status === 'fulfilled')).to.have.length(1);
      expect(await store.orders.countDocuments()).to.equal(1);
    });
  });
}
