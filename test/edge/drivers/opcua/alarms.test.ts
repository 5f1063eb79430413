import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type OpcuaAlarm, OpcuaServerProcess } from '#test/kit/opcua-server';
import { type Rig, startDriver, tagOf, until } from './recording.ts';

const press = 'http://press.test/';
const other = 'http://other.test/';
const overheat = { namespaceUri: press, identifier: 's=Press.Overheat' };
const tag = tagOf(1, `nsu=${press};s=Count`, 'int32');
const variables = [{ namespaceUri: press, identifier: 's=Count', type: 'Int32', value: 1 }] as const;

describe('alarms of an OPC UA server', function () {
  this.timeout(60_000);
  let folder = '';
  let server: OpcuaServerProcess;
  let rig: Rig | undefined;

  // The client throws where nobody catches; mocha lets that pass, a gateway would end.
  const thrown: unknown[] = [];
  const catchIt = (reason: unknown): void => void thrown.push(reason);

  before(async () => {
    process.on('unhandledRejection', catchIt);
    folder = await mkdtemp(join(tmpdir(), 'gongfu-opcua-alarms-'));
    server = await OpcuaServerProcess.start({ port: 0, folder, namespaces: [other, press], variables });
  });
  after(async () => {
    process.off('unhandledRejection', catchIt);
    await server?.kill();
    await rm(folder, { recursive: true, force: true });
  });
  afterEach(async () => {
    await rig?.stop();
    rig = undefined;
    expect(thrown).to.deep.equal([]);
  });

  const set = (alarm: Partial<OpcuaAlarm>): Promise<void> =>
    server.alarm({
      ...overheat,
      active: true,
      acknowledged: false,
      retain: true,
      severity: 700,
      message: '',
      ...alarm,
    });
  const start = async (alarms: object): Promise<Rig> => {
    rig = await startDriver({ endpoint: server.endpoint, alarms }, [tag]);
    return rig;
  };
  const heard = (what: string, of: Rig, holds: (state: Rig['conditions']['states'][number]) => boolean) =>
    until(what, () => of.conditions.states.some(holds));
  const refreshed = (of: Rig) => until('refreshed', () => of.conditions.told.some(({ kind }) => kind === 'refreshed'));

  it('tells what is there already, each change after it, and the end', async () => {
    await set({ message: '炉温过高' });
    const { conditions } = await start({});
    await refreshed(rig!);
    expect(conditions.told.map(({ kind }) => kind)).to.deep.equal(['condition', 'refreshed']);
    const [first] = conditions.states;
    expect(first).to.deep.include({ condition: `nsu=${press};s=Press.Overheat`, branch: '', name: 'Overheat' });
    expect(first).to.deep.include({ origin: '3:Press', type: 'DiscreteAlarmType', message: '炉温过高', severity: 700 });
    expect(first).to.deep.include({ active: true, acknowledged: false, retain: true });
    expect(first!.time).to.be.within(Date.now() - 60_000, Date.now());
    await set({ message: 'seen', acknowledged: true });
    await heard('acknowledged', rig!, ({ acknowledged }) => acknowledged === true);
    await set({ message: 'cool', active: false, acknowledged: true, retain: false, severity: 100 });
    await heard('the end', rig!, ({ retain }) => !retain);
    expect(conditions.states.at(-1)).to.deep.include({ active: false, message: 'cool', severity: 100 });
    await rig!.stop();
    expect(conditions.told.at(-1)!.kind).to.equal('unwatched');
  });

  it('leaves out what was never severe enough, and follows to its end what was', async () => {
    const { conditions } = await start({ severityMin: 500 });
    await refreshed(rig!);
    const low = { identifier: 's=Door.Open', severity: 499 };
    await set({ ...low, message: 'low' });
    await set({ message: 'high', severity: 500 });
    await set({ message: 'lower', severity: 10 });
    await set({ message: 'over', active: false, acknowledged: true, retain: false, severity: 10 });
    await set({ ...low, active: false, acknowledged: true, retain: false });
    await heard('the end', rig!, ({ message }) => message === 'over');
    // What was not acknowledged in the test before is a branch of its own, and still there.
    const present = conditions.states.filter(({ branch }) => branch === '');
    expect(present.map(({ message }) => message)).to.deep.equal(['high', 'lower', 'over']);
  });

  it('says that nobody watches while the server is away, and what is left of its alarms when it is back', async () => {
    await set({ message: 'before' });
    const { conditions } = await start({});
    await heard('before', rig!, ({ message }) => message === 'before');
    const { port } = server;
    await server.kill();
    await until('unwatched', () => conditions.told.at(-1)!.kind === 'unwatched');
    // Another order: by index the same alarm would now be another one.
    server = await OpcuaServerProcess.start({ port, folder, namespaces: [press, other], variables });
    const { condition, refresh } = conditions.states[0]!;
    await until('refreshed anew', () => conditions.told.at(-1)!.kind === 'refreshed');
    expect(conditions.states, 'nothing is told again').to.have.length(1);
    expect((conditions.told.at(-1) as { refresh: number }).refresh).to.be.greaterThan(refresh);
    await set({ message: 'after' });
    await heard('after', rig!, ({ message }) => message === 'after');
    expect(conditions.states.at(-1)!.condition).to.equal(condition);
    expect(rig!.driver.health().detail).to.equal('');
  });

  it('says of a node without events that it has none', async () => {
    const { driver } = await start({ notifier: 'i=85' });
    await until('told', () => driver.health().detail.includes('tells no alarms'));
    expect(driver.health().detail).to.include('i=85 has no events');
    expect(driver.health().state).to.equal('connected');
  });
});
