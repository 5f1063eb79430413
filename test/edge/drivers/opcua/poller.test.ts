import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StatusCode } from '@gongfu/shared/model/quality';
import { expect } from 'chai';
import { OpcuaServerProcess } from '#test/kit/opcua-server';
import { type Rig, startDriver, tagOf, until } from './recording.ts';

const line = 'http://line.test/';

describe('OPC UA driver that polls', function () {
  this.timeout(60_000);
  let folder = '';
  let server: OpcuaServerProcess | undefined;
  let rig: Rig | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gongfu-opcua-poll-'));
  });

  afterEach(async () => {
    await rig?.stop();
    await server?.kill();
    rig = undefined;
    server = undefined;
    await rm(folder, { recursive: true, force: true });
  });

  it('writes one sample a tag at each poll, bad ones while the server is away', async () => {
    const sourceTime = Date.now() - 3_600_000;
    server = await OpcuaServerProcess.start({
      port: 0,
      folder,
      namespaces: [line],
      variables: [
        { namespaceUri: line, identifier: 's=A', type: 'Int32', value: 7, sourceTime },
        { namespaceUri: line, identifier: 's=Wide', type: 'UInt64', value: '18446744073709551615', sourceTime },
        { namespaceUri: line, identifier: 's=Text', type: 'String', value: '甲', sourceTime },
      ],
    });
    const begun = await startDriver({ endpoint: server.endpoint, mode: 'poll' }, [
      tagOf(1, `nsu=${line};s=A`, 'int32'),
      tagOf(2, `nsu=${line};s=Wide`, 'uint64'),
      tagOf(3, `nsu=${line};s=Text`, 'int32'),
      tagOf(4, `nsu=${line};s=Nowhere`, 'int32'),
      tagOf(5, 'nsu=http://nobody.test/;s=A', 'int32'),
      tagOf(6, `nsu=${line};s=A`, 'int32', { intervalMs: 5_000 }),
    ]);
    rig = begun;
    const { driver, writer } = begun;
    expect(driver.groups.map(({ intervalMs, tags }) => [intervalMs, tags.length])).to.deep.equal([
      [100, 5],
      [5_000, 1],
    ]);
    const [fast, slow] = driver.groups;
    await until('connected', () => driver.health().state === 'connected');
    const before = Date.now();
    await driver.poll(fast!);
    await driver.poll(slow!);
    const rows = (from: number): unknown[] =>
      writer.samples.slice(from).map(({ tag, value, status }) => [tag, value, status]);
    expect(rows(0)).to.deep.equal([
      [1, 7, 0],
      [2, 2n ** 64n - 1n, 0],
      [3, null, StatusCode.BadTypeMismatch],
      [4, null, StatusCode.BadNodeIdUnknown],
      [5, null, StatusCode.BadNodeIdUnknown],
      [6, 7, 0],
    ]);
    expect(writer.samples.every(({ time }) => time >= before && time <= Date.now())).to.equal(true);
    expect(driver.health().detail).to.include('tag-3 is declared int32, the server sends String');
    await server.set(line, 's=A', 8);
    await driver.poll(slow!);
    expect(rows(6)).to.deep.equal([[6, 8, 0]]);
    await server.kill();
    await until('the loss', () => driver.health().state !== 'connected', 30_000);
    await driver.poll(slow!);
    expect(rows(7)).to.deep.equal([[6, null, StatusCode.BadNoCommunication]]);
    expect(writer.losses).to.deep.equal([]);
  });
});
