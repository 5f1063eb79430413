import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@gongfu/shared/base/logger';
import { connectRecords } from '#cloud/records/connect';
import { type MongoServer, requireMongo } from '../kit/servers/mongo-server.ts';
import { alarmsContract } from './alarms.contract.ts';

alarmsContract('the embedded store', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'alarms-'));
  const records = await connectRecords({ folder, log: silentLogger });
  const close = async (): Promise<void> => {
    await records.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { records, close };
});

describe('on a MongoDB server', function () {
  this.timeout(60_000);
  let server: MongoServer | undefined;

  before(async function () {
    server = await requireMongo(this);
  });
  after(() => server?.stop());

  alarmsContract('a MongoDB server', async () => {
    const records = await connectRecords({ uri: server!.uri(`gongfu-alarms-${process.pid}`), log: silentLogger });
    return { records, close: () => records.close() };
  });
});
