import { randomBytes } from 'node:crypto';
import { createServer, type Server as HttpServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import type { LiveGateway } from '@gongfu/shared/wire/live';
import { Server } from 'socket.io';
import { Accounts } from './access/accounts.ts';
import { Audit } from './access/audit.ts';
import { bootstrapAdministrator } from './access/bootstrap.ts';
import { Sessions } from './access/session.ts';
import { SignIn } from './access/sign-in.ts';
import { createApplication } from './api/application.ts';
import { assetRoutes } from './api/asset-routes.ts';
import { auditRoutes } from './api/audit-routes.ts';
import { gapRoutes } from './api/gap-routes.ts';
import { gatewayRoutes } from './api/gateway-routes.ts';
import { kpiRoutes } from './api/kpi-routes.ts';
import { latestRoutes } from './api/latest-routes.ts';
import { originGuard } from './api/origin-guard.ts';
import { platformRoutes } from './api/platform-routes.ts';
import type { Route } from './api/route.ts';
import { sessionRoutes } from './api/session-routes.ts';
import { tagRoutes } from './api/tag-routes.ts';
import { userRoutes } from './api/user-routes.ts';
import { AssetCatalogue } from './assets/asset-catalogue.ts';
import { importPlant } from './assets/plant-import.ts';
import type { PlantModel } from './assets/plant-model.ts';
import type { CloudConfig } from './config.ts';
import { GatewayCredential } from './gateways/credential.ts';
import { EdgeNamespace } from './gateways/edge-namespace.ts';
import { Enrolment } from './gateways/enrolment.ts';
import { type GatewayPresence, Presence } from './gateways/presence.ts';
import { TagCatalogue } from './gateways/tag-catalogue.ts';
import { DuckdbHistoryStore } from './history/duckdb/duckdb-history-store.ts';
import type { HistoryStore } from './history/history-store.ts';
import { LastValues } from './history/last-values.ts';
import { Ingest } from './ingest/ingest.ts';
import { KpiRunner } from './kpi/kpi-runner.ts';
import { type LiveCatalogue, LiveHub, type LivePresence } from './live/live-hub.ts';
import { createMetrics, figuresOf } from './metrics.ts';
import { connectRecords } from './records/connect.ts';
import type { Records, TagRecord } from './records/records.ts';

/** The built page; see `cloud/web`. */
const webFolder = fileURLToPath(new URL('../web-dist', import.meta.url));

export interface CloudServiceOptions {
  readonly config: CloudConfig;
  readonly plant: PlantModel | undefined;
  readonly log: Logger;
  readonly clock: Clock;
  readonly random: () => number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
}

export interface Started {
  readonly url: string;
  /** Present at the very first start only. */
  readonly firstAdministrator: { readonly name: string; readonly password: string } | undefined;
}

/** Everything the outward faces are made of. */
interface Parts {
  readonly records: Records;
  readonly history: HistoryStore;
  readonly lastValues: LastValues;
  readonly ingest: Ingest;
  readonly assets: AssetCatalogue;
  readonly kpis: KpiRunner;
  readonly sessions: Sessions;
  readonly signIn: SignIn;
  readonly accounts: Accounts;
  readonly audit: Audit;
  readonly edge: EdgeNamespace;
  readonly presence: Presence;
  readonly enrolment: Enrolment;
}

/** What stops, in the order it was started. */
type Stop = () => Promise<void>;

/** The composition root: every part of the cloud is made here, in start order, and stopped in reverse. */
export class CloudService {
  readonly #options: CloudServiceOptions;
  readonly #stops: Stop[] = [];
  readonly #listenerFailed = (error: unknown): void => {
    this.#options.log.error({ error: messageOf(error) }, 'a listener failed');
  };

  constructor(options: CloudServiceOptions) {
    this.#options = options;
  }

  async start(): Promise<Started> {
    try {
      return await this.#start();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0).reverse()) await stop();
  }

  async #start(): Promise<Started> {
    const { plant, clock } = this.#options;
    const records = await this.#openRecords();
    const tenantId = await this.#importPlant(records, plant);
    const data = await this.#startData(records);
    const people = await this.#startAccess(records, tenantId);
    const http = createServer();
    const io = this.#openSockets(http);
    const gateways = await this.#startGateways(io, records, { ...data, ...people, tenantId });
    await this.#startLive(io, { records, ...data, ...people, ...gateways });
    const routes = this.#routes({ records, ...data, ...people, ...gateways });
    const { config, log } = this.#options;
    http.on(
      'request',
      createApplication({
        routes,
        authenticator: people.sessions,
        audit: people.audit,
        webFolder,
        trustedProxies: config.http.trustedProxies,
        log,
      }),
    );
    const url = await this.#listen(http, io);
    // Last: an administrator whose password nobody could be told would lock everybody out.
    const firstAdministrator = await bootstrapAdministrator({ records, tenantId, clock });
    return { url, firstAdministrator };
  }

  async #openRecords(): Promise<Records> {
    const records = await openRecords(this.#options);
    this.#stops.push(() => records.close());
    return records;
  }

  async #importPlant(records: Records, plant: PlantModel | undefined): Promise<string> {
    if (plant !== undefined) {
      await importPlant(records, plant);
      return plant.tenant.id;
    }
    const { tenant } = this.#options.config;
    await records.tenants.updateOne(
      { _id: tenant },
      { $setOnInsert: { name: { zh: tenant, en: tenant } } },
      { upsert: true },
    );
    return tenant;
  }

  /** From the durable write to the figures: history, ingest, last values, assets, KPIs. */
  async #startData(records: Records) {
    const { config, clock, log, random } = this.#options;
    const folder = join(config.data.path, 'history');
    const history = new DuckdbHistoryStore({ folder, memoryLimit: `${config.history.memory}B`, clock, log, random });
    await this.#run(history);
    const lastValues = new LastValues();
    const ingest = new Ingest({ history, clock, log });
    await this.#run(ingest);
    ingest.committed.on((committed) => lastValues.fold(committed));
    const tags = await records.tags.find().select({ number: 1, kind: 1 }).lean<TagRecord[]>();
    lastValues.fill(await history.latest(tags.map(({ number, kind }) => ({ number, kind }))));
    const assets = new AssetCatalogue({ records, onListenerError: this.#listenerFailed });
    await assets.refresh();
    const kpis = new KpiRunner({ assets, history, committed: ingest.committed, clock, log });
    await this.#run(kpis);
    return { history, lastValues, ingest, assets, kpis };
  }

  async #startAccess(records: Records, homeTenantId: string) {
    const { clock, log } = this.#options;
    const sessions = new Sessions({ records, clock, log });
    await this.#run(sessions);
    const audit = new Audit({ records, clock, log });
    const signIn = new SignIn({ records, sessions, audit, homeTenantId });
    const accounts = new Accounts({ records, sessions, signIn, clock });
    return { sessions, audit, signIn, accounts };
  }

  async #startGateways(
    io: Server,
    records: Records,
    parts: Pick<Parts, 'ingest' | 'assets' | 'audit'> & { tenantId: string },
  ) {
    const { ingest, assets, audit, tenantId: homeTenantId } = parts;
    const { clock, log } = this.#options;
    const tagCatalogue = new TagCatalogue({ records, onListenerError: this.#listenerFailed });
    tagCatalogue.changed.on(() => {
      assets.refresh().catch(this.#listenerFailed);
    });
    const presence = new Presence({ records, clock, onListenerError: this.#listenerFailed });
    const credential = new GatewayCredential({ records, clock });
    const edge = new EdgeNamespace({ io, records, credential, tagCatalogue, presence, ingest, log });
    await this.#run(edge);
    return { edge, presence, enrolment: new Enrolment({ records, clock, randomBytes, audit, homeTenantId }) };
  }

  async #startLive(io: Server, parts: Parts): Promise<void> {
    const { clock, log } = this.#options;
    const { records, assets, sessions, ingest, lastValues, kpis, presence } = parts;
    const live = new LiveHub({
      io,
      authenticator: sessions,
      sessionEnded: sessions.ended,
      committed: ingest.committed,
      catalogue: liveCatalogue(records, assets),
      lastValues: { latest: (tag) => lastValues.get(tag) },
      kpiEngine: kpis,
      presence: livePresence(presence),
      clock,
      log,
    });
    await this.#run(live);
  }

  #routes(parts: Parts): Route[] {
    const { version, clock } = this.#options;
    const { records, history, lastValues, ingest, assets, kpis, sessions, signIn, accounts, audit } = parts;
    const { edge, presence, enrolment } = parts;
    const routes: Route[] = [
      ...platformRoutes({
        version,
        readyParts: [
          { name: 'history', check: () => history.health() },
          { name: 'records', check: async () => ({ ready: records.ready(), detail: 'master data' }) },
        ],
        metrics: createMetrics(figuresOf(ingest, presence)),
        routes: () => routes,
      }),
      ...sessionRoutes({
        signIn: (attempt) => signIn.signIn(attempt),
        end: (sessionId) => sessions.end(sessionId),
        changePassword: (principal, change) => accounts.changeOwnPassword(principal, change),
      }),
      ...userRoutes(accounts),
      ...auditRoutes(audit),
      ...gatewayRoutes({
        list: (tenantId) => presence.list(tenantId),
        createCode: (tenantId, name) => enrolment.createCode(tenantId, name),
        enrol: async (request) => {
          const enrolled = await enrolment.enrol(request);
          edge.cut(enrolled.gatewayId);
          return enrolled;
        },
        revoke: (tenantId, gatewayId) => edge.revoke(tenantId, gatewayId),
      }),
      ...assetRoutes(assets),
      ...tagRoutes({ records, history, clock }),
      ...latestRoutes({ records, lastValues }),
      ...kpiRoutes({ kpis, clock }),
      ...gapRoutes({ records, history, stored: (gatewayId, epoch) => ingest.stored(gatewayId, epoch) }),
    ];
    return routes;
  }

  #openSockets(http: HttpServer): Server {
    const { config, log } = this.#options;
    const { allowedOrigins } = config.http;
    return new Server(http, {
      transports: ['websocket'],
      serveClient: false,
      allowRequest: originGuard({ allowedOrigins, log }),
      connectTimeout: 5_000,
      pingInterval: 5_000,
      pingTimeout: 10_000,
      maxHttpBufferSize: 16 * 1024 ** 2,
      perMessageDeflate: false,
    });
  }

  async #run(part: Part): Promise<void> {
    this.#stops.push(() => part.stop());
    await part.start();
  }

  #listen(http: HttpServer, io: Server): Promise<string> {
    const { port, host } = this.#options.config.http;
    return new Promise((resolve, reject) => {
      http.once('error', (error: NodeJS.ErrnoException) => reject(listenProblem(error, host, port)));
      http.listen(port, host, () => {
        const address = http.address();
        const actual = typeof address === 'object' && address !== null ? address.port : port;
        this.#stops.push(async () => {
          http.closeAllConnections();
          await io.close();
        });
        const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
        resolve(`http://${shown.includes(':') ? `[${shown}]` : shown}:${actual}`);
      });
    });
  }
}

