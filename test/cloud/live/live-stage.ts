import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sleep, systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { Signal } from '@gongfu/shared/base/signal';
import { noCause } from '@gongfu/shared/model/machine-state';
import type { Sample, SampleBlock } from '@gongfu/shared/model/sample';
import type { LiveAlarm, LiveAnswer, LiveGateway } from '@gongfu/shared/wire/live';
import { expect } from 'chai';
import { Server } from 'socket.io';
import { io as connect, type Socket } from 'socket.io-client';
import type { Authenticator, Permission, Principal, Scope } from '#cloud/access/principal';
import { permissions } from '#cloud/access/principal';
import type { HistoryStore, LongText } from '#cloud/history/history-store';
import type { Committed } from '#cloud/ingest/committed';
import type { AssetKpi, AssetState } from '#cloud/kpi/kpi-engine';
import { LiveHub } from '#cloud/live/live-hub';
import type { LivePage } from '#cloud/live/wanted';

const fail = (error: unknown): void => {
  throw error;
};

/** A hub on a real Socket.IO server; records and last values are plain maps the test writes to. */
export class Stage {
  readonly committed = new Signal<Committed>(fail);
  readonly plantChanged = new Signal<{ tenantId: string }>(fail);
  readonly sessionEnded = new Signal<{ sessionId: string }>(fail);
  readonly alarmsChanged = new Signal<{ tenantId: string; alarms: readonly LiveAlarm[] }>(fail);
  readonly gatewayChanged = new Signal<{ tenantId: string; gateway: LiveGateway }>(fail);
  readonly pages = new Map<string, LivePage>();
  readonly principals = new Map<string, Principal>();
  readonly tagTenants = new Map<number, string>();
  readonly latest = new Map<number, Sample>();
  /** What of `latest` is not in memory. */
  readonly longTexts = new Map<number, LongText>();
  readonly kpis = new Map<string, { kpi: AssetKpi; state: AssetState }>();
  readonly clients: Socket[] = [];
  readonly refusals: string[] = [];
  readonly http: HttpServer = createServer();
  readonly io = new Server(this.http, {
    transports: ['websocket'],
    serveClient: false,
    connectTimeout: 500,
    maxHttpBufferSize: 16 * 1024 ** 2,
  });
  hub!: LiveHub;
  /** Batches of epoch 1 committed so far; each is one call of `commit`. */
  stored = 0;
  history: HistoryStore['samples'] = async () => ({ samples: [] });
  readTexts = async (tags: readonly number[]): Promise<ReadonlyMap<number, Sample>> =>
    new Map(tags.map((tag) => [tag, this.latest.get(tag)!]));

  async start(limits: { stalledAfterMs?: number; recheckMs?: number } = {}): Promise<void> {
    const authenticator: Authenticator = {
      authenticate: async (token) => this.principals.get(token),
      current: async (id) => [...this.principals.values()].find(({ sessionId }) => sessionId === id),
    };
    this.hub = new LiveHub({
      io: this.io,
      authenticator,
      sessionEnded: this.sessionEnded,
      plantChanged: this.plantChanged,
      onRefused: ({ principal, event, code }) => void this.refusals.push(`${principal.userName} ${event} ${code}`),
      committed: this.committed,
      catalogue: {
        knownTags: async ({ tenantId }, tags) => {
          const own = tags.filter((tag) => this.tagTenants.get(tag) === tenantId);
          return new Map(own.map((number) => [number, { number, kind: 'number', gatewayId: 'g' }]));
        },
        page: ({ tenantId }, address) => this.pages.get(`${tenantId}${address}`),
        knownAssets: async ({ tenantId }, ids) => new Set(ids.filter((id) => this.kpis.has(`${tenantId}/${id}`))),
      },
      history: { samples: (query) => this.history(query) },
      ledger: () => new Map([[1, this.stored === 0 ? [] : [[1, this.stored]]]]),
      lastValues: {
        newest: (tag) => this.longTexts.get(tag) ?? this.latest.get(tag),
        read: (tags) => this.readTexts(tags),
      },
      kpiEngine: { live: (tenantId, assetId) => this.kpis.get(`${tenantId}/${assetId}`) },
      presence: {
        gatewaysOf: async ({ tenantId }) => [gateway(tenantId, true)],
        // A scope here is the names of gateways.
        seen: ({ scope }, one) => (scope === null || scope.includes(one.id) ? one : undefined),
        changed: this.gatewayChanged,
      },
      alarms: {
        // A scope here is the names of gateways.
        seen: ({ scope }, { gateway: name }) => scope === null || scope.includes(name),
        changed: this.alarmsChanged,
      },
      clock: systemClock,
      log: silentLogger,
      kpiTickMs: 50,
      ...limits,
    });
    await this.hub.start();
    await new Promise<void>((resolve) => this.http.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const client of this.clients) client.disconnect();
    await this.hub.stop();
    await this.io.close();
  }

