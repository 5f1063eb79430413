import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@gongfu/shared/base/logger';
import { expect } from 'chai';
import { connectRecords } from '#cloud/records/connect';
import { runProgram, startCloud } from '../../kit/programs.ts';

const bin = 'cloud/bin/gongfu-cloud.js';

describe('gongfu-cloud reset-password', function () {
  this.timeout(60_000);
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'reset-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const reset = (user: string, ...options: string[]) =>
    runProgram(bin, ['reset-password', '--user', user, ...options], { DATA_DIR: folder, MONGODB_URI: undefined });
  const signIn = async (url: string, password: string) => {
    const body = JSON.stringify({ user: 'admin', password });
    const headers = { 'content-type': 'application/json' };
    return (await fetch(`${url}/api/v1/sessions`, { method: 'POST', headers, body })).status;
  };

  it('waits for the service to be stopped, then gives a password that signs in instead of the old one', async () => {
    const cloud = await startCloud({ dataDir: folder });
    const old = cloud.password ?? '';
    try {
      const refused = await reset('admin');
      expect(refused.code).to.equal(1);
      expect(refused.stderr).to.include('records-in-use');
      expect(refused.stdout).to.equal('');
      expect(await signIn(cloud.url, old)).to.equal(201);
    } finally {
      await cloud.stop();
    }
    const unknown = await reset('nobody');
    expect(unknown.code).to.equal(1);
    expect(unknown.stderr).to.include('user-unknown');
    const { code, stdout, stderr } = await reset('admin');
    expect(code, stderr).to.equal(0);
    const password = /^user=admin password=(\S+)\n$/.exec(stdout)?.[1] ?? '';
    expect(stderr).to.not.include(password);
    const again = await startCloud({ dataDir: folder });
    try {
      expect(again.password).to.equal(undefined);
      expect(await signIn(again.url, old)).to.equal(401);
      expect(await signIn(again.url, password)).to.equal(201);
    } finally {
      await again.stop();
    }
  });

  it('takes the second step away only when told to', async () => {
    const open = () => connectRecords({ folder: join(folder, 'records'), log: silentLogger });
    const left = async () => {
      const records = await open();
      const count = await records.secondFactors.countDocuments();
      await records.close();
      return count;
    };
    const records = await open();
    const user = await records.users.findOne({ name: 'admin' }).lean();
    const factor = { _id: user!._id, tenantId: 'default', secret: 'A', createdAt: 0, confirmedAt: 1, lastStep: 0 };
    await records.secondFactors.create(factor);
    await records.close();
    expect((await reset('admin')).code).to.equal(0);
    expect(await left()).to.equal(1);
    expect((await reset('admin', '--second-factor')).code).to.equal(0);
    expect(await left()).to.equal(0);
  });
});
