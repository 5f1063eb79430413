import { randomBytes } from 'node:crypto';
import { createServer, type Server as HttpServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import { Server } from 'socket.io';
import { Accounts } from './access/accounts.ts';
import { Audit } from './access/audit.ts';
import { bootstrapAdministrator } from './access/bootstrap.ts';
import { migrateRoles } from './access/role-migration.ts';
import { Sessions } from './access/session.ts';
import { SignIn } from './access/sign-in.ts';
import { createApplication } from './api/application.ts';
import { originGuard } from './api/origin-guard.ts';
import { AssetCatalogue } from './assets/asset-catalogue.ts';
import { AssetEditor } from './assets/asset-editor.ts';
import { Calendars } from './assets/calendars.ts';
import { importPlant } from './assets/plant-import.ts';
import type { PlantModel } from './assets/plant-model.ts';
import type { CloudConfig } from './config.ts';
import { createRoutes, liveCatalogue, livePresence, type Parts } from './faces.ts';
import { GatewayCredential } from './gateways/credential.ts';
import { EdgeNamespace } from './gateways/edge-namespace.ts';
import { Enrolment } from './gateways/enrolment.ts';
import { Presence } from './gateways/presence.ts';
import { TagCatalogue } from './gateways/tag-catalogue.ts';
import { DuckdbHistoryStore } from './history/duckdb/duckdb-history-store.ts';
import { LastValues } from './history/last-values.ts';
import { Ingest } from './ingest/ingest.ts';
import { KpiRunner } from './kpi/kpi-runner.ts';
import { LiveHub } from './live/live-hub.ts';
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
    const { config, log, version } = this.#options;
    const routes = createRoutes({ records, ...data, ...people, ...gateways, version, clock });
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
    const edits = { records, clock, refresh: () => assets.refresh() };
    const [assetEditor, calendars] = [new AssetEditor(edits), new Calendars(edits)];
    return { history, lastValues, ingest, assets, assetEditor, calendars, kpis };
  }

  async #startAccess(records: Records, homeTenantId: string) {
    const { clock, log } = this.#options;
    await migrateRoles(records, homeTenantId);
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
      presence: livePresence(presence, assets),
      clock,
      log,
    });
    await this.#run(live);
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
