import { silentLogger } from '@gongfu/shared/base/logger';
import { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import mongoose from 'mongoose';
import { connectRecords } from '#cloud/records/connect';
import { isOutage } from '#cloud/records/outage';
import type { Records } from '#cloud/records/records';
import { Relay } from '../../kit/relay.ts';
import { type MongoServer, requireMongo } from '../../kit/servers/mongo-server.ts';
import { until } from '../../kit/until.ts';

describe('records: the MongoDB server goes away', function () {
  this.timeout(60_000);
  let server: MongoServer | undefined;
  let relay: Relay;
  let records: Records | undefined;
  let uri = '';

  before(async function () {
    server = await requireMongo(this);
    relay = new Relay(server);
    uri = server.uri(`gongfu-outage-${process.pid}`, await relay.start());
    records = await connectRecords({ uri, log: silentLogger });
    await records.tenants.create({ _id: 'a', name: { zh: '甲', en: 'A' } });
  });
  after(async () => {
    relay?.restore();
    await records?.tenants.db.dropDatabase();
    await records?.close();
    await relay?.stop();
    await server?.stop();
  });

  const name = { zh: '乙', en: 'B' };
  const everyWay = (store: Records): Record<string, () => PromiseLike<unknown>> => ({
    findOne: () => store.tenants.findOne({ _id: 'a' }).lean(),
    find: () => store.tenants.find().sort({ _id: 1 }).lean(),
    create: () => store.tenants.create({ _id: 'b', name }),
    insertMany: () => store.tenants.insertMany([{ _id: 'b', name }]),
    updateOne: () => store.tenants.updateOne({ _id: 'a' }, { $set: { name } }),
    findOneAndUpdate: () => store.tenants.findOneAndUpdate({ _id: 'a' }, { $set: { name } }),
    deleteMany: () => store.tenants.deleteMany({ _id: 'b' }),
    countDocuments: () => store.tenants.countDocuments({ _id: 'a' }),
    bulkWrite: () => store.tenants.bulkWrite([{ deleteOne: { filter: { _id: 'b' } } }]),
  });

  async function allFail(): Promise<void> {
    const asked = Object.entries(everyWay(records!)).map(async ([way, ask]) => {
      const error = await Promise.resolve(ask()).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error, way).to.be.instanceOf(Problem);
      const { code, status, reaction } = error as Problem;
      expect({ code, status, reaction }, way).to.deep.equal({
        code: 'records-unreachable',
        status: 503,
        reaction: 'retry',
      });
    });
    await Promise.all(asked);
  }

  const answersAgain = () =>
    until(() =>
      records!.tenants
        .findOne({ _id: 'a' })
        .lean()
        .then(
          (found) => found?._id === 'a',
          () => false,
        ),
    );

  it('fails everything asked with one problem while it is gone, and goes on when it is back', async () => {
    relay.refuse();
    await allFail();
    await until(() => records!.ready() === false);
    relay.restore();
    await until(() => records!.ready());
    await answersAgain();
  });

  it('does the same when it takes connections and never answers', async () => {
    relay.silence();
    await allFail();
    relay.restore();
    await until(() => records!.ready());
    await answersAgain();
  });
});

describe('records: what a MongoDB server says when it cannot just now', () => {
  const { MongoBulkWriteError, MongoServerError, MongoWriteConcernError } = mongoose.mongo;
  const said = (code: number, errorLabels: string[] = []) =>
    new MongoServerError({ message: 'said', code, errorLabels });

  const passing: Record<string, unknown> = {
    'it is no primary any more': said(189),
    'it is not the primary': said(10107),
    'it is shutting down': said(11600),
    'its members do not answer in time': new MongoWriteConcernError({
      writeConcernError: { code: 64, errmsg: 'said' },
      ok: 1,
    }),
    'the driver may ask again': said(1, ['RetryableWriteError']),
    'a bulk write that met such a server': new MongoBulkWriteError(said(189), Object.create(null)),
  };
  for (const [what, error] of Object.entries(passing))
    it(`is to be asked again: ${what}`, () => expect(isOutage(error)).to.equal(true));

  const lasting: Record<string, unknown> = {
    'a place in a unique index is taken': said(11_000),
    'it does not let the service in': said(13),
    'what was asked takes longer than it allows': said(50),
    'a fault of this program': new TypeError('no'),
  };
  for (const [what, error] of Object.entries(lasting))
    it(`is not: ${what}`, () => expect(isOutage(error)).to.equal(false));
});
