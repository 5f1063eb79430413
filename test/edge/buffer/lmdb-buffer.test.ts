import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '@gongfu/shared/base/clock';
import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import type { Problem } from '@gongfu/shared/base/problem';
import { decodeBatch, encodeBatch } from '@gongfu/shared/wire/codec';
import { expect } from 'chai';
import { backlogOf } from '#edge/buffer/backlog';
import { LmdbBuffer } from '#edge/buffer/lmdb-buffer';
import { packRecord } from '#edge/buffer/record';
import { openStore } from '#edge/buffer/store';
import { firstOf, numberBlock } from '#test/kit/batches';
import { FakeClock } from '#test/kit/fake-clock';
import { temporaryFolder } from '#test/kit/folders';

describe('LmdbBuffer', () => {
  let folder: string;
  let remove: () => void;
  let buffer: LmdbBuffer;

  const make = (options: { folder?: string; capacityBytes?: number; clock?: Clock } = {}) =>
    new LmdbBuffer({ folder, capacityBytes: 64 * 2 ** 20, clock: systemClock, log: silentLogger, ...options });
  const refused = async (work: Promise<unknown>): Promise<Problem> => {
    const error = await work.then(
      () => undefined,
      (problem: Problem) => problem,
    );
    if (error === undefined) throw new Error('it was not refused');
    return error;
  };
  const sequences = () => buffer.read(0, 2 ** 30).map(({ sequence }) => sequence);

  beforeEach(() => {
    ({ folder, remove } = temporaryFolder());
    buffer = make();
  });
  afterEach(async () => {
    await buffer.stop();
    remove();
  });

  it('1. 2. has every acknowledged batch once after each of ten kills', async function () {
    this.timeout(60_000);
    const acknowledged = new Map<number, number>();
    const delivered = new Set<number>();
    let first = 0;
    for (let kill = 0; kill < 10; kill += 1) {
      for (const [sequence, value] of await writeUntilKilled(folder, first, 60 + kill * 12)) {
        expect(acknowledged.has(sequence), `sequence ${sequence} given twice`).to.equal(false);
        acknowledged.set(sequence, value);
      }
      buffer = make();
      await buffer.start();
      for (const { sequence, bytes } of buffer.read(0, 2 ** 30)) {
        const value = acknowledged.get(sequence);
        if (value !== undefined) expect(firstOf(bytes)).to.equal(value);
        delivered.add(sequence);
      }
      first = Math.max(first, ...acknowledged.values()) + 1000;
      await buffer.stop();
    }
    expect(acknowledged.size).to.be.greaterThan(50);
    const oldest = Math.min(...delivered);
    // The writer forgets only what is a hundred sequences old; whatever it acknowledged later must be there.
    const missing = [...acknowledged.keys()].filter(
      (sequence) => sequence > oldest && !delivered.has(sequence) && !forgettable(sequence, acknowledged),
    );
    expect(missing).to.deep.equal([]);
  });

  it('3. takes what is forgotten off the disk with the next append, without one after two seconds', async () => {
    const clock = new FakeClock();
    buffer = make({ clock });
    await buffer.start();
    for (let i = 0; i < 3; i += 1) await buffer.append([numberBlock(i * 100, 100)], []);
    buffer.forget([1]);
    expect(sequences(), 'neither read').to.deep.equal([2, 3]);
    expect(buffer.state(), 'nor counted').to.include({ batches: 2, oldestTime: 1_000_100 });
    expect(await samplesIfKilled(folder)).to.equal(300);
    await buffer.append([numberBlock(300, 100)], []);
    expect(await samplesIfKilled(folder)).to.equal(300);
    expect(clock.waiting, 'nothing is left to be removed').to.equal(0);
    buffer.forget([2, 3, 99]);
    clock.advance(1_999);
    await buffer.declare([]);
    expect(await samplesIfKilled(folder)).to.equal(300);
    clock.advance(1);
    await buffer.declare([]);
    expect(await samplesIfKilled(folder)).to.equal(100);
    expect(clock.waiting).to.equal(0);
    buffer.forget([4]);
    await buffer.stop();
    expect(await samplesIfKilled(folder)).to.equal(0);
  });

  it('4. grows one gap record through an overflow and sends it after', async () => {
    buffer = make({ capacityBytes: 100_000 });
    await buffer.start();
    for (let i = 0; i < 40; i += 1) await buffer.append([numberBlock(i * 500, 500)], []);
    expect(buffer.state().gapsTotal).to.equal(1);
    const held = sequences();
    expect(held.at(-1)).to.equal(40);
    buffer.forget(held);
    await buffer.append([numberBlock(0, 1)], []);
    await buffer.append([numberBlock(0, 1)], []);
    const gaps = buffer.read(0, 2 ** 30).flatMap(({ bytes }) => decodeBatch(bytes).gaps);
    const lost = held[0]! - 1;
    expect(gaps).to.deep.equal([
      {
        fromSequence: 1,
        toSequence: lost,
        fromTime: 1_000_000,
        toTime: 1_000_000 + lost * 500 - 1,
        samples: lost * 500,
        reason: 'buffer-full',
        source: '',
      },
    ]);
    expect(buffer.recentGaps(), 'shown once, however often it was lengthened').to.deep.equal(gaps);
  });

  it('5. keeps the file small too, however often it is looked at', async () => {
    const capacityBytes = 2 ** 20;
    buffer = make({ capacityBytes });
    await buffer.start();
    for (let n = 0; n < 300; n += 1) {
      await buffer.append([numberBlock(n * 2000, 2000)], []);
      expect(buffer.state().oldestTime).to.be.a('number');
      expect(buffer.read(0, 1)).to.have.length(1);
    }
    expect(buffer.state().gapsTotal).to.be.greaterThan(0);
    expect(statSync(join(folder, 'buffer.mdb')).size).to.be.lessThan(capacityBytes * 2);
  });

  it('6. skips a damaged record, names it, and keeps its neighbours', async () => {
    await buffer.start();
    for (let i = 0; i < 6; i += 1) await buffer.append([numberBlock(i * 1000, 1000)], []);
    const damaged = buffer.read(2, 1)[0]!.bytes;
    await buffer.stop();
    const file = join(folder, 'buffer.mdb');
    const content = readFileSync(file);
    // Every copy of the record on disk: lmdb may have written it more than once.
    for (let at = content.indexOf(damaged); at >= 0; at = content.indexOf(damaged, at + 1)) content[at + 50]! ^= 1;
    writeFileSync(file, content);
    await buffer.start();
    expect(sequences()).to.deep.equal([1, 2, 4, 5, 6]);
    const { bytes } = await buffer.append([numberBlock(9000, 1)], []);
    expect(decodeBatch(bytes).gaps).to.deep.equal([
      {
        fromSequence: 3,
        toSequence: 3,
        fromTime: 1_001_999,
        toTime: 1_003_000,
        samples: -1,
        reason: 'damaged-record',
        source: '',
      },
    ]);
    expect(buffer.recentGaps().map(({ reason, fromSequence }) => [reason, fromSequence])).to.deep.include([
      'damaged-record',
      3,
    ]);
    expect(buffer.state()).to.include({ batches: 6, gapsTotal: 1 });
  });

  for (const [how, spoil] of [
    ['filled with noise', (file: string) => writeFileSync(file, Buffer.alloc(20_000, 0x5a))],
    ['cut inside its first page', (file: string) => truncateSync(file, 100)],
    ['cut before the pages it needs', (file: string) => truncateSync(file, 8192)],
    ['empty', (file: string) => truncateSync(file, 0)],
  ] as const) {
    it(`6. sets aside a store ${how} and begins a higher epoch with a gap record`, async () => {
      await buffer.start();
      for (let i = 0; i < 50; i += 1) await buffer.append([numberBlock(i, 500)], []);
      const { epoch } = buffer.state();
      await buffer.stop();
      spoil(join(folder, 'buffer.mdb'));
      await buffer.start();
      expect(buffer.state().epoch).to.be.greaterThan(epoch);
      const { sequence, bytes } = await buffer.append([numberBlock(0, 1)], []);
      expect(sequence).to.equal(1);
      expect(decodeBatch(bytes).gaps).to.have.length(1);
      expect(decodeBatch(bytes).gaps[0]).to.include({ fromSequence: -1, fromTime: epoch, reason: 'damaged-record' });
      expect(readdirSync(folder).filter((name) => /^buffer\.mdb\.damaged-\d+$/.test(name))).to.have.length(1);
    });
  }

  it('2. 7. answers a write that truly fails with retry, and loses nothing it had acknowledged', async function () {
    if (process.platform === 'win32') this.skip();
    const program = fileURLToPath(new URL('../../kit/buffer-filler.js', import.meta.url));
    // 3 MiB a file: beyond it the system refuses the write in the middle of a commit.
    const child = spawn('sh', ['-c', 'ulimit -f 6144; exec "$0" "$@"', process.execPath, program, folder]);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    const [code] = await once(child, 'close');
    expect(code).to.equal(0);
    const report = JSON.parse(output.slice(output.lastIndexOf('{"acknowledged"'))) as {
      acknowledged: [number, number][];
      refusals: string[];
    };
    expect(report.refusals).to.deep.equal(new Array(3).fill('buffer-write-failed retry'));
    expect(report.acknowledged.length).to.be.greaterThan(100);
    await buffer.start();
    const { sequence } = await buffer.append([numberBlock(7777, 1)], []);
    const held = buffer.read(0, 2 ** 30).map((batch) => [batch.sequence, firstOf(batch.bytes)]);
    expect(held).to.deep.equal([...report.acknowledged, [sequence, 7777]]);
  });

  it('8. refuses a second agent, and takes over the lock of a dead one', async () => {
    await buffer.start();
    expect(await refused(make().start())).to.include({ code: 'buffer-in-use', reaction: 'stop' });
    await buffer.stop();
    writeFileSync(join(folder, 'buffer.lock'), `${process.pid} 1`);
    await buffer.start();
    expect(buffer.state().batches).to.equal(0);
  });

  it('names folder and user where it cannot write', async () => {
    const blocked = join(folder, 'file');
    writeFileSync(blocked, '');
    const problem = await refused(make({ folder: join(blocked, 'buffer') }).start());
    expect(problem).to.include({ code: 'buffer-folder-unwritable', reaction: 'stop' });
    expect(problem.message).to.contain(join(blocked, 'buffer'));
  });

  it('takes over what an older agent has left: its batches as they are, its numbers, its next sequence', async () => {
    await buffer.start();
    const { epoch } = buffer.state();
    await buffer.stop();
    const gaps = [{ ...gapsOfOld, fromTime: epoch, toTime: epoch }];
    const old = [1, 2].map((sequence) =>
      encodeBatch({ epoch, sequence, blocks: [numberBlock(sequence, 500)], gaps }, 1),
    );
    const { store, ledger } = openStore(join(folder, 'buffer.mdb'));
    await store.transaction(() => {
      for (const [place, bytes] of old.entries()) {
        const value = packRecord({ bytes, samples: 500, gaps: 1, fromTime: epoch, toTime: epoch + 499 });
        void store.batches.put(place + 1, value);
      }
      void store.ledger.put('ledger', { ...ledger, version: 1, batches: 2, lastSequence: 2, usedBytes: 16_384 });
    });
    await store.close();
    await buffer.start();
    const { sequence } = await buffer.append([numberBlock(3, 500)], []);
    expect(sequence).to.equal(3);
    expect(buffer.state()).to.include({ epoch, batches: 3, gapsTotal: 0 });
    const read = buffer.read(0, 2 ** 30);
    for (const [place, bytes] of old.entries()) expect(Buffer.compare(read[place]!.bytes, bytes)).to.equal(0);
    expect(read.map(({ bytes }) => firstOf(bytes))).to.deep.equal([1, 2, 3]);
    // What an old batch named goes on when it has to leave.
    await buffer.stop();
    buffer = make({ capacityBytes: 20_000 });
    await buffer.start();
    for (let n = 0; n < 6; n += 1) await buffer.append([numberBlock(n, 500)], []);
    const told = () => buffer.read(0, 2 ** 30).flatMap(({ bytes }) => decodeBatch(bytes).gaps);
    const named = told();
    buffer.forget(sequences());
    for (let n = 0; n < 2; n += 1) await buffer.append([], []);
    named.push(...told());
    expect(named.map(({ reason }) => reason)).to.include.members(['source-queue-overflow', 'buffer-full']);
  });

  it('refuses a buffer of a newer format without touching it', async () => {
    await buffer.start();
    await buffer.append([numberBlock(0, 1)], []);
    await buffer.stop();
    const file = join(folder, 'buffer.mdb');
    const content = readFileSync(file);
    for (let at = content.indexOf('{"version":2'); at >= 0; at = content.indexOf('{"version":2', at + 1))
      content[at + 11] = 0x39;
    writeFileSync(file, content);
    expect(await refused(buffer.start())).to.include({ code: 'buffer-newer', reaction: 'stop' });
    expect(readdirSync(folder).some((name) => name.includes('damaged'))).to.equal(false);
  });

  it('stops without having started, starts twice, and refuses an append when stopped', async () => {
    await buffer.stop();
    expect(await refused(buffer.append([], []))).to.include({ reaction: 'retry' });
    mkdirSync(folder, { recursive: true });
    await buffer.start();
    await buffer.start();
    expect(buffer.state().batches).to.equal(0);
  });
});

