import { type KeyObject, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { Problem } from '@gongfu/shared/base/problem';
import { decodeBatch, encodeBatch, encodeDeflated } from '@gongfu/shared/wire/codec';
import { expect } from 'chai';
import { SignJWT } from 'jose';
import { Server } from 'socket.io';
import { io, type Socket } from 'socket.io-client';
import { GatewayCredential } from '#cloud/gateways/credential';
import { EdgeNamespace } from '#cloud/gateways/edge-namespace';
import { Enrolment } from '#cloud/gateways/enrolment';
import { Presence } from '#cloud/gateways/presence';
import { TagCatalogue } from '#cloud/gateways/tag-catalogue';
import { DuckdbHistoryStore } from '#cloud/history/duckdb/duckdb-history-store';
import { Ingest } from '#cloud/ingest/ingest';
import { connectRecords } from '#cloud/records/connect';
import type { Records } from '#cloud/records/records';
import { ed25519Pair } from '../../kit/ed25519-pair.ts';
import { noAudit } from '../access/access-fixture.ts';

interface Identity {
  readonly gatewayId: string;
  readonly key: KeyObject;
}

const fail = (error: unknown): never => {
  throw error;
};
const clock = systemClock;
const log = silentLogger;

describe('gateways: enrolment and /edge', () => {
  let folder: string;
  let records: Records;
  let history: DuckdbHistoryStore;
  let ingest: Ingest;
  let enrolment: Enrolment;
  let presence: Presence;
  let edge: EdgeNamespace;
  let http: HttpServer;
  let server: Server;
  let url: string;
  const sockets: Socket[] = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gongfu-gateways-'));
    records = await connectRecords({ folder: join(folder, 'records'), log });
    history = new DuckdbHistoryStore({ folder: join(folder, 'history'), clock, log, random: Math.random });
    await history.start();
    ingest = new Ingest({ history, clock, log });
    await ingest.start();
    enrolment = new Enrolment({ records, clock, randomBytes, audit: noAudit, homeTenantId: 'default' });
    presence = new Presence({ records, clock, onListenerError: fail });
    http = createServer();
    server = new Server(http, { transports: ['websocket'] });
    edge = new EdgeNamespace({
      io: server,
      records,
      credential: new GatewayCredential({ records, clock }),
      tagCatalogue: new TagCatalogue({ records, onListenerError: fail }),
      presence,
      ingest,
      log,
    });
    await edge.start();
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  });

  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.disconnect();
  });

  after(async () => {
    await edge.stop();
    await server.close();
    await ingest.stop();
    await history.stop();
    await records.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function enrolled(name: string, tenantId = 't1'): Promise<Identity> {
    const { code } = await enrolment.createCode(tenantId, name);
    const { privateKey, publicKey } = ed25519Pair();
    const jwk = publicKey.export({ format: 'jwk' }) as { kty: string; crv: string; x: string };
    const { gatewayId } = await enrolment.enrol({ code, gatewayName: name, publicKey: jwk, address: 'here' });
    return { gatewayId, key: privateKey };
  }

  function token({ gatewayId, key }: Identity, change: { audience?: string; lifetime?: string } = {}): Promise<string> {
    return new SignJWT()
      .setProtectedHeader({ alg: 'EdDSA' })
      .setIssuer(gatewayId)
      .setAudience(change.audience ?? 'gongfu-cloud')
      .setIssuedAt()
      .setExpirationTime(change.lifetime ?? '10m')
      .sign(key);
  }

  async function connect(authToken: unknown): Promise<Socket> {
    const socket = io(`${url}/edge`, {
      transports: ['websocket'],
      auth: { token: authToken },
      reconnection: false,
      forceNew: true,
    });
    sockets.push(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('connect_error', reject);
    });
    return socket;
  }

  const refusalOf = async (authToken: unknown): Promise<string> => {
    try {
      await connect(authToken);
      return 'connected';
    } catch (error) {
      return (error as { data?: { code?: string } }).data?.code ?? String(error);
    }
  };

  const hello = (epoch: number, tags: readonly object[] = [tag(1, 'a')]) => ({
    protocol: 1,
    epoch,
    agentVersion: 'test',
    tags,
  });
  const tag = (number: number, name: string) => ({
    number,
    source: 's',
    name,
    type: 'float64',
    scaled: false,
    unit: '',
    description: '',
    maxSilentMs: 1000,
  });
  const batch = (epoch: number, sequence: number, values: readonly number[], tagNumber = 1) =>
    encodeBatch({
      epoch,
      sequence,
      blocks: [
        {
          kind: 'number',
          count: values.length,
          tags: new Uint32Array(values.length).fill(tagNumber),
          sourceTimes: Float64Array.from(values, (_, n) => 1_700_000_000_000 + sequence * 1000 + n),
          statuses: new Uint32Array(values.length),
          values: Float64Array.from(values),
        },
      ],
      gaps: [],
    });

  const codeOf = async (task: Promise<unknown>): Promise<string> => {
    try {
      await task;
      return 'none';
    } catch (error) {
      return error instanceof Problem ? error.code : String(error);
    }
  };

  it('a one-time code works once, for its own name, and until it is too old', async () => {
    const publicKey = { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) };
    const { code } = await enrolment.createCode('t1', 'one-time');
    const ask = (text: string, gatewayName: string) =>
      codeOf(enrolment.enrol({ code: text, gatewayName, publicKey, address: 'there' }));
    expect(await ask(code, 'another')).to.equal('enrolment-code-other-name');
    const both = await Promise.all([ask(code.toLowerCase().replaceAll('-', ' '), 'one-time'), ask(code, 'one-time')]);
    expect(both.sort()).to.deep.equal(['enrolment-code-used', 'none']);
    const late = new Enrolment({
      records,
      clock: { ...clock, now: () => Date.now() + 25 * 3_600_000 },
      randomBytes,
      audit: noAudit,
      homeTenantId: 'default',
    });
    const old = await enrolment.createCode('t1', 'old');
    const tooLate = late.enrol({ code: old.code, gatewayName: 'old', publicKey, address: 'there' });
    expect(await codeOf(tooLate)).to.equal('enrolment-code-expired');
    for (let n = 0; n < 20; n += 1) expect(await ask(`WRONG-${n}`, 'x')).to.equal('enrolment-code-unknown');
    expect(await ask(code, 'x')).to.equal('too-many-attempts');
    expect(JSON.stringify(await records.enrolmentCodes.find().lean())).not.to.contain(code);
  });

  it('enrolling a name again keeps the gateway and replaces its key', async () => {
    const first = await enrolled('again');
    const second = await enrolled('again');
    expect(second.gatewayId).to.equal(first.gatewayId);
    expect(await refusalOf(await token(first))).to.equal('token-invalid');
    expect(await refusalOf(await token(second))).to.equal('connected');
  });

  it('only a token signed by the own key, for this cloud and short-lived, gets in', async () => {
    const one = await enrolled('one');
    const two = await enrolled('two');
    expect(await refusalOf(undefined)).to.equal('token-invalid');
    expect(await refusalOf('nonsense')).to.equal('token-invalid');
    expect(await refusalOf({ $ne: null })).to.equal('token-invalid');
    expect(await refusalOf(await token({ gatewayId: one.gatewayId, key: two.key }))).to.equal('token-invalid');
    expect(await refusalOf(await token(one, { audience: 'elsewhere' }))).to.equal('token-invalid');
    expect(await refusalOf(await token(one, { lifetime: '2h' }))).to.equal('token-invalid');
    expect(await refusalOf(await token({ gatewayId: 'nobody', key: one.key }))).to.equal('token-invalid');
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify({ iss: one.gatewayId, aud: 'gongfu-cloud' })).toString('base64url')}.`;
    expect(await refusalOf(none)).to.equal('token-invalid');
    expect(await refusalOf(await token(one))).to.equal('connected');
  });

  it('stores a batch once, names what it has at the next hello, and keeps numbers of tags', async () => {
    const identity = await enrolled('stores');
    const socket = await connect(await token(identity));
    expect(await socket.emitWithAck('hello', hello(7))).to.deep.equal({
      accepted: true,
      stored: [],
      batchesInFlightMax: 8,
      batchVersion: 2,
    });
    expect(await socket.emitWithAck('batch', { epoch: 7, sequence: 1 }, batch(7, 1, [1, 2]))).to.deep.equal({
      outcome: 'stored',
    });
    expect(await socket.emitWithAck('batch', { epoch: 7, sequence: 1 }, batch(7, 1, [1, 2]))).to.deep.equal({
      outcome: 'duplicate',
    });
    expect(await socket.emitWithAck('tags', [tag(2, 'b')])).to.deep.equal({ accepted: true });
    expect(await socket.emitWithAck('batch', { epoch: 7, sequence: 3 }, batch(7, 3, [9], 2))).to.deep.equal({
      outcome: 'stored',
    });
    socket.disconnect();
    const next = await connect(await token(identity));
    const answer = await next.emitWithAck('hello', hello(7, [tag(5, 'a')]));
    expect(answer.stored).to.deep.equal([
      [1, 1],
      [3, 3],
    ]);
    const tags = await records.tags.find({ gatewayId: identity.gatewayId }).sort({ number: 1 }).lean();
    expect(tags.map(({ name }) => name)).to.deep.equal(['a', 'b']);
    const page = await history.samples({ tag: tags[0]!, from: 0, to: 2e12, limit: 10 });
    expect(page.samples.map(({ value, epoch, sequence }) => [value, epoch, sequence])).to.deep.equal([
      [1, 7, 1],
      [2, 7, 1],
    ]);
  });

  it('stores what an older gateway sends beside what a newer one has deflated', async () => {
    const identity = await enrolled('older');
    const socket = await connect(await token(identity));
    await socket.emitWithAck('hello', hello(7));
    const values = Array.from({ length: 200 }, (_, row) => row);
    const sent = decodeBatch(batch(7, 1, values));
    const bytes = [encodeBatch(sent, 1), await encodeDeflated({ ...sent, sequence: 2 })];
    expect(bytes[1]!.length).to.be.lessThan(bytes[0]!.length);
    for (const [place, one] of bytes.entries()) {
      const answer = await socket.emitWithAck('batch', { epoch: 7, sequence: place + 1 }, one);
      expect(answer).to.deep.equal({ outcome: 'stored' });
    }
    const stored = await records.tags.findOne({ gatewayId: identity.gatewayId }).lean();
    const page = await history.samples({ tag: stored!, from: 0, to: 2e12, limit: 1000 });
    expect(page.samples.map(({ value, sequence }) => [sequence, value])).to.have.deep.members(
      [1, 2].flatMap((sequence) => values.map((value) => [sequence, value])),
    );
  });

  it('answers what does not fit with a code and goes on', async () => {
    const socket = await connect(await token(await enrolled('odd')));
    const early = await socket.emitWithAck('batch', { epoch: 1, sequence: 1 }, batch(1, 1, [1]));
    expect(early).to.include({ outcome: 'retry', code: 'hello-missing' });
    expect(await socket.emitWithAck('hello', { ...hello(1), protocol: 9 })).to.include({
      accepted: false,
      code: 'protocol-unknown',
    });
    expect(await socket.emitWithAck('hello', null)).to.include({ code: 'protocol-unknown' });
    const wrong = await socket.emitWithAck('hello', { ...hello(1), tags: [{ number: -1 }] });
    expect(wrong).to.include({ accepted: false, code: 'payload-invalid' });
    expect(wrong.detail).to.contain('tags.0');
    for (const name of ['a\0b', 'a\ud800', 'n'.repeat(65_536), '']) {
      const refused = await socket.emitWithAck('hello', hello(1, [tag(1, 'good'), tag(2, name)]));
      expect(refused, JSON.stringify(name.slice(0, 9))).to.include({ accepted: false, code: 'payload-invalid' });
      expect(refused.detail).to.match(/^hello does not fit its schema: tags\.1\.name: /);
    }
    expect(await socket.emitWithAck('hello', hello(1))).to.include({ accepted: true });
    expect(await socket.emitWithAck('batch', { epoch: 1, sequence: 1 }, 'text')).to.include({
      outcome: 'retry',
      code: 'payload-invalid',
    });
    expect(await socket.emitWithAck('batch', { epoch: 1, sequence: 1 }, Buffer.from('noise'))).to.include({
      outcome: 'refused',
      code: 'batch-undecodable',
    });
    expect(await socket.emitWithAck('heartbeat', { backlogBatches: 'x' })).to.include({ code: 'payload-invalid' });
    expect(await socket.emitWithAck('batch', { epoch: 1, sequence: 2 }, batch(1, 2, [1]))).to.deep.equal({
      outcome: 'stored',
    });
  });

  it('one live connection a gateway: the newer wins, an older life of the buffer is fenced', async () => {
    const identity = await enrolled('twice');
    const first = await connect(await token(identity));
    await first.emitWithAck('hello', hello(10));
    const cut = new Promise((resolve) => first.once('disconnect', resolve));
    const second = await connect(await token(identity));
    expect(await second.emitWithAck('hello', hello(10))).to.include({ accepted: true });
    await cut;
    const cloned = await connect(await token(identity));
    expect(await cloned.emitWithAck('hello', hello(9))).to.include({ accepted: false, code: 'epoch-fenced' });
    expect(second.connected).to.equal(true);
  });

  it('revocation cuts the connection and refuses the key; another tenant cannot revoke', async () => {
    const identity = await enrolled('revoked');
    const socket = await connect(await token(identity));
    await socket.emitWithAck('hello', hello(1));
    expect((await presence.list('t1')).find(({ name }) => name === 'revoked')).to.include({ online: true });
    expect(await codeOf(edge.revoke('t2', identity.gatewayId))).to.equal('gateway-unknown');
    const cut = new Promise((resolve) => socket.once('disconnect', resolve));
    const told = new Promise((resolve) => {
      const leave = presence.changed.on(({ gateway }) => {
        if (gateway.online) return;
        leave();
        resolve(gateway.status);
      });
    });
    await edge.revoke('t1', identity.gatewayId);
    await cut;
    expect(await told, 'who watches is told why it went').to.equal('revoked');
    expect(await refusalOf(await token(identity))).to.equal('gateway-revoked');
  });

  it('a key that was replaced between connecting and hello does not get in', async () => {
    const identity = await enrolled('replaced');
    const socket = await connect(await token(identity));
    await enrolled('replaced');
    expect(await socket.emitWithAck('hello', hello(1))).to.include({ accepted: false, code: 'gateway-revoked' });
  });
});
