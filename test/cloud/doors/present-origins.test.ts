import { Problem } from '@gongfu/shared/base/problem';
import { Signal } from '@gongfu/shared/base/signal';
import { expect } from 'chai';
import { PresentOrigins } from '#cloud/doors/present-origins';
import type { RowOrigin } from '#cloud/doors/row-door';
import type { GatewayPresence, Presence } from '#cloud/gateways/presence';
import type { GatewayRecord } from '#cloud/records/records';
import { FakeClock } from '../../kit/fake-clock.ts';

const origin = { tenantId: 't', name: 'key:a', maxSilentMs: 60_000 };
const row = { source: 's', name: 'n', type: 'float64', unit: '', sourceTime: 1, status: 0, value: 1 } as const;
const raise = (error: unknown): never => {
  throw error;
};

describe('doors: origins among the gateways', () => {
  const clock = new FakeClock();
  let told: boolean[];
  let presence: Pick<Presence, 'connected' | 'heard' | 'disconnected' | 'changed'>;
  let origins: PresentOrigins;

  beforeEach(async () => {
    told = [];
    presence = {
      changed: new Signal<{ tenantId: string; gateway: GatewayPresence }>(raise),
      connected: () => void told.push(true),
      heard: () => undefined,
      disconnected: async () => void told.push(false),
    };
    const gatewayOf = async ({ name }: RowOrigin) => ({ _id: name, name, status: 'enrolled' }) as GatewayRecord;
    const door = {
      write: async (_origin: RowOrigin, rows: readonly unknown[]) => rows.map(() => undefined),
      gatewayOf,
    };
    origins = new PresentOrigins({ door, presence, clock, onError: raise });
    await origins.start();
  });
  afterEach(() => origins.stop());

  it('are there while rows come, and gone when none came for as long as a tag may be silent', async () => {
    await origins.write(origin, [row]);
    clock.advance(50_000);
    await origins.write(origin, [row]);
    clock.advance(50_000);
    expect(told).to.deep.equal([true]);
    clock.advance(10_000);
    expect(told).to.deep.equal([true, false]);
    await origins.write(origin, [row]);
    expect(told).to.deep.equal([true, false, true]);
    await origins.stop();
    expect(told).to.deep.equal([true, false, true, false]);
    expect(clock.waiting).to.equal(0);
  });

  it('are not there any more after the stop, whatever was under way', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = {
      gatewayOf: async ({ name }: RowOrigin) => ({ _id: name, name, status: 'enrolled' }) as GatewayRecord,
      write: async (_origin: RowOrigin, rows: readonly unknown[]) => gate.then(() => rows.map(() => undefined)),
    };
    origins = new PresentOrigins({ door: slow, presence, clock, onError: raise });
    await origins.start();
    const writing = origins.write(origin, [row]);
    await origins.stop();
    release();
    expect(await writing).to.deep.equal([undefined]);
    expect(told).to.deep.equal([]);
    expect(clock.waiting).to.equal(0);
    await origins.start();
    await origins.write(origin, [row]);
    expect(told).to.deep.equal([true]);
  });

  it('deliver nothing more once they were revoked', async () => {
    await origins.write(origin, [row]);
    const gateway = { gatewayId: 'key:a', status: 'revoked' } as GatewayPresence;
    (presence.changed as Presence['changed']).emit({ tenantId: 't', gateway });
    const error = await origins.write(origin, [row]).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(Problem).and.to.include({ code: 'gateway-revoked', status: 403 });
    await origins.write({ ...origin, name: 'key:b' }, [row]);
  });
});
