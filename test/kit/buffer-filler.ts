// A process whose disk writes fail for real (file size limit): appends until refused, twice more, and reports what was acknowledged.
import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import type { Problem } from '@gongfu/shared/base/problem';
import { LmdbBuffer } from '#edge/buffer/lmdb-buffer';
import { numberBlock } from '#test/kit/batches';

const buffer = new LmdbBuffer({
  folder: process.argv[2]!,
  capacityBytes: 2 ** 30,
  clock: systemClock,
  log: silentLogger,
});
const acknowledged: [sequence: number, first: number][] = [];
const refusals: string[] = [];

await buffer.start();
for (let first = 0; refusals.length < 3 && first < 5000; first += 1) {
  try {
    acknowledged.push([(await buffer.append([numberBlock(first, 500)], [])).sequence, first]);
  } catch (error) {
    refusals.push(`${(error as Problem).code} ${(error as Problem).reaction}`);
  }
}
await buffer.stop();
process.stdout.write(JSON.stringify({ acknowledged, refusals }));
