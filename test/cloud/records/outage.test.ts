import { silentLogger } from '@gongfu/shared/base/logger';
import { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import { connectRecords } from '#cloud/records/connect';
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