/** The records the configuration names; also for commands that work while the service does not run. */
export function openRecords(options: Pick<CloudServiceOptions, 'config' | 'env' | 'log'>): Promise<Records> {
  const { config, env, log } = options;
  const uri = env.MONGODB_URI;
  return connectRecords({ folder: join(config.data.path, 'records'), ...(uri ? { uri } : {}), log });
}

function listenProblem(error: NodeJS.ErrnoException, host: string, port: number): Problem {
  const taken = error.code === 'EADDRINUSE';
  return new Problem({
    code: taken ? 'port-taken' : 'port-unusable',
    detail: `cannot listen on ${host}:${port}: ${taken ? 'another program uses the port' : messageOf(error)}`,
    advice: taken
      ? 'Stop the other program or choose another port: PORT=8090, or http.port in the configuration.'
      : 'Choose an address of this machine and a port this user may open: HOST and PORT, or http in the configuration.',
    reaction: 'stop',
    cause: error,
  });
}

function liveCatalogue(records: Records, assets: AssetCatalogue): LiveCatalogue {
  return {
    knownTags: async (tenantId, tags) => {
      const found = await records.tags
        .find({ tenantId, _id: { $in: tags.map(String) } })
        .select({ number: 1 })
        .lean<TagRecord[]>();
      return new Set(found.map((tag) => tag.number));
    },
    knownAssets: async (tenantId, assetIds) =>
      new Set(assetIds.filter((assetId) => assets.asset(tenantId, assetId) !== undefined)),
  };
}

function livePresence(presence: Presence): LivePresence {
  const live = ({ gatewayId, ...gateway }: GatewayPresence): LiveGateway => ({ id: gatewayId, ...gateway });
  return {
    gatewaysOf: async (tenantId) => (await presence.list(tenantId)).map(live),
    changed: {
      on: (listener) => presence.changed.on(({ tenantId, gateway }) => listener({ tenantId, gateway: live(gateway) })),
    },
  };
}
