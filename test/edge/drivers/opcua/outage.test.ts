import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { CertificateList } from '#edge/drivers/opcua/certificate-list';
import { answerTrust } from '#edge/drivers/opcua/trust-command';
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

describe('OPC UA driver and a server that fails', function () {
  this.timeout(120_000);
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
    const restarted = Date.now();
    await serve({ port: first.port, variables, namespaces: [line, other] });
    await until('values again', () => tags.every((tag) => writer.present(tag.number)?.value !== null));
    const after = writer.samples.slice(before);
    expect(new Set(after.filter(({ tag }) => tag === 1 || tag === 3).map(({ value }) => value))).to.deep.equal(
      new Set([100]),
    );
    expect(new Set(after.filter(({ tag }) => tag === 2 || tag === 4).map(({ value }) => value))).to.deep.equal(
      new Set([200]),
    );
    const bad = writer.samples.find(({ value }) => value === null)!;
    expect(writer.losses.map(({ reason }) => reason)).to.deep.equal(['source-unreachable']);
    expect(writer.losses[0]!.from).to.be.at.most(bad.time);
    expect(writer.losses[0]!.to).to.be.at.least(restarted);
  });

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
  });

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
  });

  it('names what an outage took that the stop of the agent ends', async () => {
    const { endpoint } = await serve({ variables: [variable('s=A', 'Int32', 0)] });
    rig = await startDriver({ endpoint }, [tagOf(1, `nsu=${line};s=A`, 'int32')]);
    const { writer } = rig;
    await until('a sign of life', () => writer.present(1)?.value === 0 && writer.aliveTimes.length > 0);
    const cutAt = Date.now();
    await server!.kill();
    await until('bad at the loss', () => writer.present(1)?.value === null);
    expect(writer.losses).to.deep.equal([]);
    const stopAt = Date.now();
    await rig.driver.stop();
    expect(writer.losses.map(({ reason }) => reason)).to.deep.equal(['source-unreachable']);
    const [loss] = writer.losses;
    expect(loss!.from).to.be.within(cutAt - 15_000, cutAt);
    // The clock of the server as it was last heard may be read a few milliseconds late.
    expect(loss!.to).to.be.within(stopAt - 500, Date.now() + 500);
    await rig.driver.start();
    await rig.driver.stop();
    expect(writer.losses).to.have.length(1);
  });

  it('holds before a certificate the server has renewed while connected, until a person trusts it', async () => {
    const { endpoint } = await serve({ variables: [variable('s=A', 'Int32', 3)] });
    const settings = { endpoint, securityPolicy: 'Basic256Sha256', timeout: '2s' };
    rig = await startDriver(settings, [tagOf(1, `nsu=${line};s=A`, 'int32')], folder);
    const { writer, driver } = rig;
    const pki = join(folder, 'pki');
    const quarantined = (): string[] =>
      new CertificateList(pki).all().flatMap(({ state, thumbprint }) => (state === 'quarantined' ? [thumbprint] : []));
    const trust = (): void => {
      const [thumbprint] = quarantined();
      expect(answerTrust({ folder: pki, thumbprint, now: Date.now() }).join()).to.match(/^trusted/);
    };
    await until('the quarantine', () => quarantined().length === 1 && driver.health().state === 'failing');
    trust();
    await until('the value', () => writer.present(1)?.value === 3, 30_000);
    await server!.renewCertificate();
    const renewed = writer.samples.length;
    await server!.set(line, 's=A', 4);
    await until('the refusal', () => driver.health().detail.includes('is not trusted by this gateway'), 60_000);
    expect(driver.health().state).to.equal('failing');
    expect(quarantined()).to.have.length(1);
    expect(writer.samples.slice(renewed).every(({ value }) => value === null)).to.equal(true);
    trust();
    await until('the value of now', () => writer.present(1)?.value === 4, 30_000);
    expect(driver.health()).to.deep.equal({ state: 'connected', detail: '' });
    // What happened meanwhile is in no history, and said so.
    expect(writer.losses.map(({ reason }) => reason)).to.deep.equal(['source-unreachable']);
  });

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
  });
});

async function trustRejected(pki: string): Promise<void> {
  const files = await readdir(join(pki, 'rejected'));
  expect(files).to.have.length(1);
  for (const file of files) await rename(join(pki, 'rejected', file), join(pki, 'trusted', 'certs', file));
}
