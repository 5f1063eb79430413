// A process that appends batches to the buffer folder given, one after the other, and says each sequence once it is durable.
import { writeSync } from 'node:fs';
import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { LmdbBuffer } from '#edge/buffer/lmdb-buffer';
import { numberBlock } from '#test/kit/batches';

const [folder, from] = process.argv.slice(2);
const buffer = new LmdbBuffer({ folder: folder!, capacityBytes: 2 ** 30, clock: systemClock, log: silentLogger });
await buffer.start();
for (let first = Number(from); ; first += 1) {
  const { sequence } = await buffer.append([numberBlock(first, 200)], []);
  writeSync(1, `${sequence} ${first}\n`);
  // Forgetting and appending meet in every order.
  if (first % 3 === 0) buffer.forget([sequence - 100]);
}
