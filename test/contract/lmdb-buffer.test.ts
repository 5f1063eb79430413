import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { LmdbBuffer } from '#edge/buffer/lmdb-buffer';
import { bufferContract } from '#test/contract/buffer.contract';

bufferContract(
  'lmdb',
  (folder, capacityBytes) => new LmdbBuffer({ folder, capacityBytes, clock: systemClock, log: silentLogger }),
);
