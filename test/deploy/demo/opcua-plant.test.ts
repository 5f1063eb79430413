import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  AttributeIds,
  type ClientSession,
  ClientSubscription,
  DataType,
  type DataValue,
  OPCUAClient,
  StatusCodes,
  setErrorLogger,
  setWarningLogger,
  TimestampsToReturn,
} from 'node-opcua-client';
import { assemblyNamespace, assemblySignals } from '#deploy/demo/assembly-signals';
import { AssemblyLine } from '#deploy/demo/simulation/assembly-line';
import type { LedgerLine } from '#deploy/demo/simulation/ledger';
import { temporaryFolder } from '#test/kit/folders';
import { type RunningPlant, startOpcuaPlant } from '#test/kit/plant';

setWarningLogger(() => undefined);
setErrorLogger(() => undefined);

const journal = { state() {}, part() {}, energy() {} };
const signals = assemblySignals(new AssemblyLine({ seed: 'x', journal }), { speed: 1 });

describe('demonstration plant: line 2 over OPC UA', () => {
  const { folder, remove } = temporaryFolder();
  const ledger = join(folder, 'line-2.jsonl');
  let plant: RunningPlant;
  let client: OPCUAClient;
  let session: ClientSession;
  let namespace: number;

  before(async () => {
    plant = await startOpcuaPlant({ seed: 'opcua', speed: 300, paused: true, ledger, pki: join(folder, 'pki') });
    client = OPCUAClient.create({ endpointMustExist: false });
    await client.connect(`opc.tcp://127.0.0.1:${plant.port}`);
    session = await client.createSession();
    namespace = (await session.readNamespaceArray()).indexOf(assemblyNamespace);
  });
  after(async () => {
    await session.close();
    await client.disconnect();
    await plant.stop();
    remove();
  });

  const nodeIdOf = (identifier: string): string => `ns=${namespace};s=${identifier}`;

  /** The value as JSON shows it; 64-bit integers arrive as their two halves. */
  function jsonOf({ value: { value, dataType } }: DataValue): unknown {
    if (dataType !== DataType.Int64 && dataType !== DataType.UInt64) return value;
    const [high = 0, low = 0] = value as number[];
    const bits = (BigInt(high) << 32n) | BigInt(low);
    return (dataType === DataType.Int64 ? BigInt.asIntN(64, bits) : bits).toString();
  }

  async function readAll(): Promise<Map<string, DataValue>> {
    const nodes = signals.map(({ identifier }) => ({
      nodeId: nodeIdOf(identifier),
      attributeId: AttributeIds.Value,
    }));
    const values = await session.read(nodes);
    return new Map(signals.map(({ name }, index) => [name, values[index]!]));
  }

  it('shows every value with its type, 64-bit integers beyond 2^53 included', async () => {
    const { values } = await plant.control('/state');
    const read = await readAll();
    expect(namespace).to.be.greaterThan(0);
    for (const { name, dataType } of signals) {
      const data = read.get(name)!;
      expect(data.statusCode, name).to.equal(StatusCodes.Good);
      expect(DataType[data.value.dataType], name).to.equal(dataType);
      expect(jsonOf(data), name).to.equal(values[name]);
    }
    expect(new Set(signals.map(({ type }) => type)).size, 'types in use').to.equal(12);
    expect(BigInt(String(values['assembly.energy-watt-seconds'])) > 2n ** 63n).to.equal(true);
    expect(BigInt(String(values['station-1.spindle-position'])) < -(2n ** 53n)).to.equal(true);
  });

  it('pushes each state change with the ms at which the ledger has it, and counters that equal the parts', async () => {
    const subscription = ClientSubscription.create(session, {
      requestedPublishingInterval: 50,
      publishingEnabled: true,
    });
    const heard: { value: number; at: number }[] = [];
    const item = await subscription.monitor(
      { nodeId: nodeIdOf('Station2.StateDetail'), attributeId: AttributeIds.Value },
      { samplingInterval: 0, queueSize: 1_000, discardOldest: true },
      TimestampsToReturn.Source,
    );
    item.on('changed', ({ value, sourceTimestamp }: DataValue) => {
      heard.push({ value: value.value as number, at: sourceTimestamp?.getTime() ?? Number.NaN });
    });
    await plant.control('/run');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const { values } = await plant.control('/freeze');
    await new Promise((resolve) => setTimeout(resolve, 200));
    await subscription.terminate();

    const rows = (await readFile(ledger, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((row) => JSON.parse(row) as LedgerLine);
    const states = rows.filter((row) => row.kind === 'state').filter(({ machine }) => machine === 'station-2');
    expect(states.length).to.be.greaterThan(10);
    const told = new Set(heard.map(({ value, at }) => `${value}@${at}`));
    for (const { value, from } of states.slice(1))
      expect(told.has(`${value}@${from}`), `${value}@${from}`).to.equal(true);

    const read = await readAll();
    for (const station of ['station-1', 'station-2', 'station-3']) {
      const parts = rows.filter((row) => row.kind === 'part').filter(({ machine }) => machine === station);
      const last = parts.at(-1);
      expect(parts.length, station).to.be.greaterThan(5);
      expect(jsonOf(read.get(`${station}.processed`)!), station).to.equal((last?.counts.total ?? 0) % 2 ** 31);
      expect(read.get(`${station}.processed`)?.sourceTimestamp?.getTime(), station).to.equal(last?.at);
      expect(values[`${station}.defective`], station).to.equal(last?.counts.scrap);
      expect(Number(values[`${station}.state-detail`]) % 100).to.equal(values[`${station}.state`]);
    }
  });

  it('marks signals bad, and good again', async () => {
    await plant.control('/fault', { kind: 'bad', signals: ['station-1.torque'] });
    expect((await readAll()).get('station-1.torque')?.statusCode).to.equal(StatusCodes.BadDeviceFailure);
    expect((await readAll()).get('station-2.torque')?.statusCode).to.equal(StatusCodes.Good);
    await plant.control('/fault', { kind: 'off' });
    expect((await readAll()).get('station-1.torque')?.statusCode).to.equal(StatusCodes.Good);
    const refused = await plant.control('/fault', { kind: 'bad', signals: ['nobody'] }).catch((error: Error) => error);
    expect(refused).to.be.instanceOf(Error);
  });
});
