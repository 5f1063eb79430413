import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf } from '@gongfu/shared/base/problem';
import { Server } from 'socket.io';
import { Accounts } from './access/accounts.ts';
import { ApiKeys } from './access/api-keys.ts';
import { Audit } from './access/audit.ts';
import { stranger } from './access/audit-trail.ts';
import { type Authentication, authentication } from './access/authentication.ts';
import { bootstrapAdministrator } from './access/bootstrap.ts';
import { OidcSignIn } from './access/oidc-sign-in.ts';
import { migrateRoles } from './access/role-migration.ts';
import { SecondFactors } from './access/second-factor.ts';
import { Sessions } from './access/session.ts';
import { SignIn } from './access/sign-in.ts';
import { Tenants } from './access/tenants.ts';
import { createApplication } from './api/application.ts';
import { refusalTurns } from './api/refusal-pace.ts';
import { socketGuard } from './api/socket-guard.ts';
import { refuseUnreadable } from './api/unreadable-request.ts';
import { AssetCatalogue } from './assets/asset-catalogue.ts';
import { AssetEditor } from './assets/asset-editor.ts';
import { Calendars } from './assets/calendars.ts';
import { importPlant } from './assets/plant-import.ts';
import type { PlantModel } from './assets/plant-model.ts';
import { TagIdentities } from './assets/tag-identities.ts';
import type { CloudConfig } from './config.ts';
import type { DoorParts } from './doors/door-gateway.ts';
import { Doors } from './doors/doors.ts';
import { ForeignWrites } from './doors/foreign-writes.ts';
import { PresentOrigins } from './doors/present-origins.ts';
import { SampleExports } from './exports/sample-exports.ts';
import { createRoutes, liveAlarms, liveCatalogue, livePresence, type Parts, publishedPlant } from './faces.ts';
import { type GatewayNeeds, gatewaySide } from './gateway-side.ts';
import { LastValues } from './history/last-values.ts';
import { QueryQueue } from './history/query-queue.ts';
import { RetentionSchedule } from './history/retention-schedule.ts';
import { identityProvider } from './identity-provider.ts';
import { Ingest } from './ingest/ingest.ts';
import { KpiRunner } from './kpi/kpi-runner.ts';
import { Listener } from './listening/listener.ts';
import { CrumbFreeSocketServer } from './listening/web-socket-server.ts';
import { LiveHub } from './live/live-hub.ts';
import { refuseUnfinished } from './migrate/move-marks.ts';
import { refuseUnfinishedRecords } from './migrate/records-move.ts';
import { MqttBrokers } from './mqtt/mqtt-brokers.ts';
import { outwardEvents } from './outward-events.ts';
import { findPlugins } from './plugins/host/plugin-folder.ts';
import { PluginHost } from './plugins/host/plugin-host.ts';
import { PluginStore } from './plugins/host/plugin-store.ts';
import { PortalBoard } from './portal/portal-board.ts';
import type { Records, TagRecord } from './records/records.ts';
import { backupDoor, historyStore, openRecords } from './stores.ts';

