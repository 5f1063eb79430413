import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StatusCode } from '@gongfu/shared/model/quality';
import type { Value, ValueType } from '@gongfu/shared/model/value-type';
import { expect } from 'chai';
import { OpcuaServerProcess, type OpcuaTypeName, type OpcuaVariable } from '#test/kit/opcua-server';
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

describe('OPC UA driver against a real server', function () {
  this.timeout(60_000);
  let folder = '';
  let server: OpcuaServerProcess;
  let rig: Rig | undefined;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gongfu-opcua-test-'));
    server = await OpcuaServerProcess.start({
      port: 0,
      folder,
      namespaces: [other, line],
      variables: [],
      itemsPerCallMax: 100,
    });
  });

  after(async () => {
    await server?.kill();
    await rm(folder, { recursive: true, force: true });
  });

  afterEach(async () => {
    await rig?.stop();
    rig = undefined;
  });

  /** The one server of this suite, with more variables. */
  async function serve({ variables }: { variables: readonly OpcuaVariable[] }): Promise<OpcuaServerProcess> {
    for (const each of variables) await server.add(each);
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
    const { endpoint } = await serve({ variables: [variable('s=Status', 'Double', 1)] });
    rig = await startDriver({ endpoint }, [tagOf(1, `nsu=${line};s=Status`, 'float64', { scale: 2, offset: 1 })]);
    const { writer } = rig;
    await until('the first value', () => writer.of(1).length === 1);
    await server.set(line, 's=Status', 4, { status: 'UncertainLastUsableValue' });
    await until('the uncertain value', () => writer.of(1).length === 2);
    await server.set(line, 's=Status', 5, { status: 'BadSensorFailure' });
    await until('the bad sample', () => writer.of(1).length === 3);
    await server.set(line, 's=Status', 6);
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

  it('refuses only the unknown tags among many, in calls no bigger than the server allows, and finds them later', async () => {
    const count = 500;
    const { endpoint } = await serve({
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
    const { endpoint } = await serve({ variables: [variable('s=Burst', 'Int32', 0)] });
    rig = await startDriver({ endpoint }, [
      tagOf(1, `nsu=${line};s=Burst`, 'int32', { intervalMs: 1_500, samplingInterval: 20, queueSize: 3 }),
    ]);
    const { writer } = rig;
    await until('the first value', () => writer.of(1).length === 1);
    for (let value = 1; value <= 12; value += 1) {
      await server.set(line, 's=Burst', value);
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

  it('asks the server for what each tag is set to: deadband, trigger, which value a full queue drops', async () => {
    const sourceTime = Date.now() - 5_000;
    const { endpoint } = await serve({
      variables: ['Plain', 'Band', 'Quiet', 'Timed', 'First'].map((name) =>
        variable(`s=Set${name}`, 'Double', 0, { sourceTime }),
      ),
    });
    rig = await startDriver({ endpoint }, [
      tagOf(1, `nsu=${line};s=SetPlain`, 'float64'),
      tagOf(2, `nsu=${line};s=SetBand`, 'float64', { serverDeadband: 2 }),
      tagOf(3, `nsu=${line};s=SetQuiet`, 'float64', { trigger: 'status' }),
      tagOf(4, `nsu=${line};s=SetTimed`, 'float64', { trigger: 'time' }),
      tagOf(5, `nsu=${line};s=SetFirst`, 'float64', {
        discardOldest: false,
        queueSize: 2,
        intervalMs: 1_500,
        samplingInterval: 20,
      }),
    ]);
    const { writer } = rig;
    await until('first values', () => [1, 2, 3, 4, 5].every((tag) => writer.of(tag).length > 0));
    for (const value of [1, 3, 3, 9]) {
      for (const name of ['Plain', 'Band', 'Quiet', 'Timed', 'First']) await server.set(line, `s=Set${name}`, value);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    await until('the last value', () => writer.present(1)?.value === 9 && writer.present(2)?.value === 9);
    await until('the queue', () => writer.of(5).length >= 2);
    const values = (tag: number): unknown[] => writer.of(tag).map(({ value }) => value);
    expect([1, 2, 3, 4].map(values)).to.deep.equal([[0, 1, 3, 9], [0, 3, 9], [0], [0, 1, 3, 3, 9]]);
    expect(values(5).slice(0, 2)).to.deep.equal([0, 1]);
  });

  it('makes one key for sources that start at once, and stops and starts again in any state', async () => {
    const { endpoint } = await serve({ variables: [variable('s=Key', 'Int32', 3)] });
    const tags = [tagOf(1, `nsu=${line};s=Key`, 'int32')];
    const rigs = await Promise.all([1, 2, 3].map(() => startDriver({ endpoint }, tags, folder)));
    try {
      await until('three values', () => rigs.every(({ writer }) => writer.present(1)?.value === 3));
      expect(await readdir(join(folder, 'pki', 'own', 'private'))).to.include('private_key.pem');
      for (const { driver } of rigs) await driver.stop();
      expect(rigs.map(({ driver }) => driver.health())).to.deep.equal(Array(3).fill({ state: 'stopped', detail: '' }));
      const [first] = rigs;
      for (const pauseMs of [0, 20, 150]) {
        await first!.driver.start();
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
        await first!.driver.stop();
      }
      await first!.driver.start();
      await until('connected again', () => first!.driver.health().state === 'connected');
    } finally {
      for (const each of rigs) await each.stop();
    }
  });
});