const gapsOfOld = {
  fromSequence: -1,
  toSequence: -1,
  samples: 4,
  reason: 'source-queue-overflow',
  source: 'line-2',
} as const;

/** Samples an agent started now would find, should the one that runs be killed first. */
async function samplesIfKilled(folder: string): Promise<number> {
  const found = temporaryFolder();
  copyFileSync(join(folder, 'buffer.mdb'), join(found.folder, 'buffer.mdb'));
  const backlog = await backlogOf(found.folder);
  found.remove();
  return backlog?.samples ?? 0;
}

function forgettable(sequence: number, acknowledged: ReadonlyMap<number, number>): boolean {
  return acknowledged.has(sequence + 100) || acknowledged.has(sequence + 99);
}

/** Lets a real process append for a while, kills it, and returns what it had acknowledged. */
async function writeUntilKilled(folder: string, first: number, afterMs: number): Promise<[number, number][]> {
  const program = fileURLToPath(new URL('../../kit/buffer-writer.js', import.meta.url));
  const child = spawn(process.execPath, [program, folder, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    if (output === '') setTimeout(() => child.kill('SIGKILL'), afterMs);
    output += chunk.toString();
  });
  await once(child, 'close');
  return output
    .slice(0, output.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' ').map(Number) as [number, number]);
}
