import { randomBytes } from 'node:crypto';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { silentLogger } from '@gongfu/shared/base/logger';
import { expect } from 'chai';
import { SignJWT } from 'jose';
import { Server } from 'socket.io';
import { io, type Socket } from 'socket.io-client';
import { GatewayCredential } from '#cloud/gateways/credential';
import { EdgeNamespace } from '#cloud/gateways/edge-namespace';
import { Enrolment } from '#cloud/gateways/enrolment';
import { type GatewayPresence, Presence } from '#cloud/gateways/presence';
import { TagCatalogue } from '#cloud/gateways/tag-catalogue';
import { connectRecords } from '#cloud/records/connect';
import type { Records } from '#cloud/records/records';
import { FakeClock } from '#test/kit/fake-clock';
import { temporaryFolder } from '#test/kit/folders';
import { until } from '#test/kit/until';
import { ed25519Pair } from '../../kit/ed25519-pair.ts';
import { noAudit } from '../access/access-fixture.ts';

const log = silentLogger;
const tenantId = 't1';
const heartbeat = {
  backlogBatches: 0,
  backlogBytes: 0,
  capacityBytes: 1,
  oldestTime: null,
  samplesPerSecond: 1,
  gapsTotal: 0,
  sources: [],
};

/** A hello with a version, without one, and refused, as the gateways page hears of it. */
describe('gateways: configuration version', () => {
  const clock = new FakeClock(Date.now());
  const { folder, remove } = temporaryFolder();
  const told: GatewayPresence[] = [];
  let records: Records;
  let presence: Presence;
  let edge: EdgeNamespace;
  let http: HttpServer;
  let server: Server;
  let socket: Socket | undefined;
  let token: string;
  let gatewayId: string;

  before(async () => {
    records = await connectRecords({ folder, log });
    const onListenerError = (error: unknown): never => {
      throw error;
    };
    presence = new Presence({ records, clock, onListenerError });
    presence.changed.on(({ gateway }) => told.push(gateway));
    http = createServer();
    server = new Server(http, { transports: ['websocket'] });
    edge = new EdgeNamespace({
      io: server,
      records,
      credential: new GatewayCredential({ records, clock }),
      tagCatalogue: new TagCatalogue({ records, onListenerError }),
      presence,
      // Nothing is delivered here.
      ingest: { receive: () => Promise.reject(new Error('no batch was sent')), stored: () => [] },
      log,
    });
    await edge.start();
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const enrolment = new Enrolment({ records, clock, randomBytes, audit: noAudit, homeTenantId: tenantId });
    const { code } = await enrolment.createCode(tenantId, 'press-shop');
    const { privateKey, publicKey } = ed25519Pair();
    const jwk = publicKey.export({ format: 'jwk' }) as { kty: string; crv: string; x: string };
    const enrolled = await enrolment.enrol({ code, gatewayName: 'press-shop', publicKey: jwk, address: 'here' });
    gatewayId = enrolled.gatewayId;
    token = await new SignJWT()
      .setProtectedHeader({ alg: 'EdDSA' })
      .setIssuer(gatewayId)
      .setAudience('gongfu-cloud')
      .setIssuedAt()
      .setExpirationTime('10m')
      .sign(privateKey);
  });
  after(async () => {
    socket?.disconnect();
    await edge.stop();
    await server.close();
    await records.close();
    remove();
  });

  /** Connects anew, says hello, and gives what is known of the gateway then. */
  async function hello(says: object): Promise<GatewayPresence> {
    socket?.disconnect();
    await until(() => presence.onlineCount === 0);
    const { port } = http.address() as AddressInfo;
    socket = io(`http://127.0.0.1:${port}/edge`, {
      transports: ['websocket'],
      auth: { token },
      reconnection: false,
      forceNew: true,
    });
    const answer = await socket.emitWithAck('hello', { protocol: 1, epoch: 1, agentVersion: 'x', tags: [], ...says });
    expect(answer).to.include({ accepted: true });
    return known();
  }
  const known = async () => (await presence.list(tenantId))[0]!;

  it('is not known of an agent that does not tell', async () => {
    expect(await hello({})).to.include({ online: true, configuration: null });
  });

  it('is kept with the time it was first told, over reconnects and while offline, and heard by who watches', async () => {
    const since = clock.now();
    expect((await hello({ configurationVersion: 'aaaa' })).configuration).to.deep.equal({ version: 'aaaa', since });
    expect(told.at(-1)).to.deep.include({ online: true, configuration: { version: 'aaaa', since } });
    clock.advance(60_000);
    expect((await hello({ configurationVersion: 'aaaa' })).configuration).to.deep.equal({ version: 'aaaa', since });
    socket!.disconnect();
    await until(() => presence.onlineCount === 0);
    expect((await known()).configuration).to.deep.equal({ version: 'aaaa', since });
    expect((await records.gateways.findOne({ _id: gatewayId }).lean())?.configuration).to.deep.equal({
      version: 'aaaa',
      since,
    });
  });

  it('is another from the hello on that says so, and stays so with the heartbeats after it', async () => {
    const since = clock.now();
    await hello({ configurationVersion: 'bbbb' });
    await socket!.emitWithAck('heartbeat', heartbeat);
    expect(told.at(-1)).to.deep.include({ heartbeat, configuration: { version: 'bbbb', since } });
  });

  it('is not kept of a hello that is not let in, and is forgotten when an older agent runs again', async () => {
    const refused = await socket!.emitWithAck('hello', { protocol: 1, epoch: 1, agentVersion: 'x', tags: 'none' });
    expect(refused).to.include({ accepted: false, code: 'payload-invalid' });
    for (const configurationVersion of ['', 7, 'x'.repeat(101)]) {
      const says = { protocol: 1, epoch: 1, agentVersion: 'x', tags: [], configurationVersion };
      expect(await socket!.emitWithAck('hello', says)).to.include({ accepted: false, code: 'payload-invalid' });
    }
    expect((await known()).configuration?.version).to.equal('bbbb');
    expect((await hello({})).configuration).to.equal(null);
  });

  it('lets a heartbeat after the revocation not tell of a gateway that is still enrolled', async () => {
    await hello({ configurationVersion: 'cccc' });
    const cut = new Promise((resolve) => socket!.once('disconnect', resolve));
    await edge.revoke(tenantId, gatewayId);
    presence.heard(gatewayId, heartbeat);
    expect(told.at(-1)).to.include({ status: 'revoked' });
    await cut;
  });
});
