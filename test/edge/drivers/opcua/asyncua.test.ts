import type { Value, ValueType } from '@gongfu/shared/model/value-type';
import { expect } from 'chai';
import { type Python, requirePeers } from '#test/kit/python';
import { ForeignServer, freePort } from './foreign-server.ts';
import { type Rig, startDriver, tagOf, until } from './recording.ts';

const line = 'http://line.test/';
const other = 'http://other.test/';

const scalars: readonly (readonly [ValueType, string, unknown, Value])[] = [
  ['bool', 'Boolean', true, true],
  ['int8', 'SByte', -128, -128],
  ['uint8', 'Byte', 255, 255],
  ['int16', 'Int16', -32768, -32768],
  ['uint16', 'UInt16', 65535, 65535],
  ['int32', 'Int32', -2147483648, -2147483648],
  ['uint32', 'UInt32', 4294967295, 4294967295],
  ['int64', 'Int64', '-9223372036854775808', -9223372036854775808n],
  ['uint64', 'UInt64', '18446744073709551615', 18446744073709551615n],
  ['float32', 'Float', 1.5, 1.5],
  ['float64', 'Double', 0.1, 0.1],
  ['string', 'String', '工赋', '工赋'],
  ['string', 'LocalizedText', '运行', '运行'],
  ['string', 'DateTime', '2026-01-02T03:04:05', '2026-01-02T03:04:05.000Z'],
  ['string', 'Guid', '72962b91-fa75-4ae6-8d28-b404dc7daf63', '72962B91-FA75-4AE6-8D28-B404DC7DAF63'],
  ['string', 'ByteString', '01fe00', 'Af4A'],
  ['string', 'XmlElement', '<a>甲</a>', '<a>甲</a>'],
  ['string', 'NodeId', 'ns=2;s=Line1', 'ns=2;s=Line1'],
  ['string', 'QualifiedName', '2:Line1', '2:Line1'],
  ['string', 'StatusCode', 0x80050000, 'BadCommunicationError'],
];

