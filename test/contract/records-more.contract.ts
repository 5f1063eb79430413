import { expect } from 'chai';
import { failureOf, type OpenStore } from './records-fixture.ts';

/** More of MongoDB than the service uses today: not every server of its protocol has it, the embedded store does. */
export function moreRules(store: OpenStore): void {
  describe('more of MongoDB', () => {
    it('says which values break a unique index, and has the same code for updates and new indexes', async () => {
      await store.add(1, { tags: ['same'] });
      await store.add(2, { tags: ['same'] });
      const failure = await failureOf(() => store.add(1, { customer: 'other' }));
      expect(failure).to.deep.include({ code: 11000, keyPattern: { number: 1 }, keyValue: { number: 1 } });
      expect((await failureOf(() => store.orders.updateOne({ number: 2 }, { number: 1 }))).code).to.equal(11000);
      const index = () => store.orders.collection.createIndex({ tags: 1 }, { unique: true });
      expect((await failureOf(index)).code).to.equal(11000);
    });

    it('matches one element by several of its fields', async () => {
      for (const number of [1, 2]) await store.add(number, { items: [{ sku: `s${number}`, price: number }] });
      const found = await store.orders.find({ items: { $elemMatch: { sku: 's1', price: 1 } } }).lean();
      expect(found.map((order) => order.number)).to.deep.equal([1]);
    });

    it('aggregates with match, group and sort', async () => {
      for (const number of [1, 2, 3, 4, 5]) {
        await store.add(number, { customer: number % 2 === 0 ? 'even' : 'odd', note: `n${number}` });
      }
      const sums = await store.orders.aggregate([
        { $match: { number: { $gte: 2 } } },
        { $group: { _id: '$customer', total: { $sum: '$number' }, count: { $sum: 1 } } },
        { $sort: { _id: 1 } },
      ]);
      expect(sums).to.deep.equal([
        { _id: 'even', total: 6, count: 2 },
        { _id: 'odd', total: 8, count: 2 },
      ]);
    });

    it('looks up documents of another collection', async () => {
      await store.customers.create({ _id: 'c1', city: 'Qingdao' });
      await store.add(1);
      const found = await store.orders.aggregate([
        { $lookup: { from: 'customers', localField: 'customer', foreignField: '_id', as: 'who' } },
        { $project: { _id: 0, number: 1, city: { $first: '$who.city' } } },
      ]);
      expect(found).to.deep.equal([{ number: 1, city: 'Qingdao' }]);
    });

    it('reach array elements by position and by filter', async () => {
      const items = [
        { sku: 'a', price: 1 },
        { sku: 'b', price: 2 },
        { sku: 'c', price: 3 },
      ];
      await store.add(1, { items });
      await store.orders.updateOne({ number: 1, 'items.sku': 'b' }, { $set: { 'items.$.price': 20 } });
      await store.orders.updateMany(
        {},
        { $set: { 'items.$[dear].on': true } },
        { arrayFilters: [{ 'dear.price': { $gte: 3 } }] },
      );
      const found = await store.orders.findOne({ number: 1 }).lean().orFail();
      expect(found.items).to.deep.equal([
        { sku: 'a', price: 1 },
        { sku: 'b', price: 20, on: true },
        { sku: 'c', price: 3, on: true },
      ]);
    });
  });
}
