import { expect } from 'chai';
import type { OpenStore } from './records-fixture.ts';

/** Filters, sorting, cursors. */
export function queryRules(store: OpenStore): void {
  describe('queries', () => {
    beforeEach(async () => {
      await store.orders.insertMany(
        [5, 3, 1, 4, 2].map((number) => ({
          number,
          customer: number % 2 === 0 ? 'even' : 'odd',
          note: `n${number}`,
          items: [{ sku: `s${number}`, price: number }],
          tags: ['all', `t${number}`],
        })),
      );
    });
    const numbers = async (filter: object): Promise<number[]> =>
      (await store.orders.find(filter).sort({ number: 1 }).lean()).map((order) => order.number);

    it('sorts, skips, limits and selects', async () => {
      const page = await store.orders.find().sort('-number').skip(1).limit(2).select('number -_id').lean();
      expect(page).to.deep.equal([{ number: 4 }, { number: 3 }]);
      const without = await store.orders.findOne({ number: 1 }).select('-items -tags').lean().orFail();
      expect(without).to.not.have.any.keys('items', 'tags');
      expect(without.customer).to.equal('odd');
      // Fields shown whole, one that is not there, a path into another, and the _id of nobody's asking.
      const { _id, ...whole } = await store.orders.findOne({ number: 1 }).orFail().lean();
      const shown = await store.orders.findOne({ number: 1 }).select('items tags placedAt').orFail().lean();
      expect(shown).to.deep.equal({ _id, items: whole.items, tags: whole.tags });
      const into = await store.orders.findOne({ number: 1 }).select('items.sku number -_id').orFail().lean();
      expect(into).to.deep.equal({ items: [{ sku: 's1' }], number: 1 });
    });

    it('asks a list against an index as large, and the rest of the filter as well', async () => {
      expect(await numbers({ number: { $in: [1, 2, 3] }, customer: 'odd' })).to.deep.equal([1, 3]);
      expect(await numbers({ number: { $in: [5, 1, 4] }, customer: { $in: ['odd'] } })).to.deep.equal([1, 5]);
    });

    it('matches by comparison, set, text, array element and path', async () => {
      expect(await numbers({ number: { $gt: 1, $lte: 3 } })).to.deep.equal([2, 3]);
      expect(await numbers({ number: { $in: [1, 9, 5] } })).to.deep.equal([1, 5]);
      expect(await numbers({ note: /^n[12]$/ })).to.deep.equal([1, 2]);
      expect(await numbers({ tags: 't3' })).to.deep.equal([3]);
      expect(await numbers({ 'items.price': { $gte: 4 } })).to.deep.equal([4, 5]);
      expect(await numbers({ $or: [{ number: 1 }, { customer: 'even' }] })).to.deep.equal([1, 2, 4]);
      expect(await numbers({ placedAt: null, number: 2 })).to.deep.equal([2]);
      expect(await numbers({ number: 7 })).to.deep.equal([]);
    });

    it('finds by ids and by every field of a compound index', async () => {
      const all = await store.orders.find().lean();
      const some = all.slice(0, 3).map((order) => order._id);
      expect(await store.orders.countDocuments({ _id: { $in: some } })).to.equal(3);
      expect(await numbers({ customer: 'odd', note: 'n3' })).to.deep.equal([3]);
      expect(await numbers({ customer: 'even', note: 'n3' })).to.deep.equal([]);
    });

    it('treats undefined in a filter as null, never as "anything"', async () => {
      const ids = await store.orders.collection.find({ note: undefined }).toArray();
      expect(ids).to.deep.equal([]);
    });

    it('walks a cursor', async () => {
      const seen: number[] = [];
      for await (const order of store.orders.find().sort({ number: 1 }).cursor()) seen.push(order.number);
      expect(seen).to.deep.equal([1, 2, 3, 4, 5]);
    });

    it('counts and lists distinct values', async () => {
      expect(await store.orders.countDocuments({ customer: 'odd' })).to.equal(3);
      expect((await store.orders.distinct('customer')).sort()).to.deep.equal(['even', 'odd']);
      expect((await store.orders.distinct('tags', { number: { $lt: 3 } })).sort()).to.deep.equal(['all', 't1', 't2']);
    });
  });
}