  signIn(token: string, tenantId = 'a', allowed: readonly Permission[] = permissions, scope: Scope = null): void {
    this.principals.set(token, {
      kind: 'user',
      userId: token,
      userName: token,
      tenantId,
      role: 'operator',
      sessionId: `session-${token}`,
      permissions: new Set(allowed),
      scope,
    });
  }

  open(token: string, namespace = '/live'): Socket {
    const client = connect(this.url + namespace, {
      transports: ['websocket'],
      auth: { token },
      forceNew: true,
      reconnection: false,
    });
    this.clients.push(client);
    return client;
  }

  commit(samples: readonly Sample[], ingestTime = 0): void {
    for (const sample of samples) this.latest.set(sample.tag, sample);
    const rows = {
      count: samples.length,
      tags: Uint32Array.from(samples, ({ tag }) => tag),
      sourceTimes: Float64Array.from(samples, ({ sourceTime }) => sourceTime),
      statuses: Uint32Array.from(samples, ({ status }) => status),
    };
    const texts = samples.map(({ value }) => value).filter((value) => typeof value === 'string');
    const block: SampleBlock =
      texts.length === samples.length
        ? { kind: 'text', ...rows, values: texts }
        : {
            kind: 'number',
            ...rows,
            values: Float64Array.from(samples, ({ value }) => (typeof value === 'number' ? value : 0)),
          };
    this.stored += 1;
    this.committed.emit({ tenantId: 'a', gatewayId: 'g', blocks: [block], ingestTime });
  }
}

export function gateway(tenantId: string, online: boolean): LiveGateway {
  return {
    id: `${tenantId}-gateway`,
    name: tenantId,
    status: 'enrolled',
    online,
    connectedAt: online ? 1 : null,
    lastSeenAt: 1,
    heartbeat: null,
    configuration: null,
  };
}

export function good(tag: number, value: Sample['value'], sourceTime = 1_000): Sample {
  return { tag, sourceTime, status: 0, value };
}

export function figures(good: number): { kpi: AssetKpi; state: AssetState } {
  return {
    kpi: {
      tenantId: 'a',
      assetId: 'press',
      window: 'shift',
      label: 'day',
      shiftId: 'day',
      open: true,
      method: 'iso22400-2',
      mappingVersion: '1',
      from: 0,
      to: 1,
      elements: { pbt: 1, apt: 1, aust: 0, adet: 0, adot: 0, unknown: 0, notPlanned: 0 },
      counts: { produced: good, good, scrap: 0, unobserved: 0, unplanned: 0, resets: 0 },
      plannedRunTime: 1,
      coverage: 1,
      observedFrom: 0,
      availability: 1,
      effectiveness: 1,
      qualityRatio: 1,
      oee: 1,
    },
    state: { assetId: 'press', state: 'running', cause: noCause, since: 0, doubt: 'none' },
  };
}

export async function ask(client: Socket, event: string, payload: unknown): Promise<LiveAnswer> {
  return client.timeout(5_000).emitWithAck(event, payload) as Promise<LiveAnswer>;
}

export async function refused(client: Socket, payload: unknown): Promise<string> {
  const answer = await ask(client, 'subscribe', payload);
  if (answer.ok) throw new Error('the subscription was accepted');
  expect(answer.problem.detail).not.to.equal('');
  expect(answer.problem.advice).not.to.equal('');
  return answer.problem.code;
}

export function once<T>(client: Socket, event: string): Promise<T> {
  return new Promise((resolve) => client.once(event, resolve));
}

export async function until(what: string, met: () => boolean): Promise<void> {
  for (let i = 0; i < 500; i += 1) {
    if (met()) return;
    await sleep(systemClock, 10);
  }
  throw new Error(`waited in vain until ${what}`);
}

/** Stops the client's reading, then commits large values until the way to it is full. */
export async function pause(stage: Stage, client: Socket, tags: readonly number[]): Promise<{ resume(): void }> {
  const transport = client.io.engine.transport as unknown as { ws: { pause(): void; resume(): void } };
  transport.ws.pause();
  const large = 'x'.repeat(200_000);
  await until('the client is blocked', () => {
    stage.commit(tags.map((tag) => good(tag, `${large}${Math.random()}`)));
    return (
      [...stage.io.of('/live').sockets.values()].some(({ conn }) => !conn.transport.writable) &&
      stage.hub.figures().pending > 0
    );
  });
  await sleep(systemClock, 300);
  return transport.ws;
}

/** Packets that wait in the server for the transport of any live client. */
export function unsentPackets(stage: Stage): number {
  const waiting = [...stage.io.of('/live').sockets.values()].map(
    ({ conn }) => (conn as unknown as { writeBuffer: unknown[] }).writeBuffer.length,
  );
  return Math.max(0, ...waiting);
}
