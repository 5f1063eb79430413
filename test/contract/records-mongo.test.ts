import { silentLogger } from '@gongfu/shared/base/logger';
import { connectRecords, openConnection } from '#cloud/records/connect';
import { type MongoServer, requireMongo } from '../kit/servers/mongo-server.ts';
import { ledgersContract } from './ledgers.contract.ts';
import { recordsContract } from './records.contract.ts';

describe('records on a MongoDB server', function () {
  this.timeout(60_000);
  let server: MongoServer | undefined;
  let databases = 0;

  before(async function () {
    server = await requireMongo(this);
  });
  after(() => server?.stop());

  recordsContract('MongoDB wire protocol', async () => {
    databases += 1;
    const uri = server!.uri(`gongfu-contract-${process.pid}-${databases}`);
    const open = () => openConnection({ uri, log: silentLogger });
    return {
      open,
      remove: async () => {
        const connection = await open();
        await connection.dropDatabase();
        await connection.close();
      },
    };
  });

  ledgersContract('MongoDB wire protocol', async () => {
    const uri = server!.uri(`gongfu-ledgers-${process.pid}`);
    const records = await connectRecords({ uri, log: silentLogger });
    const remove = async () => {
      await records.close();
      const connection = await openConnection({ uri, log: silentLogger });
      await connection.dropDatabase();
      await connection.close();
    };
    return { records, remove };
  });
});
