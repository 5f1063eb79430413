import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { temporaryFolder } from '#test/kit/folders';
import { OpcuaServerProcess } from '#test/kit/opcua-server';
import { requirePeers } from '#test/kit/python';
import { Relay } from '#test/kit/relay';
import { ForeignServer, freePort } from './foreign-server.ts';
import { type Rig, startDriver, tagOf, until } from './recording.ts';

const line = 'http://line.test/';
/** Ten minutes are `GONGFU_PARTITION_SECONDS=600`. */
const seconds = Number(process.env.GONGFU_PARTITION_SECONDS ?? 14);
const changeEveryMs = 200;

interface Change {
  readonly value: number;
  /** It happened between these, by the one clock of this machine. */
  readonly from: number;
  readonly to: number;
}

/** The wire between is silent, as a switch without power: no reset, no refusal. */
describe(`OPC UA driver over a partition of ${seconds} s`, function () {
  this.timeout(seconds * 1_000 + 240_000);
  const { folder, remove } = temporaryFolder();
  const closing: (() => Promise<void>)[] = [];

  after(async () => {
    for (const close of closing.reverse()) await close();
    remove();
  });

  /** A driver behind a wire of its own. */
  async function behind(port: number, id: string, settings: object): Promise<{ rig: Rig; relay: Relay }> {
    const relay = new Relay({ host: '127.0.0.1', port });
    const near = await relay.start();
    const rig = await startDriver({ endpoint: `opc.tcp://127.0.0.1:${near}`, ...settings }, [
      tagOf(1, `nsu=${line};${id}`, 'int32'),
    ]);
    closing.push(async () => {
      await rig.stop();
      await relay.stop();
    });
    return { rig, relay };
  }

  it('delivers each value once, late or from the history, or a gap record names it', async function () {
    const python = await requirePeers(this);
    const server = await OpcuaServerProcess.start({
      port: 0,
      folder,
      namespaces: [line],
      variables: [{ namespaceUri: line, identifier: 's=N', type: 'Int32', value: 0 }],
    });
    closing.push(() => server.kill());
    const foreign = await ForeignServer.start(python, {
      port: await freePort(),
      namespaces: [line],
      variables: ['Kept', 'Plain'].map((name) => ({
        uri: line,
        id: `s=${name}`,
        type: 'Int32',
        value: 0,
        history: name === 'Kept',
      })),
    });
    closing.push(() => foreign.kill());
    const foreignPort = Number(new URL(foreign.endpoint).port);
    const lines = {
      deepQueue: await behind(server.port, 's=N', { sessionTimeout: '1h', queueSize: 20_000 }),
      shallowQueue: await behind(server.port, 's=N', { sessionTimeout: '1h', queueSize: 5 }),
      history: await behind(foreignPort, 's=Kept', {}),
      noHistory: await behind(foreignPort, 's=Plain', {}),
    };
    const rigs = Object.values(lines).map(({ rig }) => rig);
    const relays = Object.values(lines).map(({ relay }) => relay);
    const changes: Change[] = [];
    const change = async (): Promise<void> => {
      const value = changes.length + 1;
      const from = Date.now();
      await server.set(line, 's=N', value, { sourceTime: from });
      for (const id of ['s=Kept', 's=Plain']) await foreign.tell({ uri: line, id, value });
      changes.push({ value, from, to: Date.now() });
      await wait(changeEveryMs);
    };
    const reach = (what: string, withinMs: number): Promise<void> =>
      until(what, () => rigs.every(({ writer }) => writer.present(1)?.value === changes.length), withinMs);
    await until('signs of life', () => rigs.every(({ writer }) => writer.of(1).length > 0), 60_000);
    for (let count = 0; count < 10; count += 1) await change();
    await reach('values before it', 30_000);
    for (const relay of relays) relay.silence();
    const cutAt = Date.now();
    const toldAfterMs = rigs.map(() => 0);
    while (Date.now() - cutAt < seconds * 1_000) {
      await change();
      for (const [place, { writer }] of rigs.entries())
        if (writer.present(1)?.value === null) toldAfterMs[place] ||= Date.now() - cutAt;
    }
    for (const relay of relays) relay.restore();
    const mendedAt = Date.now();
    await until('the lines again', () => rigs.every(({ driver }) => driver.health().state === 'connected'), 120_000);
    for (let count = 0; count < 10; count += 1) await change();
    await reach('values after it', 120_000);
    for (const [place, [name, { rig }]] of Object.entries(lines).entries()) {
      const { delivered, named, missing, doubled } = judge(rig, changes);
      console.log(
        `      ${name}: ${changes.length} changes, ${delivered} delivered, ${named} named by ${rig.writer.losses.map(({ reason = 'queue overflow' }) => reason).join(', ') || 'none'}; bad after ${toldAfterMs[place]} ms, whole ${Date.now() - mendedAt} ms after the end`,
      );
      expect(missing, `${name}: neither delivered nor named`).to.deep.equal([]);
      expect(doubled, `${name}: delivered twice`).to.deep.equal([]);
      if (seconds >= 14) expect(toldAfterMs[place], `${name}: bad samples`).to.be.within(1, 30_000);
      if (name === 'history') expect(named).to.equal(0);
      if (name === 'deepQueue' && seconds < 60) expect(named).to.equal(0);
    }
    expect(lines.shallowQueue.rig.writer.losses).not.to.deep.equal([]);
    expect(lines.noHistory.rig.writer.losses.map(({ reason }) => reason)).to.deep.equal(['source-unreachable']);
  });
});

function judge(
  { writer }: Rig,
  changes: readonly Change[],
): { delivered: number; named: number; missing: Change[]; doubled: number[] } {
  const times = new Map<number, number[]>();
  for (const { value, time } of writer.of(1)) {
    if (typeof value !== 'number') continue;
    const known = times.get(value);
    if (known === undefined) times.set(value, [time]);
    else known.push(time);
  }
  const own = ({ value, from, to }: Change): number[] =>
    (times.get(value) ?? []).filter((time) => time >= from - 1 && time <= to + 1);
  const isNamed = ({ from, to }: Change): boolean =>
    writer.losses.some((loss) => loss.from <= to + 1 && loss.to >= from - 1);
  const absent = changes.filter((change) => own(change).length === 0);
  return {
    delivered: changes.length - absent.length,
    named: absent.filter(isNamed).length,
    missing: absent.filter((change) => !isNamed(change)),
    // Stated again at a later time is not twice.
    doubled: changes.filter((change) => new Set(own(change)).size < own(change).length).map(({ value }) => value),
  };
}
