import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { systemClock } from '@gongfu/shared/base/clock';
import { decodeBatch } from '@gongfu/shared/wire/codec';
import { heartbeatSchema, helloSchema } from '@gongfu/shared/wire/handshake';
import { expect } from 'chai';
import { importJWK, type JWK, jwtVerify } from 'jose';
import type { Uplink, UplinkOptions } from '#edge/uplink/uplink';
import { numberBlock } from '#test/kit/batches';
import { temporaryFolder } from '#test/kit/folders';
import { until } from '#test/kit/until';
import { declared, UplinkStage } from './uplink-stage.ts';

describe('Uplink', () => {
  const stage = new UplinkStage();
  const tag = declared(1, { name: 'a' });
  let folder: UplinkStage['folder'];
  let buffer: UplinkStage['buffer'];
  let cloud: UplinkStage['cloud'];
  let uplink: UplinkStage['uplink'];

  beforeEach(async () => {
    await stage.start({ tags: [tag] });
    ({ folder, buffer, cloud, uplink } = stage);
  });
  afterEach(async () => {
    await uplink.stop();
    await stage.stop();
  });

  const make = (options: Partial<UplinkOptions>): Uplink => stage.make({ tags: [tag], ...options });
  const append = async (count: number) => {
    for (let i = 0; i < count; i += 1) uplink.offer(await buffer.append([numberBlock(i, 10)], []));
  };
  const connected = () => until(() => uplink.state.state === 'connected');
  const drained = () => until(() => buffer.state().batches === 0);
  const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);

  it('enrols with a key made here, keeps it for nobody else to read, and signs a token the cloud can check', async () => {
    await uplink.start();
    await connected();
    expect(cloud.enrolments).to.have.length(1);
    const request = cloud.enrolments[0] as { code: string; gatewayName: string; publicKey: JWK };
    expect(request).to.include({ code: 'ABCD-EFGH', gatewayName: 'gw-1' });
    expect(Object.keys(request.publicKey).sort()).to.deep.equal(['crv', 'kty', 'x']);
    const file = join(folder, 'identity.json');
    expect(statSync(file).mode & 0o777).to.equal(0o600);
    expect(JSON.parse(readFileSync(file, 'utf8')).enrolled).to.include({ gatewayId: 'g1', tenantId: 't1' });
    const { payload } = await jwtVerify(cloud.tokens[0]!, await importJWK(request.publicKey, 'EdDSA'), {
      issuer: 'g1',
      audience: 'gongfu-cloud',
    });
    expect(payload.exp! - payload.iat!).to.equal(600);
    expect(helloSchema.parse(cloud.hellos[0])).to.deep.include({
      protocol: 1,
      epoch: buffer.state().epoch,
      configurationVersion: '3f2a',
      tags: [tag],
    });
    await until(() => cloud.heartbeats.length > 0);
    heartbeatSchema.parse(cloud.heartbeats[0]);
  });

  it('enrols once: a restart with the same code connects with the key it has, another code enrols anew', async () => {
    await uplink.start();
    await connected();
    await uplink.stop();
    await uplink.start();
    await connected();
    expect(cloud.enrolments).to.have.length(1);
    await uplink.stop();
    uplink = make({ code: 'OTHER' });
    await uplink.start();
    await connected();
    expect(cloud.enrolments).to.have.length(2);
  });

  it('says why a code is refused, and connects with the identity it had before', async () => {
    cloud.enrolmentAnswer = () => ({
      status: 403,
      body: { code: 'enrolment-code-used', detail: 'the one-time code was already used' },
    });
    await uplink.start();
    await until(() => uplink.state.state === 'refused');
    expect(uplink.state.detail).to.contain('already used (enrolment-code-used)');
    await uplink.stop();
    cloud.enrolmentAnswer = () => ({ status: 201, body: { gatewayId: 'g1', tenantId: 't1' } });
    await uplink.start();
    await connected();
    await uplink.stop();
    cloud.enrolmentAnswer = () => ({ status: 403, body: { code: 'enrolment-code-used', detail: 'used' } });
    uplink = make({ code: 'STALE' });
    await uplink.start();
    await connected();
  });

  it('tries the enrolment again while the cloud fails or cannot be reached, and needs a code the first time', async () => {
    let failures = 2;
    cloud.enrolmentAnswer = () => {
      failures -= 1;
      return failures >= 0 ? { status: 503, body: {} } : { status: 201, body: { gatewayId: 'g1', tenantId: 't1' } };
    };
    await uplink.start();
    await connected();
    expect(cloud.enrolments).to.have.length(3);
    await uplink.stop();
    const bare = temporaryFolder();
    uplink = make({ code: undefined, folder: bare.folder });
    await uplink.start();
    expect(uplink.state).to.include({ state: 'refused' });
    expect(uplink.state.detail).to.contain('no one-time code');
    bare.remove();
  });

  it('refuses to start with a key file it cannot read, and leaves it as it is', async () => {
    writeFileSync(join(folder, 'identity.json'), '{"privateKey":{"kty":"OKP"}}');
    const error = await uplink.start().then(
      () => undefined,
      (problem: unknown) => problem,
    );
    expect(error).to.include({ code: 'identity-unreadable', reaction: 'stop' });
    expect(readFileSync(join(folder, 'identity.json'), 'utf8')).to.equal('{"privateKey":{"kty":"OKP"}}');
  });

  it('delivers the backlog oldest first and forgets what was stored, within the window', async () => {
    await append(60);
    await uplink.start();
    await drained();
    expect(cloud.received).to.deep.equal(upTo(60));
    expect(cloud.inFlightMost).to.equal(cloud.batchesInFlightMax);
    expect([...cloud.stored.values()].map((bytes) => decodeBatch(bytes).sequence)).to.deep.equal(upTo(60));
  });

  it('sends the bytes on disk as they are, and to a cloud that reads version 1 only the same batches of that version', async () => {
    await append(3);
    const kept = buffer.read(0, 2 ** 30).map(({ bytes }) => Buffer.from(bytes));
    cloud.batchVersion = undefined;
    cloud.verdict = ({ sequence }) =>
      sequence === 2
        ? { outcome: 'retry', retryAfterMs: 60_000, code: 'history-busy', detail: '' }
        : { outcome: 'stored' };
    await uplink.start();
    await until(() => cloud.stored.size === 2 && cloud.received.includes(2));
    // Field 1 of the message, a varint.
    const versionOf = (bytes: Uint8Array) => [...bytes.subarray(0, 2)];
    for (const [sequence, bytes] of cloud.stored) {
      expect(versionOf(bytes)).to.deep.equal([0x08, 1]);
      expect(decodeBatch(bytes)).to.deep.equal(decodeBatch(kept[sequence - 1]!));
    }
    // The cloud is brought up to date while a batch still waits.
    await cloud.stop();
    cloud.batchVersion = 2;
    cloud.verdict = () => ({ outcome: 'stored' });
    await cloud.start();
    await drained();
    expect(versionOf(cloud.stored.get(2)!)).to.deep.equal([0x08, 2]);
    expect(Buffer.compare(cloud.stored.get(2)!, kept[1]!)).to.equal(0);
  });

  it('sends live batches before the backlog, and the backlog at least twice as fast', async () => {
    await append(60);
    cloud.batchesInFlightMax = 3;
    let live = 0;
    let answered = Promise.resolve();
    // One live batch before each answer, more than the window can take; answers in order, however long the disk takes for
    // that batch: what the two lanes get is their doing alone.
    uplink = make({ answerTimeoutMs: 30_000 });
    cloud.verdict = async () => {
      live += 1;
      if (live <= 60) answered = answered.then(() => append(1));
      await answered;
      return { outcome: 'stored' };
    };
    await uplink.start();
    await until(() => cloud.stored.size === 120);
    await drained();
    const backlogDone = cloud.received.indexOf(60);
    const liveMeanwhile = cloud.received.slice(0, backlogDone).filter((sequence) => sequence > 60).length;
    expect(liveMeanwhile).to.be.within(20, 30);
    expect([...new Set(cloud.received)]).to.have.length(120);
    expect(cloud.inFlightMost).to.be.at.most(3);
  });

  it('sends a batch again when asked to, after the time asked, without holding up the others', async () => {
    let refusals = 2;
    cloud.verdict = ({ sequence }) => {
      if (sequence !== 3 || refusals === 0) return { outcome: 'stored' };
      refusals -= 1;
      return { outcome: 'retry', retryAfterMs: 30, code: 'history-busy', detail: '' };
    };
    await append(10);
    await uplink.start();
    await drained();
    expect(cloud.received.filter((sequence) => sequence === 3)).to.have.length(3);
    expect(cloud.received.at(-1)).to.equal(3);
    expect([...cloud.stored.keys()].sort((a, b) => a - b)).to.deep.equal(upTo(10));
  });

  it('forgets a refused batch and sends a gap record that names it', async () => {
    cloud.verdict = ({ sequence }) =>
      sequence === 2 ? { outcome: 'refused', code: 'batch-undecodable', detail: 'x' } : { outcome: 'stored' };
    await append(3);
    await uplink.start();
    await until(() => cloud.stored.size === 3);
    await drained();
    expect([...cloud.stored.keys()].sort()).to.deep.equal([1, 3, 4]);
    expect(decodeBatch(cloud.stored.get(4)!).gaps).to.deep.equal([
      {
        fromSequence: 2,
        toSequence: 2,
        fromTime: 1_000_001,
        toTime: 1_000_010,
        samples: 10,
        reason: 'refused-batch',
        source: '',
      },
    ]);
  });

  it('resumes after connections cut in the middle of batches: each is stored once, none is sent that is stored', async () => {
    let count = 0;
    cloud.verdict = (_header, _bytes, socket) => {
      count += 1;
      // Stored, but the answer never arrives.
      if (count % 9 === 0) setTimeout(() => socket.conn.close(true), 0);
      return { outcome: 'stored' };
    };
    await append(40);
    await uplink.start();
    await append(5);
    await until(() => cloud.stored.size === 45);
    await drained();
    expect(cloud.hellos.length).to.be.greaterThan(2);
  });

  it('only forgets, and does not send, what the cloud says it has', async () => {
    await append(10);
    for (const sequence of [2, 3, 4, 8]) cloud.stored.set(sequence, new Uint8Array());
    await uplink.start();
    await drained();
    expect(cloud.received).to.deep.equal([1, 5, 6, 7, 9, 10]);
  });

  it('gives up a connection on which no answer comes, and resumes on a new one', async () => {
    let silent = true;
    cloud.verdict = () => (silent ? undefined : { outcome: 'stored' });
    await append(3);
    await uplink.start();
    await until(() => cloud.hellos.length === 2);
    silent = false;
    await drained();
    expect(cloud.stored.size).to.equal(3);
  });

  it('goes on, and says why, where hello is answered by something that is no cloud', async () => {
    cloud.helloAnswer = { instead: null };
    await append(1);
    // It waits longer each time; how long is not what matters here.
    uplink = make({ clock: { ...systemClock, after: (ms, task) => systemClock.after(Math.min(ms, 20), task) } });
    await uplink.start();
    const strange = [
      null,
      'ok',
      { accepted: true },
      { accepted: true, stored: [], batchesInFlightMax: 'many' },
      { accepted: false },
    ];
    for (const instead of strange) {
      cloud.helloAnswer = { instead };
      const before = cloud.hellos.length;
      await until(() => cloud.hellos.length > before + 1);
      expect(uplink.state, JSON.stringify(instead)).to.have.property('state', 'connecting');
      expect(uplink.state.detail).to.contain('not answered as a cloud answers it').and.contain(cloud.url);
    }
    expect(cloud.received).to.deep.equal([]);
    cloud.helloAnswer = undefined;
    await drained();
  });

  it('leaves nothing behind when it is stopped while it enrols: a second start enrols once', async () => {
    const asked: IncomingMessage[] = [];
    const silent = createServer((request) => asked.push(request)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    uplink = make({ url: `http://127.0.0.1:${port}` });
    await uplink.start();
    await until(() => asked.length === 1);
    await uplink.stop();
    await until(() => asked[0]!.socket.destroyed);
    await uplink.start();
    await until(() => asked.length === 2);
    expect(uplink.state).to.include({ state: 'enrolling', detail: '' });
    await uplink.stop();
    await until(() => asked[1]!.socket.destroyed);
    silent.close();
  });

  it('keeps knocking slowly while it is revoked, keeps the samples, and delivers when it is let in again', async () => {
    cloud.refusal = { code: 'gateway-revoked' };
    await uplink.start();
    await until(() => uplink.state.state === 'refused');
    expect(uplink.state.detail).to.contain('gateway-revoked');
    await append(5);
    expect(buffer.state().batches).to.equal(5);
    cloud.refusal = undefined;
    await drained();
    expect(cloud.stored.size).to.equal(5);
  });

  it('declares the tags of an earlier configuration too while batches may name them', async () => {
    await buffer.declare([tag, { ...tag, name: 'old' }]);
    await append(1);
    await uplink.start();
    await drained();
    expect(cloud.hellos[0]!.tags.map(({ name }) => name)).to.deep.equal(['a', 'old']);
    cloud.cut();
    await until(() => cloud.hellos.length === 2);
    expect(cloud.hellos[1]!.tags.map(({ name }) => name)).to.deep.equal(['a']);
  });

  it('survives a cloud that stops and comes back on the same port', async () => {
    await uplink.start();
    await connected();
    await cloud.stop();
    await until(() => uplink.state.state === 'connecting');
    await append(20);
    await cloud.start();
    await drained();
    expect([...cloud.stored.keys()]).to.deep.equal(upTo(20));
  });
});
