import { silentLogger } from '@gongfu/shared/base/logger';
import { openConnection } from '#cloud/records/connect';
import { type MongoServer, requireMongo } from '../kit/servers/mongo-server.ts';
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
});
