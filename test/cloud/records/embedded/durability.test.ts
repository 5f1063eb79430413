import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { silentLogger } from '@gongfu/shared/base/logger';
import { expect } from 'chai';
import { connectRecords } from '#cloud/records/connect';
import { StoreFile } from '#cloud/records/embedded/store-file';

const writer = fileURLToPath(new URL('./writer-process.js', import.meta.url));

interface Said {
  open?: boolean;
  written?: number;
  refused?: string;
  detail?: string;
  failed?: string;
  ready?: boolean;
  readAfter?: string;
}

describe('embedded records on the disk', () => {
  let folder: string;
  const children = new Set<ChildProcess>();

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'records-'));
  });
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    children.clear();
    await rm(folder, { recursive: true, force: true });
  });

  const start = (onSaid: (said: Said) => void): ChildProcess => {
    const child = fork(writer, [folder], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    children.add(child);
    child.on('message', (said) => onSaid(said as Said));
    return child;
  };

  it('keep every acknowledged write through kill -9, again and again, and no half of a write', async () => {
    const acknowledged: number[] = [];
    for (const writes of [1, 7, 40]) {
      const before = acknowledged.length;
      const child = start(({ written }) => {
        if (written === undefined) return;
        acknowledged.push(written);
        if (acknowledged.length === before + writes) child.kill('SIGKILL');
      });
      await once(child, 'exit');
    }
    expect(acknowledged.length).to.be.at.least(48);
    const records = await connectRecords({ folder, log: silentLogger });
    const kept = new Set(await records.tenants.distinct('_id'));
    for (const first of acknowledged) {
      for (const offset of [0, 1, 2]) expect(kept.has(`t${first + offset}`), `t${first + offset}`).to.equal(true);
    }
    expect(kept.size % 3, 'each insertMany is whole or not there').to.equal(0);
    const counter = await records.counters.findById('written').lean();
    expect(counter?.next).to.be.at.least(Math.max(...acknowledged) + 2);
    expect(new Set(acknowledged).size, 'no number was given twice').to.equal(acknowledged.length);
    await records.close();
  });

  it('are closed to reads and writes when the disk takes no more, and keep what was acknowledged', async function () {
    if (process.platform === 'win32') this.skip();
    const limited = ['-c', 'ulimit -f 160; exec "$0" "$@"', process.execPath, writer, folder];
    const child = spawn('bash', limited, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    children.add(child);
    const acknowledged: number[] = [];
    const failed = await new Promise<Said>((resolve) => {
      child.on('message', (said: Said) => {
        if (said.written !== undefined) acknowledged.push(said.written);
        if (said.failed !== undefined) resolve(said);
      });
    });
    expect(failed).to.deep.equal({ failed: 'records-write-failed', ready: false, readAfter: 'records-write-failed' });
    const [code] = await once(child, 'exit');
    expect(code).to.equal(0);
    const records = await connectRecords({ folder, log: silentLogger });
    const kept = new Set(await records.tenants.distinct('_id'));
    expect(acknowledged.length).to.be.greaterThan(0);
    expect(acknowledged.filter((first) => !kept.has(`t${first + 2}`))).to.deep.equal([]);
    await records.close();
  });

  it('are refused to a second process, clearly, and to a second opening in the same', async () => {
    const first = await connectRecords({ folder, log: silentLogger });
    const said = await new Promise<Said>((resolve) => start(resolve));
    expect(said.refused).to.equal('records-in-use');
    expect(said.detail).to.include(String(process.pid)).and.include(folder);
    const again = await connectRecords({ folder, log: silentLogger }).catch((error: { code: string }) => error);
    expect(again).to.include({ code: 'records-in-use' });
    expect(first.ready()).to.equal(true);
    await first.counters.create({ _id: 'still', next: 1 });
    await first.close();
    const open = await new Promise<Said>((resolve) => start(resolve));
    expect(open.open).to.equal(true);
  });

  it('name a damaged record, and leave the folder free', async () => {
    const records = await connectRecords({ folder, log: silentLogger });
    await records.counters.create({ _id: 'tags', next: 7 });
    await records.close();
    const file = new StoreFile({ folder });
    file.open();
    await file.commit([{ collection: 'counters', key: 'stags', bytes: Buffer.from('no document') }]);
    await file.close();
    for (let times = 0; times < 2; times += 1) {
      const failure = await connectRecords({ folder, log: silentLogger }).catch((error: Error) => error);
      expect(failure)
        .to.include({ code: 'records-damaged' })
        .and.have.property('message')
        .that.includes('counters/stags');
    }
  });

  it('do not answer after close', async () => {
    const records = await connectRecords({ folder, log: silentLogger });
    await records.close();
    expect(records.ready()).to.equal(false);
    await records.counters.findById('x').then(
      () => expect.fail('answered'),
      (error: Error) => expect(error.message).to.match(/closed|connect/i),
    );
    await records.close();
  });

  it('refuse sessions and transactions, and whatever else only a server has', async () => {
    const records = await connectRecords({ folder, log: silentLogger });
    const failure = await records.tenants.startSession().catch((error: Error) => error);
    expect(failure).to.be.instanceOf(Error).and.have.property('message').that.includes('MONGODB_URI');
    const out = await records.tenants.aggregate([{ $out: 'elsewhere' }]).catch((error: Error) => error);
    expect(out).to.have.property('message').that.includes('$out');
    const partial = records.tenants.collection.createIndex({ name: 1 }, { partialFilterExpression: { a: 1 } });
    expect(await partial.catch((error: Error) => error))
      .to.have.property('message')
      .that.includes('partialFilterExpression');
    await records.close();
  });
});
