import type { Clock } from '@gongfu/shared/base/clock';
import type { LiveAlarm, LiveGateway } from '@gongfu/shared/wire/live';
import type { Accounts } from './access/accounts.ts';
import type { ApiKeys } from './access/api-keys.ts';
import type { Audit } from './access/audit.ts';
import type { OidcSignIn } from './access/oidc-sign-in.ts';
import type { Principal } from './access/principal.ts';
import { sees } from './access/scope.ts';
import type { SecondFactors } from './access/second-factor.ts';
import type { Sessions } from './access/session.ts';
import type { SignIn } from './access/sign-in.ts';
import type { Tenants } from './access/tenants.ts';
import type { AlarmFeed } from './alarms/alarm-feed.ts';
import type { Alarms, AlarmView } from './alarms/alarms.ts';
import { accountRoutes } from './api/account-routes.ts';
import { alarmRoutes } from './api/alarm-routes.ts';
import { apiKeyRoutes } from './api/api-key-routes.ts';
import { assetEditRoutes } from './api/asset-edit-routes.ts';
import { assetRoutes } from './api/asset-routes.ts';
import { auditRoutes } from './api/audit-routes.ts';
import { brokerRoutes } from './api/broker-routes.ts';
import { calendarRoutes } from './api/calendar-routes.ts';
import { commandRoutes } from './api/command-routes.ts';
import { commandSettingsRoutes } from './api/command-settings-routes.ts';
import { configurationRoutes } from './api/configuration-routes.ts';
import { exportRoutes } from './api/export-routes.ts';
import { gapRoutes } from './api/gap-routes.ts';
import { gatewayRoutes } from './api/gateway-routes.ts';
import { kpiRoutes } from './api/kpi-routes.ts';
import { latestRoutes } from './api/latest-routes.ts';
import { lineWriteRoutes } from './api/line-write-routes.ts';
import { lossRoutes } from './api/loss-routes.ts';
import { oidcRoutes } from './api/oidc-routes.ts';
import { platformRoutes } from './api/platform-routes.ts';
import { portalRoutes } from './api/portal-routes.ts';
import { roleRoutes } from './api/role-routes.ts';
import type { Route } from './api/route.ts';
import { secondFactorRoutes } from './api/second-factor-routes.ts';
import { seriesRoutes } from './api/series-routes.ts';
import { sessionRoutes } from './api/session-routes.ts';
import { stateMappingRoutes } from './api/state-mapping-routes.ts';
import { tagFinder } from './api/tag-choice.ts';
import { tagRoutes } from './api/tag-routes.ts';
import { tenantRoutes } from './api/tenant-routes.ts';
import { thingsboardRoutes } from './api/thingsboard-routes.ts';
import { userRoutes } from './api/user-routes.ts';
import { type DeliveryDoor, type WebhookDoor, webhookRoutes } from './api/webhook-routes.ts';
import type { AssetCatalogue } from './assets/asset-catalogue.ts';
import type { AssetEditor } from './assets/asset-editor.ts';
import type { Calendars } from './assets/calendars.ts';
import { livePage } from './assets/live-pages.ts';
import { gatewayIn } from './assets/sight.ts';
import type { TagIdentities } from './assets/tag-identities.ts';
import type { CommandSettings } from './commands/command-settings.ts';
import { type Commands, isOwn } from './commands/commands.ts';
import type { Configurations } from './configurations/configurations.ts';
import type { ForeignWrites } from './doors/foreign-writes.ts';
import type { SampleExports } from './exports/sample-exports.ts';
import type { Decommissioning } from './gateways/decommissioning.ts';
import type { EdgeNamespace } from './gateways/edge-namespace.ts';
import type { Enrolment } from './gateways/enrolment.ts';
import type { GatewayPresence, Presence } from './gateways/presence.ts';
import type { HistoryStore } from './history/history-store.ts';
import type { LastValues } from './history/last-values.ts';
import type { QueryQueue } from './history/query-queue.ts';
import type { RetentionSchedule } from './history/retention-schedule.ts';
import type { Ingest } from './ingest/ingest.ts';
import type { KpiRunner } from './kpi/kpi-runner.ts';
import type { Listener } from './listening/listener.ts';
import type { LiveAlarms, LivePresence } from './live/live-hub.ts';
import type { LiveCatalogue } from './live/subscriptions.ts';
import { brokerFigures, createMetrics, figuresOf } from './metrics.ts';
import type { ConnectionBoard } from './mqtt/connection-status.ts';
import type { PublishedPlant } from './mqtt/published-plant.ts';
import { mountedRoutes } from './plugins/host/mounted-routes.ts';
import type { PluginHost } from './plugins/host/plugin-host.ts';
import type { PortalBoard } from './portal/portal-board.ts';
import type { Records } from './records/records.ts';

