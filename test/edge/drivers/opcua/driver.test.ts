import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StatusCode } from '@gongfu/shared/model/quality';
import type { Value, ValueType } from '@gongfu/shared/model/value-type';
import { expect } from 'chai';
import {
  type OpcuaServerOptions,
  OpcuaServerProcess,
  type OpcuaTypeName,
  type OpcuaVariable,
} from '#test/kit/opcua-server';
import { CuttableLine } from './cuttable-line.ts';
import { type Rig, startDriver, tagOf, until } from './recording.ts';

const line = 'http://line.test/';
const other = 'http://other.test/';

function variable(
  identifier: string,
  type: OpcuaTypeName,
  value: unknown,
  more: Partial<OpcuaVariable> = {},
): OpcuaVariable {
  return { namespaceUri: line, identifier, type, value, ...more };
}

/** Every scalar with its limits: declared type, type of the server, what it holds, what we must see. */
const scalars: readonly (readonly [ValueType, OpcuaTypeName, unknown, Value])[] = [
  ['bool', 'Boolean', true, true],
  ['int8', 'SByte', -128, -128],
  ['uint8', 'Byte', 255, 255],
  ['int16', 'Int16', -32768, -32768],
  ['uint16', 'UInt16', 65535, 65535],
  ['int32', 'Int32', -2147483648, -2147483648],
  ['uint32', 'UInt32', 4294967295, 4294967295],
  ['int64', 'Int64', '-9223372036854775808', -9223372036854775808n],
  ['int64', 'Int64', '9223372036854775807', 9223372036854775807n],
  ['int64', 'Int64', '-1', -1n],
  ['uint64', 'UInt64', '18446744073709551615', 18446744073709551615n],
  ['uint64', 'UInt64', '9007199254740993', 9007199254740993n],
  ['float32', 'Float', 1.5, 1.5],
  ['float64', 'Double', 0.1, 0.1],
  ['float64', 'Float', 0.1, Math.fround(0.1)],
  ['float64', 'Int32', -7, -7],
  ['int64', 'UInt32', 4294967295, 4294967295n],
  ['string', 'String', '工赋 ✓', '工赋 ✓'],
  ['string', 'DateTime', '2026-01-02T03:04:05.678Z', '2026-01-02T03:04:05.678Z'],
  ['string', 'LocalizedText', { locale: 'zh', text: '运行' }, '运行'],
  ['string', 'NodeId', 'ns=0;i=2258', 'ns=0;i=2258'],
  ['string', 'Guid', '72962B91-FA75-4AE6-8D28-B404DC7DAF63', '72962B91-FA75-4AE6-8D28-B404DC7DAF63'],
];

