import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { type Python, requirePeers } from '#test/kit/python';
import { CuttableLine } from './cuttable-line.ts';
import { ForeignServer, type ForeignSetup, freePort } from './foreign-server.ts';
import { type Rig, startDriver, tagOf, until } from './recording.ts';

const line = 'http://line.test/';
const kept = { uri: line, id: 's=Kept', type: 'Int32', value: 0, history: true };
const curt = { uri: line, id: 's=Curt', type: 'Int32', value: 0, history: 'curt' } as const;
const plain = { uri: line, id: 's=Plain', type: 'Int32', value: 0 };
const still = { uri: line, id: 's=Still', type: 'Int32', value: 5, history: true };

// asyncua ends a session with its line: whatever was queued in it is gone.
describe('OPC UA driver after an outage whose queues are gone', function () {
  this.timeout(90_000);
  let python: Python;
  let server: ForeignServer | undefined;
  let cable: CuttableLine | undefined;
  let rig: Rig | undefined;

  before(async function () {
    python = await requirePeers(this);
  });

  afterEach(async () => {
    await rig?.stop();
    await cable?.close();
    await server?.kill();
    rig = undefined;
    cable = undefined;
    server = undefined;
  });

  /** Values 1 to 30 of every variable but the still one while the line is cut, 31 after it. */
  async function overCut(
    setup: Partial<ForeignSetup>,
    settings: object = {},
  ): Promise<Rig & { from: number; to: number }> {
    const variables = setup.variables ?? [kept, still];
    const port = await freePort();
    server = await ForeignServer.start(python, { port, namespaces: [line], variables, ...setup });
    cable = await CuttableLine.to(port);
    const tags = variables.map(({ id }, index) => tagOf(index + 1, `nsu=${line};${id}`, 'int32'));
    const endpoint = `opc.tcp://127.0.0.1:${cable.port}/`;
    const begun = await startDriver({ endpoint, ...settings }, tags);
    rig = begun;
    const { writer } = begun;
    await until('first values', () => tags.every(({ number }) => writer.of(number).length > 0), 30_000);
    await until('a sign of life', () => writer.aliveTimes.length > 0);
    cable.cut();
    await until('bad at the loss', () => tags.every(({ number }) => writer.present(number)?.value === null), 30_000);
    const from = Date.now();
    const changing = variables.filter(({ id }) => id !== still.id);
    for (let value = 1; value <= 30; value += 1) {
      for (const { uri, id } of changing) await server.tell({ uri, id, value });
      await wait(5);
    }
    const to = Date.now();
    cable.mend();
    await until('the value of now', () => writer.present(1)?.value === 30, 60_000);
    await server.tell({ uri: line, id: variables[0]!.id, value: 31 });
    await until('the value after it', () => writer.present(1)?.value === 31);
    await until(
      'a value of every tag',
      () => tags.every(({ number }) => writer.present(number)?.value !== null),
      30_000,
    );
    return { ...begun, from, to };
  }

  function valuesOf({ writer }: Rig, tag: number): unknown[] {
    return writer.of(tag).flatMap(({ value }) => (value === null ? [] : [value]));
  }

  const all = Array.from({ length: 32 }, (_, value) => value);

  it('reads from the history what it missed, once and in order, page by page or of answers cut short', async () => {
    const run = await overCut({ variables: [kept, curt, still], historyPage: 7 });
    for (const tag of [1, 2]) {
      const expected = tag === 1 ? all : all.slice(0, 31);
      expect(valuesOf(run, tag)).to.deep.equal(expected);
      const times = run.writer.of(tag).flatMap(({ time, value }) => (value === null ? [] : [time]));
      expect(times).to.deep.equal([...times].sort((one, other) => one - other));
    }
    expect(new Set(valuesOf(run, 3))).to.deep.equal(new Set([5]));
    expect(run.writer.losses).to.deep.equal([]);
    expect(run.log.join()).to.include('read from the history');
  });

  it('names the outage as missed where a tag has no history, and fills the others', async () => {
    const run = await overCut({ variables: [kept, plain] });
    expect(valuesOf(run, 1)).to.deep.equal(all);
    expect(valuesOf(run, 2)).to.deep.equal([0, 30]);
    expect(run.writer.losses.map(({ reason }) => reason)).to.deep.equal(['source-unreachable']);
    const [loss] = run.writer.losses;
    expect(loss!.from).to.be.at.most(run.from);
    expect(loss!.to).to.be.at.least(run.to);
  });

  it('leaves the history alone when told so', async () => {
    const run = await overCut({}, { history: false });
    expect(valuesOf(run, 1)).to.deep.equal([0, 30, 31]);
    expect(run.writer.losses.map(({ reason }) => reason)).to.deep.equal(['source-unreachable']);
  });
});
