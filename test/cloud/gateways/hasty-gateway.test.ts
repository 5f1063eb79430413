import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { expect } from 'chai';
import type { Server } from 'socket.io';
import type { BatchReceiver } from '#cloud/gateways/batch-receiver';
import { GatewayCredential } from '#cloud/gateways/credential';
import { EdgeNamespace } from '#cloud/gateways/edge-namespace';
import { Presence } from '#cloud/gateways/presence';
import { TagCatalogue } from '#cloud/gateways/tag-catalogue';
import { connectRecords } from '#cloud/records/connect';
import type { GatewayRecord, Records } from '#cloud/records/records';

const [clock, log] = [systemClock, silentLogger];
const gateway: GatewayRecord = {
  _id: 'hasty',
  tenantId: 't1',
  name: 'hasty',
  status: 'enrolled',
  enrolledAt: 1,
  lastSeenAt: null,
  publicKey: { kty: 'OKP', crv: 'Ed25519', x: 'A' },
};

/** As much of a connection as the namespace asks for. */
class FakeSocket extends EventEmitter {
  readonly data = { gateway };
  connected = true;

  disconnect(): void {
    this.connected = false;
    this.emit('disconnect');
  }
}

describe('gateways: one that goes away before its hello is answered', () => {
  let folder: string;
  let records: Records;
  let presence: Presence;
  let edge: EdgeNamespace;
  const namespace = Object.assign(new EventEmitter(), {
    use: () => {},
    disconnectSockets: () => {},
    sockets: new Map(),
  });
  const onListenerError = (error: unknown): never => {
    throw error;
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hasty-'));
    records = await connectRecords({ folder, log });
    await records.gateways.create(gateway);
    presence = new Presence({ records, clock, onListenerError });
    const ingest: BatchReceiver = { stored: () => [], receive: () => Promise.reject(new Error('none comes')) };
    const io = { of: () => namespace } as unknown as Server;
    const near = { credential: new GatewayCredential({ records, clock }), presence, ingest };
    edge = new EdgeNamespace({
      io,
      records,
      tagCatalogue: new TagCatalogue({ records, onListenerError }),
      ...near,
      log,
    });
    await edge.start();
  });
  after(async () => {
    await edge.stop();
    await records.close();
    rmSync(folder, { recursive: true });
  });

  const isOnline = async (): Promise<boolean | undefined> => (await presence.list('t1'))[0]?.online;
  function hello(socket: FakeSocket): Promise<unknown> {
    const payload = { protocol: 1, epoch: 3, agentVersion: 'test', tags: [] };
    return new Promise((resolve) => {
      namespace.emit('connection', socket);
      socket.emit('hello', payload, resolve);
    });
  }

  it('is not shown as connected, for nothing would ever tell that it is not', async () => {
    const socket = new FakeSocket();
    const answered = hello(socket);
    socket.disconnect();
    expect(await answered).to.include({ accepted: false });
    expect(await isOnline()).to.equal(false);
  });

  it('is shown when it comes back, until it goes', async () => {
    const socket = new FakeSocket();
    expect(await hello(socket)).to.include({ accepted: true });
    expect(await isOnline()).to.equal(true);
    socket.disconnect();
    expect(await isOnline()).to.equal(false);
  });
});