describe('OPC UA driver against a real server', () => {
  let folder = '';
  let server: OpcuaServerProcess | undefined;
  let rig: Rig | undefined;
  let cable: CuttableLine | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gongfu-opcua-test-'));
  });

  afterEach(async () => {
    await rig?.stop();
    await server?.kill();
    await cable?.close();
    cable = undefined;
    rig = undefined;
    server = undefined;
    await rm(folder, { recursive: true, force: true });
  });

  async function serve(options: Partial<OpcuaServerOptions>): Promise<OpcuaServerProcess> {
    server = await OpcuaServerProcess.start({ port: 0, folder, namespaces: [other, line], variables: [], ...options });
    return server;
  }

  it('carries every scalar type exactly, 64-bit limits included', async () => {
    const sourceTime = Date.now() - 5_000;
    const { endpoint } = await serve({
      variables: scalars.map(([, type, value], index) => variable(`s=V${index}`, type, value, { sourceTime })),
    });
    rig = await startDriver(
      { endpoint },
      scalars.map(([type], index) => tagOf(index + 1, `nsu=${line};s=V${index}`, type)),
    );
    const { writer } = rig;
    await until('one sample a tag', () => scalars.every((_, index) => writer.of(index + 1).length > 0));
    const seen = scalars.map((_, index) => writer.of(index + 1)[0]!);
    expect(seen.map(({ value }) => value)).to.deep.equal(scalars.map(([, , , value]) => value));
    expect(new Set(seen.map(({ status }) => status))).to.deep.equal(new Set([StatusCode.Good]));
    expect(new Set(seen.map(({ time }) => time))).to.deep.equal(new Set([sourceTime]));
    expect(rig.driver.health()).to.deep.equal({ state: 'connected', detail: '' });
  });

  it('writes bad what the declared type cannot hold, and says which tag', async () => {
    const { endpoint } = await serve({
      variables: [
        variable('s=Fraction', 'Double', 3.5),
        variable('s=Big', 'Int32', 70_000),
        variable('s=Wide', 'UInt64', '9223372036854775808'),
        variable('s=Text', 'String', '12'),
        variable('s=List', 'Int32', [1, 2, 3], { array: true }),
        variable('s=NaN', 'Double', 'NaN'),
        variable('s=Empty', 'Null', null),
      ],
    });
    const tags = [
      tagOf(1, `nsu=${line};s=Fraction`, 'int32'),
      tagOf(2, `nsu=${line};s=Big`, 'uint16'),
      tagOf(3, `nsu=${line};s=Wide`, 'int64'),
      tagOf(4, `nsu=${line};s=Text`, 'float64'),
      tagOf(5, `nsu=${line};s=List`, 'int32'),
      tagOf(6, `nsu=${line};s=NaN`, 'float64'),
      tagOf(7, `nsu=${line};s=Empty`, 'float64'),
    ];
    rig = await startDriver({ endpoint }, tags);
    const { writer, driver } = rig;
    await until('one sample a tag', () => tags.every((tag) => writer.of(tag.number).length > 0));
    const statuses = tags.map((tag) => writer.of(tag.number)[0]!);
    expect(statuses.map(({ value }) => value)).to.deep.equal(tags.map(() => null));
    expect(statuses.slice(0, 5).map(({ status }) => status)).to.deep.equal(Array(5).fill(StatusCode.BadTypeMismatch));
    expect(statuses[5]!.status).to.equal(StatusCode.BadOutOfRange);
    expect(statuses[6]!.status).to.equal(StatusCode.BadWaitingForInitialData);
    expect(driver.health().detail).to.equal('tag-1 is declared int32, the server sends Double 3.5');
  });

  it('passes on bad and uncertain status; only bad has no value', async () => {
    const { endpoint } = await serve({ variables: [variable('s=A', 'Double', 1)] });
    rig = await startDriver({ endpoint }, [tagOf(1, `nsu=${line};s=A`, 'float64', { scale: 2, offset: 1 })]);
    const { writer } = rig;
    await until('the first value', () => writer.of(1).length === 1);
    await server!.set(line, 's=A', 4, { status: 'UncertainLastUsableValue' });
    await until('the uncertain value', () => writer.of(1).length === 2);
    await server!.set(line, 's=A', 5, { status: 'BadSensorFailure' });
    await until('the bad sample', () => writer.of(1).length === 3);
    await server!.set(line, 's=A', 6);
    await until('the last value', () => writer.of(1).length === 4);
    expect(writer.of(1).map(({ value, status }) => [value, status])).to.deep.equal([
      [3, 0],
      [9, StatusCode.UncertainLastUsableValue],
      [null, 0x808c0000],
      [13, 0],
    ]);
    await until('a sign of life', () => writer.aliveTimes.length > 0);
    expect(Math.abs(writer.aliveTimes.at(-1)! - Date.now())).to.be.lessThan(5_000);
  });

  it('keeps each value with its tag when a restarted server has swapped its namespaces', async () => {
    const variables = [variable('s=V', 'Int32', 100), { ...variable('s=V', 'Int32', 200), namespaceUri: other }];
    const first = await serve({ variables });
    const tags = [
      tagOf(1, 'ns=3;s=V', 'int32'),
      tagOf(2, 'ns=2;s=V', 'int32'),
      tagOf(3, `nsu=${line};s=V`, 'int32'),
      tagOf(4, `nsu=${other};s=V`, 'int32'),
    ];
    rig = await startDriver({ endpoint: first.endpoint }, tags);
    const { writer } = rig;
    await until('first values', () => tags.every((tag) => writer.present(tag.number)?.value !== undefined));
    await first.kill();
    await until('bad at the loss', () => tags.every((tag) => writer.present(tag.number)?.value === null));
    const before = writer.samples.length;
    expect(writer.samples.filter(({ value }) => value === null)).to.have.length(tags.length);
    await serve({ port: first.port, variables, namespaces: [line, other] });
    await until('values again', () => tags.every((tag) => writer.present(tag.number)?.value !== null));
    const after = writer.samples.slice(before);
    expect(new Set(after.filter(({ tag }) => tag === 1 || tag === 3).map(({ value }) => value))).to.deep.equal(
      new Set([100]),
    );
    expect(new Set(after.filter(({ tag }) => tag === 2 || tag === 4).map(({ value }) => value))).to.deep.equal(
      new Set([200]),
    );
  }).timeout(40_000);

  it('writes bad once while the server is absent and connects when it appears', async () => {
    const first = await serve({ variables: [variable('s=A', 'Int32', 7, { sourceTime: Date.now() - 3_600_000 })] });
    const { port, endpoint } = first;
    await first.kill();
    rig = await startDriver({ endpoint }, [tagOf(1, `nsu=${line};s=A`, 'int32')]);
    const { writer, driver } = rig;
    await until('the bad sample', () => writer.of(1).length > 0);
    expect(driver.health().state).to.equal('failing');
    expect(driver.health().detail).to.include(endpoint);
    await serve({ port, variables: [variable('s=A', 'Int32', 7, { sourceTime: Date.now() - 3_600_000 })] });
    await until('the value', () => writer.present(1)?.value === 7);
    expect(writer.of(1).filter(({ value }) => value === null)).to.have.length(1);
    expect(rig.log.filter((text) => text.includes('opcua-unreachable'))).to.have.length(1);
  }).timeout(40_000);

  it('refuses only the unknown tags among many, in calls no bigger than the server allows, and finds them later', async () => {
    const count = 500;
    const { endpoint } = await serve({
      itemsPerCallMax: 100,
      variables: Array.from({ length: count }, (_, index) => variable(`i=${1000 + index}`, 'Int32', index)),
    });
    const tags = Array.from({ length: count }, (_, index) =>
      tagOf(index + 1, `nsu=${line};i=${1000 + index}`, 'int32'),
    );
    const unknown = [
      tagOf(901, `nsu=${line};s=Nowhere`, 'int32'),
      tagOf(902, 'nsu=http://nobody.test/;s=X', 'int32'),
      tagOf(903, 'ns=77;s=X', 'int32'),
    ];
    rig = await startDriver({ endpoint }, [...tags.slice(0, 250), ...unknown, ...tags.slice(250)]);
    const { writer, driver } = rig;
    await until('all values', () => writer.samples.length >= count + unknown.length);
    expect(tags.map((tag) => writer.present(tag.number)?.value)).to.deep.equal(tags.map((_, index) => index));
    expect(unknown.map((tag) => writer.of(tag.number).map(({ status }) => status))).to.deep.equal(
      unknown.map(() => [StatusCode.BadNodeIdUnknown]),
    );
    expect(driver.health()).to.deep.equal({
      state: 'connected',
      detail: '3 tags refused, as tag-901: BadNodeIdUnknown',
    });
  });

  it('names what the server had to drop', async () => {
    const { endpoint } = await serve({ variables: [variable('s=A', 'Int32', 0)] });
    rig = await startDriver({ endpoint }, [
      tagOf(1, `nsu=${line};s=A`, 'int32', { intervalMs: 1_500, samplingInterval: 20, queueSize: 3 }),
    ]);
    const { writer } = rig;
    await until('the first value', () => writer.of(1).length === 1);
    for (let value = 1; value <= 12; value += 1) {
      await server!.set(line, 's=A', value);
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    await until('the last value', () => writer.present(1)?.value === 12);
    expect(writer.losses.length).to.be.greaterThan(0);
    const times = writer.of(1).map(({ time }) => time);
    for (const { from, to } of writer.losses) {
      expect(times).to.include(from);
      expect(times).to.include(to);
      expect(to).to.be.greaterThan(from);
    }
    expect(new Set(writer.of(1).map(({ status }) => status))).to.deep.equal(new Set([0]));
  });

  it('loses nothing the server kept while it was frozen, and states unchanged values again', async () => {
    const { endpoint } = await serve({ variables: [variable('s=A', 'Int32', 0), variable('s=Still', 'Int32', 5)] });
    rig = await startDriver({ endpoint, timeout: '2s' }, [
      tagOf(1, `nsu=${line};s=A`, 'int32'),
      tagOf(2, `nsu=${line};s=Still`, 'int32'),
    ]);
    const { writer } = rig;
    await until('first values', () => writer.of(1).length === 1 && writer.of(2).length === 1);
    server!.freeze();
    await until('bad at the loss', () => writer.present(2)?.value === null, 30_000);
    server!.thaw();
    await server!.set(line, 's=A', 1);
    await until('the changed value', () => writer.present(1)?.value === 1, 30_000);
    await until('the unchanged value', () => writer.present(2)?.value === 5, 30_000);
    expect(writer.of(2).filter(({ value }) => value === null)).to.have.length(1);
  }).timeout(60_000);

  it('delivers every value of a time when the line was cut, at its own source time', async () => {
    const { port } = await serve({ variables: [variable('s=A', 'Int32', 0), variable('s=Still', 'Int32', 5)] });
    cable = await CuttableLine.to(port);
    rig = await startDriver({ endpoint: `opc.tcp://127.0.0.1:${cable.port}` }, [
      tagOf(1, `nsu=${line};s=A`, 'int32'),
      tagOf(2, `nsu=${line};s=Still`, 'int32'),
    ]);
    const { writer } = rig;
    await until('first values', () => writer.of(1).length === 1 && writer.of(2).length === 1);
    cable.cut();
    await until('bad at the loss', () => writer.present(1)?.value === null && writer.present(2)?.value === null);
    const times: number[] = [];
    for (let value = 1; value <= 8; value += 1) {
      times.push(Date.now());
      await server!.set(line, 's=A', value, { sourceTime: times.at(-1)! });
      await new Promise((resolve) => setTimeout(resolve, 120));
    }
    cable.mend();
    await until('the last value', () => writer.present(1)?.value === 8, 30_000);
    await until('the unchanged value', () => writer.present(2)?.value === 5, 30_000);
    const during = writer
      .of(1)
      .filter(({ value, time }) => value !== null && time >= times[0]! && time <= times.at(-1)!);
    expect(during.map(({ value }) => value)).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(during.map(({ time }) => time)).to.deep.equal(times);
    expect(writer.losses).to.deep.equal([]);
    expect(rig.driver.health()).to.deep.equal({ state: 'connected', detail: '' });
  }).timeout(60_000);

  it('signs in with user and password, encrypted, only to a server a person trusts', async () => {
    const { endpoint } = await serve({ user: 'edge', password: 'Geheim-77', variables: [variable('s=A', 'Int32', 3)] });
    const tags = [tagOf(1, `nsu=${line};s=A`, 'int32')];
    const settings = { endpoint, securityPolicy: 'Basic256Sha256', user: 'edge', password: 'Geheim-77' };
    const first = await startDriver(settings, tags, folder);
    rig = first;
    await until('the refusal', () => first.driver.health().state === 'failing');
    expect(first.driver.health().detail).to.include('is not trusted by this gateway');
    expect(first.driver.health().detail).to.include(join(folder, 'pki', 'rejected'));
    await trustRejected(join(folder, 'pki'));
    await until('the value', () => first.writer.present(1)?.value === 3, 30_000);
    await first.stop();
    rig = await startDriver({ ...settings, password: 'wrong-99' }, tags, folder);
    await until('the refused sign-in', () => rig!.driver.health().state === 'failing');
    expect(rig.driver.health().detail).to.include('refuses the sign-in of edge');
    expect([...rig.log, ...first.log].join()).not.to.match(/Geheim-77|wrong-99/);
  }).timeout(60_000);
});

async function trustRejected(pki: string): Promise<void> {
  const { readdir, rename } = await import('node:fs/promises');
  const files = await readdir(join(pki, 'rejected'));
  expect(files).to.have.length(1);
  for (const file of files) await rename(join(pki, 'rejected', file), join(pki, 'trusted', 'certs', file));
}