/** The built page; see `cloud/web`. */
const webFolder = fileURLToPath(new URL('../web-dist', import.meta.url));
/** One folder a plugin; see `cloud/plugins`. */
const pluginsFolder = fileURLToPath(new URL('./plugins', import.meta.url));

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
    // First: a certificate that cannot be served is known before anything is opened.
    const listener = await this.#startListener();
    const records = await this.#openRecords();
    const tenantId = await this.#importPlant(records, plant);
    const data = await this.#startData(records);
    const people = await this.#startAccess(records, tenantId);
    const io = this.#openSockets(listener);
    const gateways = await this.#startGateways(io, records, { ...data, ...people, tenantId, listener });
    await this.#startLive(io, { records, ...data, ...people, ...gateways, listener });
    const { writes, brokers } = await this.#startDoors({ records, ...data, ...gateways }, tenantId);
    const { config, log, version } = this.#options;
    const refusals = refusalTurns({ ...config.http, clock });
    const onUnreadable = ({ code, address }: { code: string; address: string }): void => {
      const action = 'request-unreadable';
      void people.audit.refuse({ ...stranger(address, tenantId), action, object: '', address, detail: code });
    };
    refuseUnreadable(listener.server, { refusals, clock, onUnreadable });
    const portal = await this.#startPortal(records, data);
    const kept = { ...config.history, history: data.history, audit: people.audit, homeTenantId: tenantId };
    const retention = new RetentionSchedule({ ...kept, records, clock, log });
    await this.#run(retention);
    const { webhooks, deliveries } = outwardEvents({ records, ...data, ...gateways }, this.#options, tenantId);
    await this.#run(webhooks);
    const { openIngest } = config;
    const rest = { deliveries, hooks: webhooks, listener, retention, writes, brokers, openIngest, version, clock };
    const routes = createRoutes({ records, ...data, ...people, ...gateways, ...portal, ...rest });
    listener.server.on(
      'request',
      createApplication({
        routes,
        authenticator: people.authenticator,
        audit: people.audit,
        homeTenantId: tenantId,
        webFolder,
        trustedProxies: config.http.trustedProxies,
        refusals,
        isSecure: listener.isSecure,
        clock,
        log,
      }),
    );
    await this.#run(backupDoor({ ...this.#options, records, history: data.history }));
    const url = await listener.listen();
    this.#stops.push(() => io.close());
    // Last: an administrator whose password nobody could be told would lock everybody out.
    const firstAdministrator = await bootstrapAdministrator({ records, tenantId, clock });
    return { url, firstAdministrator };
  }

  async #startListener(): Promise<Listener> {
    const { config, clock, log } = this.#options;
    const { host, port, tls, nextKeys } = config.http;
    const listener = new Listener({ host, port, tls, nextKeys, clock, log });
    await this.#run(listener);
    return listener;
  }

  async #openRecords(): Promise<Records> {
    const records = await openRecords(this.#options);
    this.#stops.push(() => records.close());
    await refuseUnfinishedRecords(records);
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
    const { config, clock, log } = this.#options;
    const history = await historyStore(this.#options);
    await this.#run(history);
    await refuseUnfinished(history);
    const lastValues = new LastValues({ history });
    const ingest = new Ingest({ history, clock, log });
    await this.#run(ingest);
    ingest.committed.on((committed) => lastValues.fold(committed));
    const tags = await records.tags.find().select({ number: 1, kind: 1 }).lean<TagRecord[]>();
    await lastValues.fill(tags);
    const assets = new AssetCatalogue({ records, onListenerError: this.#listenerFailed });
    await assets.refresh();
    const kpis = new KpiRunner({ assets, history, committed: ingest.committed, clock, log });
    await this.#run(kpis);
    const edits = { records, clock, refresh: () => assets.refresh() };
    const [assetEditor, calendars] = [new AssetEditor(edits), new Calendars(edits)];
    const tagIdentities = new TagIdentities({ records });
    const queryQueue = new QueryQueue({ runningMax: 4, waitingMax: 12 });
    const exports = new SampleExports({ folder: join(config.data.path, 'exports'), history });
    await this.#run(exports);
    return { history, queryQueue, exports, lastValues, ingest, assets, tagIdentities, assetEditor, calendars, kpis };
  }

  async #startAccess(records: Records, homeTenantId: string) {
    const { clock, log } = this.#options;
    await migrateRoles(records, homeTenantId);
    const sessions = new Sessions({ records, clock, log, tokenLifetimeMs: this.#options.config.signIn.tokenLifetime });
    await this.#run(sessions);
    const audit = new Audit({ records, clock, log });
    const secondFactors = new SecondFactors({ records, clock });
    const signIn = new SignIn({ records, sessions, audit, homeTenantId, secondFactors });
    const keys = new ApiKeys({ records, clock, log });
    const accounts = new Accounts({ records, sessions, keys, signIn, secondFactors, clock });
    const onListenerError = this.#listenerFailed;
    const tenants = new Tenants({ records, accounts, sessions, keys, clock, onListenerError });
    const provider = await identityProvider(this.#options, { records, sessions, keys }, homeTenantId);
    const oidc = new OidcSignIn({ provider, sessions, audit, clock });
    const authenticator = authentication(sessions, keys);
    return { sessions, audit, signIn, secondFactors, oidc, accounts, tenants, keys, authenticator };
  }

  async #startGateways(io: Server, records: Records, parts: GatewayNeeds) {
    const { clock, log } = this.#options;
    const onListenerError = this.#listenerFailed;
    const { running, ...side } = gatewaySide({ clock, log, onListenerError }, io, records, parts);
    for (const part of running) await this.#run(part);
    return side;
  }

  /** The ways in for data of others. */
  async #startDoors(
    parts: DoorParts & Pick<Parts, 'assets' | 'ingest' | 'lastValues' | 'presence'>,
    homeTenantId: string,
  ): Promise<Pick<Parts, 'writes' | 'brokers'>> {
    const { config, clock, log, random } = this.#options;
    const { records, history, ingest, tagCatalogue, presence } = parts;
    const limits = config.openIngest;
    const doors = new Doors({ records, history, ingest, tagCatalogue, clock, randomBytes, limits });
    const door = new PresentOrigins({ door: doors, presence, clock, onError: this.#listenerFailed });
    await this.#run(door);
    const tenantExists = async (tenantId: string) => (await records.tenants.exists({ _id: tenantId })) !== null;
    const kept = { homeTenantId, tenantExists, door, plant: publishedPlant(parts), clock, random, log };
    const brokers = new MqttBrokers({ config: config.mqtt, ...kept });
    await this.#run(brokers);
    return { writes: new ForeignWrites({ door, limits }), brokers };
  }

  /** The plugins of the installation and what the portal shows beside them. */
  async #startPortal(records: Records, { assets, kpis, history }: Pick<Parts, 'assets' | 'kpis' | 'history'>) {
    const { clock, log } = this.#options;
    const store = new PluginStore({ records, clock });
    const doors = { assets, kpis, history, records, store };
    const plugins = new PluginHost({ found: await findPlugins(pluginsFolder), doors, clock, log });
    await this.#run(plugins);
    return { plugins, board: new PortalBoard({ records, clock, randomBytes }) };
  }

  async #startLive(
    io: Server,
    parts: Omit<Parts, 'plugins' | 'board' | 'retention' | 'writes' | 'deliveries' | 'hooks' | 'brokers'> & {
      authenticator: Authentication;
    },
  ): Promise<void> {
    const { clock, log } = this.#options;
    const { assets, tagIdentities, authenticator, audit, ingest, history, lastValues, kpis, presence } = parts;
    const live = new LiveHub({
      io,
      authenticator,
      sessionEnded: authenticator.ended,
      plantChanged: assets.changed,
      onRefused: ({ principal: { tenantId, kind, userId, userName }, event, code, address }) => {
        const actor = { kind, id: userId, name: userName };
        void audit.refuse({ tenantId, actor, action: `live ${event}`, object: '', address, detail: code });
      },
      committed: ingest.committed,
      catalogue: liveCatalogue(tagIdentities, assets),
      lastValues,
      history,
      ledger: (gatewayId) => ingest.ledger(gatewayId),
      kpiEngine: kpis,
      presence: livePresence(presence, assets),
      alarms: liveAlarms(parts.alarmFeed, assets),
      clock,
      log,
    });
    await this.#run(live);
  }

  #openSockets({ server }: Listener): Server {
    const { config, clock, log } = this.#options;
    return new Server(server, {
      transports: ['websocket'],
      serveClient: false,
      allowRequest: socketGuard({ ...config.http, clock, log }),
      connectTimeout: 5_000,
      pingInterval: 5_000,
      pingTimeout: 10_000,
      maxHttpBufferSize: 16 * 1024 ** 2,
      perMessageDeflate: false,
      wsEngine: CrumbFreeSocketServer,
    });
  }

  async #run(part: Part): Promise<void> {
    this.#stops.push(() => part.stop());
    await part.start();
  }
}