/** Everything the outward faces are made of. Made by `service.ts`; nothing is constructed here that holds anything. */
export interface Parts {
  readonly records: Records;
  readonly history: HistoryStore;
  readonly queryQueue: QueryQueue;
  readonly exports: SampleExports;
  readonly lastValues: LastValues;
  readonly ingest: Ingest;
  readonly assets: AssetCatalogue;
  readonly tagIdentities: TagIdentities;
  readonly assetEditor: AssetEditor;
  readonly calendars: Calendars;
  readonly kpis: KpiRunner;
  readonly sessions: Sessions;
  readonly signIn: SignIn;
  readonly secondFactors: SecondFactors;
  readonly oidc: OidcSignIn;
  readonly accounts: Accounts;
  readonly tenants: Tenants;
  readonly keys: ApiKeys;
  readonly audit: Audit;
  readonly edge: EdgeNamespace;
  readonly presence: Presence;
  readonly commands: Commands;
  readonly commandSettings: CommandSettings;
  readonly configurations: Configurations;
  readonly alarms: Alarms;
  readonly alarmFeed: AlarmFeed;
  readonly writes: ForeignWrites;
  readonly enrolment: Enrolment;
  readonly decommissioning: Decommissioning;
  readonly listener: Listener;
  readonly plugins: PluginHost;
  readonly board: PortalBoard;
  readonly retention: RetentionSchedule;
  readonly deliveries: DeliveryDoor;
  readonly hooks: WebhookDoor;
  readonly brokers: ConnectionBoard;
}

/** All of HTTP, in one list: the router, the OpenAPI document and the permission tests are made from it. */
export function createRoutes(
  parts: Parts & { version: string; clock: Clock; openIngest: { bodySize: number; jsonBodySize: number } },
): Route[] {
  const { version, clock } = parts;
  const { records, history, lastValues, ingest, assets, kpis, sessions, signIn, accounts, keys, audit } = parts;
  const { edge, presence, enrolment, listener, plugins, board, queryQueue: queue } = parts;
  const { secondFactors, oidc } = parts;
  const sight = (principal: Principal) => assets.sight(principal);
  const findTags = tagFinder(records, sight);
  const routes: Route[] = [
    ...platformRoutes({
      version,
      readyParts: [
        { name: 'history', check: () => history.health() },
        { name: 'records', check: async () => ({ ready: records.ready(), detail: 'master data' }) },
      ],
      metrics: createMetrics([...figuresOf(ingest, presence, parts.retention), ...brokerFigures(parts.brokers)]),
      routes: () => routes,
    }),
    ...sessionRoutes({
      signIn: (attempt) => signIn.signIn(attempt),
      renew: (refreshToken, { address }) =>
        sessions.renew(refreshToken, ({ tenantId, userId, userName }) =>
          audit.note({
            tenantId,
            actor: { kind: 'user', id: userId, name: userName },
            action: 'session-refresh',
            object: '',
            outcome: 'refused',
            address,
            detail: 'refresh-refused: used twice, the session was ended',
          }),
        ),
      end: (sessionId) => sessions.end(sessionId),
      own: (principal) => accounts.ownSessions(principal),
      endOwn: (principal, sessionId) => accounts.endOwnSession(principal, sessionId),
      endOthers: (principal) => accounts.endOtherSessions(principal),
      changePassword: (principal, change) => accounts.changeOwnPassword(principal, change),
    }),
    ...oidcRoutes({ label: oidc.label, begin: (address) => oidc.begin(address), finish: (back) => oidc.finish(back) }),
    ...accountRoutes(accounts),
    ...secondFactorRoutes({
      status: (userId) => secondFactors.status(userId),
      begin: async (principal, proof) => {
        await accounts.requireOwnPassword(principal, proof);
        return secondFactors.begin(principal);
      },
      confirm: async (principal, code) => {
        const codes = await secondFactors.confirm(principal.userId, code);
        await sessions.endAllOf(principal.userId, principal.sessionId);
        return codes;
      },
      renewRecoveryCodes: (userId, code) => secondFactors.renewRecoveryCodes(userId, code),
      remove: (userId, code) => secondFactors.remove(userId, code),
      reset: (principal, name) => accounts.resetSecondFactor(principal, name),
    }),
    ...userRoutes(accounts),
    ...roleRoutes(),
    ...tenantRoutes(parts.tenants),
    ...apiKeyRoutes({ keys, clock }),
    ...auditRoutes(audit),
    ...gatewayRoutes({
      list: async (principal) => {
        const gateways = await presence.list(principal.tenantId);
        return gateways.flatMap((gateway) => gatewayIn(sight(principal), gateway) ?? []);
      },
      cloudKeys: () => listener.keys(),
      createCode: (tenantId, name) => enrolment.createCode(tenantId, name),
      enrol: async (request) => {
        const enrolled = await enrolment.enrol(request);
        edge.cut(enrolled.gatewayId);
        return enrolled;
      },
      decommission: (request, address) => parts.decommissioning.decommission(request, address),
      revoke: (tenantId, gatewayId) => edge.revoke(tenantId, gatewayId),
    }),
    ...assetRoutes({ assets, clock }),
    ...assetEditRoutes({ editor: parts.assetEditor, assets }),
    ...calendarRoutes(parts.calendars),
    ...stateMappingRoutes(records),
    ...tagRoutes({ records, history, queue, clock, sight, findTags }),
    ...commandRoutes({
      commands: {
        request: (principal, asked) => parts.commands.request(principal, asked),
        list: (principal, asked) => parts.commands.list(principal, asked),
        find: (principal, id) => parts.commands.find(principal, id),
        approve: (principal, id) => parts.commands.approve(principal, id),
        withdraw: (principal, id) => parts.commands.withdraw(principal, id),
        isOwn,
      },
      findTags,
    }),
    ...commandSettingsRoutes(parts.commandSettings),
    ...configurationRoutes(parts.configurations),
    ...alarmRoutes(parts.alarms),
    ...exportRoutes({ exports: parts.exports, findTags }),
    ...seriesRoutes({ history, queue, clock, findTags }),
    ...latestRoutes({ tags: parts.tagIdentities, lastValues, queue, sight }),
    ...kpiRoutes({ kpis, clock }),
    ...lossRoutes({ kpis, clock }),
    ...gapRoutes({ records, history, stored: (gatewayId, epoch) => ingest.stored(gatewayId, epoch), sight }),
    ...lineWriteRoutes({ writes: parts.writes, clock, version, ...parts.openIngest }),
    ...thingsboardRoutes({ writes: parts.writes, clock, ...parts.openIngest }),
    ...portalRoutes({ plugins, board }),
    ...brokerRoutes(parts.brokers),
    ...webhookRoutes(parts),
    ...mountedRoutes({ declarations: plugins.declarations(), call: plugins.call.bind(plugins), clock }),
  ];
  return routes;
}

