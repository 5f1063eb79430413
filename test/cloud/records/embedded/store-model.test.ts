import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { Query } from 'mingo';
import { EmbeddedDatabase } from '#cloud/records/embedded/database';
import { canonical, type StoredDocument } from '#cloud/records/embedded/document';

/** Few values, so that documents often meet. */
const value = fc.constantFrom<unknown>(null, 0, -0, '0', 'a', [], ['a', 0], [null], undefined);
const id = fc.integer({ min: 0, max: 4 });
const filter = fc.record({ a: value, b: value, _id: id }, { requiredKeys: [] });
const question = fc.oneof(
  fc.record({ a: value }),
  fc.record({ a: value, b: value }),
  fc.record({ b: fc.record({ $in: fc.array(value, { maxLength: 3 }) }), a: value }, { requiredKeys: ['b'] }),
  fc.record({ _id: fc.record({ $in: fc.array(id, { maxLength: 3 }) }), b: value }),
);
const step = fc.oneof(
  fc.record({ kind: fc.constant('insert' as const), id: id, a: value, b: value }),
  fc.record({ kind: fc.constant('update' as const), filter, a: value }),
  fc.record({ kind: fc.constant('unset' as const), filter }),
  fc.record({ kind: fc.constant('delete' as const), filter }),
  fc.record({ kind: fc.constant('reopen' as const) }),
);

/** Arrays in a filter are asked in the one form that means equality everywhere. */
const plain = (given: object): StoredDocument =>
  Object.fromEntries(Object.entries(given).filter(([, wanted]) => !Array.isArray(wanted) && wanted !== undefined));

describe('embedded store against a list in memory', () => {
  it('finds by index what a scan finds, and after a reopen what was there before', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 25 }),
        fc.array(question, { maxLength: 6 }),
        async (steps, filters) => {
          const folder = await mkdtemp(join(tmpdir(), 'store-model-'));
          let database = new EmbeddedDatabase({ folder });
          try {
            database.open();
            await database.collection('x').createIndex({ a: 1, b: 1 });
            await database.collection('x').createIndex({ b: 1 });
            await database.collection('x').createIndex({ a: 1 }, { sparse: true });
            for (const one of steps) {
              const x = database.collection('x');
              if (one.kind === 'insert') await x.insertOne({ _id: one.id, a: one.a, b: one.b }).catch(duplicatesOnly);
              if (one.kind === 'update') await x.updateMany(plain(one.filter), { $set: { a: one.a } });
              if (one.kind === 'unset') await x.updateMany(plain(one.filter), { $unset: { a: 1 } });
              if (one.kind === 'delete') await x.deleteOne(plain(one.filter));
              if (one.kind === 'reopen') {
                const before = await x.find({}, { sort: { _id: 1 } }).toArray();
                await database.close();
                database = new EmbeddedDatabase({ folder });
                database.open();
                expect(
                  await database
                    .collection('x')
                    .find({}, { sort: { _id: 1 } })
                    .toArray(),
                ).to.deep.equal(before);
              }
            }
            const all = await database.collection('x').find().toArray();
            for (const wanted of filters.map(plain)) {
              const found = await database
                .collection('x')
                .find(wanted, { sort: { _id: 1 } })
                .toArray();
              const scanned = all.filter((document) => new Query(canonical(wanted), {}).test(document));
              expect(found.map(({ _id }) => _id)).to.have.members(scanned.map(({ _id }) => _id));
            }
          } finally {
            await database.close();
            await rm(folder, { recursive: true, force: true });
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('takes no two texts for others, whatever signs lie where one ends', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'store-model-'));
    const database = new EmbeddedDatabase({ folder });
    try {
      database.open();
      const x = database.collection('x');
      await x.createIndex({ a: 1, b: 1 }, { unique: true });
      const signs = ['', ':', '1', '3', 's'];
      const texts = [...new Set(signs.flatMap((one) => signs.flatMap((two) => signs.map((end) => one + two + end))))];
      const pairs = texts.flatMap((a) => texts.map((b) => ({ _id: JSON.stringify([a, b]), a, b })));
      await x.insertMany(pairs);
      expect(await x.countDocuments()).to.equal(texts.length ** 2);
      for (const { _id, a, b } of pairs.filter((_, place) => place % 97 === 0)) {
        expect(await x.find({ a, b }).toArray()).to.deep.equal([{ _id, a, b }]);
        const again = await x.insertOne({ _id: 'again', a, b }).catch((error: { code?: unknown }) => error);
        expect(again).to.have.property('code', 11000);
      }
    } finally {
      await database.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

function duplicatesOnly(error: { code?: unknown }): void {
  if (error.code !== 11000) throw error;
}
