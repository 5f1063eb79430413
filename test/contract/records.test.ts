import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@gongfu/shared/base/logger';
import { openConnection } from '#cloud/records/connect';
import { makeRecords } from '../cloud/access/access-fixture.ts';
import { ledgersContract } from './ledgers.contract.ts';
import { recordsContract } from './records.contract.ts';

const makeEmbedded = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'records-'));
  return {
    open: () => openConnection({ folder, log: silentLogger }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
};

recordsContract('embedded', makeEmbedded, true);
ledgersContract('embedded', makeRecords);