export function liveCatalogue(identities: TagIdentities, assets: AssetCatalogue): LiveCatalogue {
  return {
    knownTags: async (principal, tags) => {
      const found = await identities.find(principal.tenantId, tags.map(String));
      const sight = assets.sight(principal);
      const seen = [...found.values()].filter((tag) => sight.tag(tag));
      return new Map(seen.map(({ number, kind, gatewayId }) => [number, { number, kind, gatewayId }]));
    },
    knownAssets: async (principal, assetIds) =>
      new Set(
        assetIds.filter(
          (assetId) => sees(principal, assetId) && assets.asset(principal.tenantId, assetId) !== undefined,
        ),
      ),
    page: (principal, address) => livePage(principal, address, assets),
  };
}

export function livePresence(presence: Presence, assets: AssetCatalogue): LivePresence {
  const live = ({ gatewayId, ...gateway }: GatewayPresence): LiveGateway => ({ id: gatewayId, ...gateway });
  const seen = (principal: Principal, gateway: LiveGateway): LiveGateway | undefined =>
    gatewayIn(assets.sight(principal), { ...gateway, gatewayId: gateway.id });
  return {
    gatewaysOf: async (principal) =>
      (await presence.list(principal.tenantId)).flatMap((gateway) => seen(principal, live(gateway)) ?? []),
    seen,
    changed: {
      on: (listener) => presence.changed.on(({ tenantId, gateway }) => listener({ tenantId, gateway: live(gateway) })),
    },
  };
}

export function liveAlarms(feed: AlarmFeed, assets: AssetCatalogue): LiveAlarms {
  return {
    seen: (principal, { gatewayId, source }) => assets.sight(principal).source(gatewayId, source),
    changed: {
      on: (listener) => feed.told.on(({ tenantId, alarms }) => listener({ tenantId, alarms: alarms.map(liveAlarm) })),
    },
  };
}

function liveAlarm(view: AlarmView): LiveAlarm {
  const { _id: id, tenantId, number, identity, condition, branch, refresh, epoch, report, ...shown } = view;
  return { id, ...shown };
}

/** What brokers may be told: the signals of assets that have a tag, each by its own name or, where two share one, by its source too. */
export function publishedPlant({
  assets,
  ingest,
  lastValues,
}: Pick<Parts, 'assets' | 'ingest' | 'lastValues'>): PublishedPlant {
  return {
    signals: (tenantId) =>
      assets.views(tenantId).flatMap(({ assetId, signals }) => {
        const tags = new Map(assets.asset(tenantId, assetId)?.signals.map(({ tag }) => [String(tag.number), tag]));
        const taken = new Set<string>();
        return signals.flatMap(({ tagId, source, name: own, unit }) => {
          const tag = tags.get(tagId ?? '');
          const name = taken.has(own) ? `${source}/${own}` : own;
          if (tag === undefined || taken.has(name)) return [];
          taken.add(name);
          return [{ tag: tag.number, kind: tag.kind, assetId, name, unit }];
        });
      }),
    latest: (tags) => lastValues.read(tags),
    onChanged: (listener) => assets.changed.on(({ tenantId }) => listener(tenantId)),
    onCommitted: (listener) => ingest.committed.on(listener),
  };
}
