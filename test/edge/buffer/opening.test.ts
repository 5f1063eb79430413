import { chmodSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import type { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import { LmdbBuffer } from '#edge/buffer/lmdb-buffer';
import { numberBlock } from '#test/kit/batches';
import { temporaryFolder } from '#test/kit/folders';

describe('LmdbBuffer, opening what is there', () => {
  const { folder, remove } = temporaryFolder();
  after(remove);
  const make = () => new LmdbBuffer({ folder, capacityBytes: 64 * 2 ** 20, clock: systemClock, log: silentLogger });

  it('never sets a store aside that another user has begun: it says who cannot write, and leaves it', async () => {
    const buffer = make();
    await buffer.start();
    await buffer.append([numberBlock(0, 10)], []);
    await buffer.stop();
    const names = readdirSync(folder);
    chmodSync(folder, 0o777);
    for (const name of names) chmodSync(join(folder, name), name === 'epoch' ? 0o666 : 0o444);
    const asRoot = process.getuid!() === 0;
    if (asRoot) process.seteuid!(65_534);
    try {
      const problem = await make()
        .start()
        .catch((error: Problem) => error);
      expect(problem).to.include({ code: 'buffer-folder-unwritable', reaction: 'stop' });
    } finally {
      if (asRoot) process.seteuid!(0);
    }
    expect(readdirSync(folder)).to.deep.equal(names);
    for (const name of names) chmodSync(join(folder, name), 0o644);
    await buffer.start();
    expect(buffer.read(0, 2 ** 30).map(({ sequence }) => sequence)).to.deep.equal([1]);
    await buffer.stop();
  });
});