describe('OPC UA driver against asyncua', function () {
  this.timeout(60_000);
  let python: Python;
  let server: ForeignServer | undefined;
  let rig: Rig | undefined;

  before(async function () {
    python = await requirePeers(this);
  });

  afterEach(async () => {
    await rig?.stop();
    await server?.kill();
    rig = undefined;
    server = undefined;
  });

  it('writes every type it has a value for, and keeps what the server says', async () => {
    const values: readonly (readonly [number, Value])[] = [
      [0, false],
      [1, 127],
      [2, 0],
      [3, -1],
      [4, 1],
      [5, 2147483647],
      [6, 1],
      [7, 9223372036854775807n],
      [8, 18446744073709551614n],
      [9, -0.25],
      [10, 1e300],
      [11, '配方'],
      [12, '停'],
    ];
    const port = await freePort();
    const variables = scalars.map(([, type, value], index) => ({
      uri: line,
      id: `s=V${index}`,
      type,
      value,
      writable: index > 0,
    }));
    server = await ForeignServer.start(python, { port, namespaces: [other, line], variables });
    const tags = scalars.map(([type], index) => tagOf(index + 1, `nsu=${line};s=V${index}`, type));
    const begun = await startDriver({ endpoint: `opc.tcp://127.0.0.1:${port}/` }, tags);
    rig = begun;
    const { driver } = begun;
    await until('connected', () => driver.health().state === 'connected', 30_000);
    const write = (index: number, value: Value) =>
      driver.write!({ tag: index + 1, value: value!, guards: [], permit: () => undefined });
    for (const [index, value] of values.slice(1)) {
      expect(await write(index, value), `V${index}`).to.deep.equal({ outcome: 'confirmed', held: value });
      expect(await driver.readOne!(index + 1)).to.deep.equal({ status: 0, value });
    }
    expect(await write(0, false)).to.deep.equal({ outcome: 'refused', detail: 'BadUserAccessDenied' });
    for (const [index, value] of [
      [1, 128],
      [4, 1.5],
      [7, 2n ** 63n],
      [9, 1e39],
      [11, true],
      [13, '2026-01-02T03:04:06.000Z'],
    ] as const) {
      expect(await write(index, value), `V${index}`).to.include({ outcome: 'unsent', reason: 'value-unfit' });
    }
  });

  it('writes no element where the server would take it for the whole array', async () => {
    const port = await freePort();
    const variables = [{ uri: line, id: 's=Speeds', type: 'Float', value: [1, 2, 3], writable: true }];
    server = await ForeignServer.start(python, { port, namespaces: [line], variables });
    const tags = [0, 1, 2].map((element) => tagOf(element + 1, `nsu=${line};s=Speeds`, 'float32', { element }));
    const begun = await startDriver({ endpoint: `opc.tcp://127.0.0.1:${port}/` }, tags);
    rig = begun;
    const { driver } = begun;
    await until('connected', () => driver.health().state === 'connected', 30_000);
    const answer = await driver.write!({ tag: 2, value: 9, guards: [], permit: () => undefined });
    expect(answer).to.include({ outcome: 'unsent', reason: 'value-unfit' });
    expect((answer as { detail: string }).detail).to.include('cannot be read by index range');
    for (const tag of [1, 2, 3]) expect(await driver.readOne!(tag)).to.deep.equal({ status: 0, value: tag });
  });

  it('reads every type, every change and status', async () => {
    const port = await freePort();
    const variables = scalars.map(([, type, value], index) => ({ uri: line, id: `s=V${index}`, type, value }));
    variables.push({ uri: line, id: 's=Count', type: 'UInt64', value: '0' });
    server = await ForeignServer.start(python, { port, namespaces: [other, line], variables });
    const tags = scalars.map(([type], index) => tagOf(index + 1, `nsu=${line};s=V${index}`, type));
    const count = tagOf(99, `nsu=${line};s=Count`, 'uint64', { intervalMs: 50, queueSize: 1_000 });
    rig = await startDriver({ endpoint: `opc.tcp://127.0.0.1:${port}/` }, [...tags, count]);
    const { writer } = rig;
    await until('first values', () => [...tags, count].every((tag) => writer.of(tag.number).length > 0), 30_000);
    expect(tags.map((tag) => writer.of(tag.number)[0]!.value)).to.deep.equal(scalars.map(([, , , value]) => value));
    const beyond = 2n ** 63n;
    for (let step = 1n; step <= 300n; step += 1n) {
      await server.tell({ uri: line, id: 's=Count', value: String(beyond + step) });
    }
    await server.tell({ uri: line, id: 's=V9', value: 2.5, status: 0x40900000 });
    await server.tell({ uri: line, id: 's=V10', value: 0, status: 0x808c0000 });
    await until('the last change', () => writer.present(11)?.status === 0x808c0000, 30_000);
    await until('all counts', () => writer.of(99).length >= 301, 30_000);
    const counts = writer.of(99).map(({ value }) => value);
    expect(counts).to.deep.equal([0n, ...Array.from({ length: 300 }, (_, step) => beyond + BigInt(step + 1))]);
    const { value, status } = writer.present(10)!;
    expect([value, status]).to.deep.equal([2.5, 0x40900000]);
    expect(writer.present(11)!.value).to.equal(null);
  });

  it('reads elements of arrays and an enumeration', async () => {
    const variables = [
      { uri: line, id: 's=Wide', type: 'UInt64', value: ['1', '18446744073709551615', '3'] },
      { uri: line, id: 's=Temps', type: 'Double', value: [1.5, 2.5] },
      { uri: line, id: 's=Names', type: 'String', value: ['甲', '乙'] },
      { uri: line, id: 's=Mode', type: 'Mode', value: 2 },
    ];
    server = await ForeignServer.start(python, { port: await freePort(), namespaces: [line], variables });
    rig = await startDriver({ endpoint: server.endpoint }, [
      tagOf(1, `nsu=${line};s=Wide`, 'uint64', { element: 1 }),
      tagOf(2, `nsu=${line};s=Temps`, 'float64', { element: 0, scale: 2 }),
      tagOf(3, `nsu=${line};s=Names`, 'string', { element: 1 }),
      tagOf(4, `nsu=${line};s=Mode`, 'int32'),
      tagOf(5, `nsu=${line};s=Temps`, 'float64', { element: 2 }),
    ]);
    const { writer, driver } = rig;
    await until('first values', () => [1, 2, 3, 4, 5].every((tag) => writer.of(tag).length > 0), 30_000);
    expect([1, 2, 3, 4, 5].map((tag) => writer.present(tag)!.value)).to.deep.equal([2n ** 64n - 1n, 3, '乙', 2, null]);
    expect(driver.health().detail).to.equal('tag-5 is declared float64, the server sends 2 Double, none of them at 2');
    await server.tell({ uri: line, id: 's=Temps', value: [4, 5, 6] });
    await until('the third value', () => writer.present(5)?.value === 6);
    expect(writer.present(2)!.value).to.equal(8);
  });

  it('reads fields of a structure, and says which field is not there', async () => {
    const job = { Id: '18446744073709551615', Name: '甲', Where: [1.5, -2], Speeds: [1.5, 2.5], Mode: 2 };
    const variables = [{ uri: line, id: 's=Job', type: 'Job', value: job }];
    server = await ForeignServer.start(python, { port: await freePort(), namespaces: [line], variables });
    const fields = [
      ['Id', 'uint64'],
      ['Name', 'string'],
      ['Where.X', 'float64'],
      ['Where.Y', 'int32'],
      ['Speeds[1]', 'float32'],
      ['Mode', 'int32'],
    ] as const;
    const tags = fields.map(([field, type], index) => tagOf(index + 1, `nsu=${line};s=Job`, type, { field }));
    rig = await startDriver({ endpoint: server.endpoint }, [
      ...tags,
      tagOf(7, `nsu=${line};s=Job`, 'int32', { field: 'Where.Z' }),
    ]);
    const { writer, driver } = rig;
    await until('first values', () => [1, 2, 3, 4, 5, 6, 7].every((tag) => writer.of(tag).length > 0), 30_000);
    const seen = (): Value[] => [1, 2, 3, 4, 5, 6, 7].map((tag) => writer.present(tag)!.value);
    expect(seen()).to.deep.equal([2n ** 64n - 1n, '甲', 1.5, -2, 2.5, 2, null]);
    expect(driver.health().detail).to.equal('tag-7 is declared int32, the server sends no field Where.Z');
    await server.tell({ uri: line, id: 's=Job', value: { ...job, Id: '7', Where: [0.1, 8] } });
    await until('the change', () => writer.present(4)?.value === 8);
    await until('all of it', () => writer.present(1)?.value === 7n && writer.present(3)?.value === 0.1);
    expect(seen()).to.deep.equal([7n, '甲', 0.1, 8, 2.5, 2, null]);
  });

  it('keeps values with their tags when namespaces are swapped by a restart', async () => {
    const port = await freePort();
    const variables = [
      { uri: line, id: 's=V', type: 'Int32', value: 100 },
      { uri: other, id: 's=V', type: 'Int32', value: 200 },
    ];
    server = await ForeignServer.start(python, { port, namespaces: [other, line], variables });
    rig = await startDriver({ endpoint: `opc.tcp://127.0.0.1:${port}/` }, [
      tagOf(1, 'ns=3;s=V', 'int32'),
      tagOf(2, `nsu=${other};s=V`, 'int32'),
    ]);
    const { writer } = rig;
    await until('first values', () => writer.present(1)?.value === 100 && writer.present(2)?.value === 200, 30_000);
    await server.kill();
    await until('bad at the loss', () => writer.present(1)?.value === null && writer.present(2)?.value === null);
    server = await ForeignServer.start(python, { port, namespaces: [line, other], variables });
    await until('values again', () => [1, 2].every((tag) => typeof writer.present(tag)?.value === 'number'), 30_000);
    const seen = (tag: number): Set<Value> => new Set(writer.of(tag).map(({ value }) => value));
    expect(seen(1)).to.deep.equal(new Set([100, null]));
    expect(seen(2)).to.deep.equal(new Set([200, null]));
  });

  it('hears an alarm of a server that knows no types of alarms, from before and after it came', async () => {
    const port = await freePort();
    const variables = [{ uri: line, id: 's=Count', type: 'Int32', value: 1 }];
    server = await ForeignServer.start(python, { port, namespaces: [other, line], variables });
    const hot = { uri: line, id: 'Press.Hot', active: true, acknowledged: false, retain: true, severity: 700 };
    await server.alarm({ ...hot, message: '炉温过高' });
    const tag = tagOf(1, `nsu=${line};s=Count`, 'int32');
    rig = await startDriver({ endpoint: server.endpoint, alarms: {} }, [tag]);
    const { conditions } = rig;
    await until('refreshed', () => conditions.told.some(({ kind }) => kind === 'refreshed'));
    expect(conditions.states).to.have.length(1);
    expect(conditions.states[0]).to.include({ condition: `nsu=${line};s=Press.Hot`, type: 'ExclusiveLevelAlarmType' });
    expect(conditions.states[0]).to.include({ message: '炉温过高', severity: 700, active: true, acknowledged: false });
    await server.alarm({ ...hot, active: false, acknowledged: true, retain: false, severity: 1, message: 'cool' });
    await until('the end', () => conditions.states.at(-1)?.retain === false);
    expect(conditions.states.at(-1)).to.include({ message: 'cool', active: false, acknowledged: true });
  });
});
