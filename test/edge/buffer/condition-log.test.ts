import { execFileSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import type { Problem } from '@gongfu/shared/base/problem';
import type { ConditionReport } from '@gongfu/shared/wire/condition';
import { expect } from 'chai';
import { open } from 'lmdb';
import { LmdbBuffer } from '#edge/buffer/lmdb-buffer';
import { numberBlock } from '#test/kit/batches';
import { temporaryFolder } from '#test/kit/folders';

const all = { countMax: 1_000, bytesMax: 2 ** 30 };
const unwatched = (time: number, source = 's'): ConditionReport => ({ kind: 'unwatched', source, time });

describe('reports of conditions in the buffer', () => {
  let folder: string;
  let remove: () => void;
  let buffer: LmdbBuffer;

  beforeEach(async () => {
    ({ folder, remove } = temporaryFolder());
    buffer = await opened();
  });
  afterEach(async () => {
    await buffer.stop();
    remove();
  });

  async function opened(capacityBytes = 2 ** 24): Promise<LmdbBuffer> {
    const made = new LmdbBuffer({ folder, capacityBytes, clock: systemClock, log: silentLogger });
    await made.start();
    return made;
  }

  it('are there after a restart, in their order, until they are forgotten; a number is given once', async () => {
    await buffer.append([numberBlock(0, 10)], []);
    await buffer.conditions.append([unwatched(1), unwatched(2)]);
    await buffer.conditions.append([unwatched(3)]);
    await buffer.stop();
    buffer = await opened();
    expect(buffer.conditions.waiting).to.equal(3);
    expect(buffer.conditions.read(0, all)).to.deep.equal(
      [1, 2, 3].map((number) => ({ number, report: unwatched(number) })),
    );
    expect(buffer.conditions.read(1, { ...all, countMax: 1 }).map(({ number }) => number)).to.deep.equal([2]);
    expect(buffer.conditions.read(0, { ...all, bytesMax: 1 }).map(({ number }) => number)).to.deep.equal([1]);
    await buffer.conditions.forget(3);
    expect(buffer.conditions.waiting).to.equal(0);
    await buffer.stop();
    buffer = await opened();
    await buffer.conditions.append([unwatched(4)]);
    expect(buffer.conditions.read(0, all).map(({ number }) => number)).to.deep.equal([4]);
    expect(buffer.read(0, 2 ** 20), 'the samples beside them').to.have.length(1);
  });

  it('leave from the oldest when there are too many, and are named with source and times', async () => {
    await buffer.stop();
    buffer = await opened(2 ** 20);
    const reports = Array.from({ length: 400 }, (_, place) => unwatched(1_000 + place, place % 2 === 0 ? 'a' : 'b'));
    const lost = [];
    for (let batch = 0; batch < 10; batch += 1) lost.push(...(await buffer.conditions.append(reports)));
    const { waiting } = buffer.conditions;
    expect(waiting).to.be.within(1_000, 3_999);
    expect(buffer.conditions.read(0, { ...all, countMax: 1 })[0]!.number).to.equal(4_001 - waiting);
    expect(new Set(lost.map(({ source, reason }) => `${source} ${reason}`))).to.deep.equal(
      new Set(['a buffer-full', 'b buffer-full']),
    );
    expect(Math.min(...lost.map(({ fromTime }) => fromTime))).to.equal(1_000);
  });

  it('show what the disk has damaged as such, and go on', async () => {
    await buffer.conditions.append([unwatched(1), unwatched(2)]);
    await buffer.stop();
    const root = open({ path: `${folder}/buffer.mdb`, noSubdir: true, maxDbs: 8 });
    const table = root.openDB<Buffer, number>({ name: 'conditions', encoding: 'binary' });
    const value = Buffer.from(table.get(1)!);
    value[10]! ^= 1;
    await table.put(1, value);
    await root.close();
    buffer = await opened();
    expect(buffer.conditions.read(0, all)).to.deep.equal([
      { number: 1, report: undefined },
      { number: 2, report: unwatched(2) },
    ]);
  });

  it('are refused like samples on a full disk: what samples take in the file is no room for them', async function () {
    await buffer.stop();
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', folder], { stdio: 'ignore' });
    } catch {
      console.log('      skipped: no right to mount a small disk');
      return this.skip();
    }
    const codeOf = (work: Promise<unknown>) =>
      work.then(
        () => undefined,
        ({ code }: Problem) => code,
      );
    try {
      buffer = await opened(2 ** 30);
      while (buffer.state().usedBytes < 10 * 2 ** 20) await buffer.append([numberBlock(1, 50_000)], []);
      const { bavail, bsize } = statfsSync(folder);
      writeFileSync(`${folder}/filler`, Buffer.alloc(bavail * bsize - 4 * 2 ** 20));
      expect(await codeOf(buffer.append([numberBlock(1, 1)], []))).to.equal('buffer-disk-full');
      expect(await codeOf(buffer.conditions.append([unwatched(1)]))).to.equal('buffer-disk-full');
      rmSync(`${folder}/filler`);
      expect(await codeOf(buffer.conditions.append([unwatched(1)]))).to.equal(undefined);
      await buffer.stop();
    } finally {
      // The store may still be mapped.
      execFileSync('umount', ['-l', folder]);
    }
  });
});
