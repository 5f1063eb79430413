import { Signal } from '@gongfu/shared/base/signal';
import type { AssetLevel, LocalText, TagRole } from '@gongfu/shared/model/asset';
import type { Principal } from '../access/principal.ts';
import type { AssetChange, AssetSource, KpiAsset, ResolvedSignal } from '../kpi/asset-source.ts';
import type {
  AssetRecord,
  AssetSignal,
  CalendarRecord,
  Records,
  StateMappingRecord,
  TagRecord,
  TargetChange,
} from '../records/records.ts';
import { type Feed, type Sight, sightOf } from './sight.ts';

export interface CalendarView {
  readonly id: string;
  readonly timeZone: string;
  readonly shifts: readonly { readonly id: string; readonly name: LocalText }[];
}

/** An asset as people see it. */
export interface AssetView {
  readonly assetId: string;
  readonly parentId: string | null;
  readonly level: AssetLevel;
  readonly name: LocalText;
  readonly order: number;
  readonly plannedCycleMs: number | null;
  readonly targetOee: number | null;
  /** Later targets, ascending, each for windows that start at `from` (UTC epoch ms) or later. */
  readonly targetChanges: readonly TargetChange[];
  /** UTC epoch ms; null while it is part of the plant. */
  readonly retiredAt: number | null;
  /** Its own or that of the nearest ancestor that has one. */
  readonly calendar: CalendarView | null;
  readonly stateMappingId: string | null;
  /** Children (asset ids) a group's KPIs are made of; empty: all. */
  readonly kpiFrom: readonly string[];
  readonly signals: readonly {
    readonly role: TagRole;
    /** Name of the gateway that reads it. */
    readonly gateway: string;
    readonly source: string;
    /** Of the tag, within its source. */
    readonly name: string;
    readonly tagId: string | null;
    readonly unit: string;
    readonly rolloverAt: number | null;
  }[];
}

interface Entry {
  readonly view: AssetView;
  readonly kpi: KpiAsset;
  readonly feeds: readonly Feed[];
  /** Content as text: tells whether anything the KPI engine sees has changed. */
  readonly print: string;
}

type TenantAssets = Map<string, Entry>;

/** The asset tree with its signals resolved to tags, in memory; `refresh` reads the records again. */
export class AssetCatalogue implements AssetSource {
  readonly changed: Signal<AssetChange>;
  readonly #records: Records;
  #tenants = new Map<string, TenantAssets>();
  #refreshing: Promise<void> = Promise.resolve();

  constructor(options: {
    records: Records;
    onListenerError: (error: unknown) => void;
  }) {
    this.#records = options.records;
    this.changed = new Signal(options.onListenerError);
  }

  /** After start, after an import, and when a gateway declared tags that were new. One reading at a time. */
  refresh(): Promise<void> {
    const next = this.#refreshing.then(() => this.#read());
    this.#refreshing = next.catch(() => {});
    return next;
  }

  /** Without those that are retired, unless asked for. */
  views(tenantId: string, options: { retired?: boolean } = {}): AssetView[] {
    const all = [...(this.#tenants.get(tenantId)?.values() ?? [])].map((entry) => entry.view);
    return options.retired === true ? all : all.filter(({ retiredAt }) => retiredAt === null);
  }

  /** What this principal sees of the tenant's tags, sources and gateways. */
  sight(principal: Pick<Principal, 'tenantId' | 'scope'>): Sight {
    const entries = principal.scope === null ? [] : [...(this.#tenants.get(principal.tenantId)?.values() ?? [])];
    return sightOf(
      principal,
      entries.flatMap(({ feeds }) => feeds),
    );
  }

  asset(tenantId: string, assetId: string): KpiAsset | undefined {
    return this.#tenants.get(tenantId)?.get(assetId)?.kpi;
  }

  children(tenantId: string, assetId: string): readonly KpiAsset[] {
    return [...(this.#tenants.get(tenantId)?.values() ?? [])]
      .filter((entry) => entry.view.parentId === assetId)
      .sort((a, b) => a.view.order - b.view.order)
      .map((entry) => entry.kpi);
  }

  workUnits(): readonly KpiAsset[] {
    return [...this.#tenants.values()].flatMap((assets) =>
      [...assets.values()]
        .map((entry) => entry.kpi)
        .filter((kpi) => kpi.level === 'work-unit' && kpi.retiredAt === null),
    );
  }

  async #read(): Promise<void> {
    const [assets, calendars, mappings, gateways] = await Promise.all([
      this.#records.assets.find().sort({ order: 1 }).lean<AssetRecord[]>(),
      this.#records.calendars.find().lean<CalendarRecord[]>(),
      this.#records.stateMappings.find().lean<StateMappingRecord[]>(),
      this.#records.gateways
        .find()
        .select({ tenantId: 1, name: 1 })
        .lean<{ _id: string; tenantId: string; name: string }[]>(),
    ]);
    const gatewayIds = new Map(gateways.map((gateway) => [`${gateway.tenantId}/${gateway.name}`, gateway._id]));
    const tags = await this.#tagsOf(assets, gatewayIds);
    const calendarOf = new Map(calendars.map((calendar) => [calendar._id, calendar]));
    const mappingOf = new Map(mappings.map((mapping) => [mapping._id, mapping]));
    const next = new Map<string, TenantAssets>();
    for (const record of assets) {
      const resolved = record.signals.map((signal) => ({
        signal,
        tag: tags(record.tenantId, signal),
      }));
      const calendar = calendarOf.get(`${record.tenantId}/${record.calendarId}`) ?? null;
      const mapping = mappingOf.get(`${record.tenantId}/${record.stateMappingId}`) ?? null;
      const feeds = record.signals.flatMap(({ gateway, source, tag }) => {
        const gatewayId = gatewayIds.get(`${record.tenantId}/${gateway}`);
        return gatewayId === undefined ? [] : [{ assetId: record.assetId, gatewayId, source, tag }];
      });
      const entry = { ...entryOf(record, resolved, calendar, mapping), feeds };
      const tenant = next.get(record.tenantId) ?? new Map<string, Entry>();
      next.set(record.tenantId, tenant.set(record.assetId, entry));
    }
    const previous = this.#tenants;
    this.#tenants = next;
    for (const change of differences(previous, next)) this.changed.emit(change);
  }

  /** Only tags that play a role are read: a gateway may declare a hundred thousand others. */
  async #tagsOf(assets: readonly AssetRecord[], gatewayIds: ReadonlyMap<string, string>) {
    const wanted = new Set<string>();
    const key = (gatewayId: string, source: string, name: string) => JSON.stringify([gatewayId, source, name]);
    const sources = new Set<string>();
    for (const asset of assets) {
      for (const signal of asset.signals) {
        const gatewayId = gatewayIds.get(`${asset.tenantId}/${signal.gateway}`);
        if (gatewayId === undefined) continue;
        wanted.add(key(gatewayId, signal.source, signal.tag));
        sources.add(gatewayId);
      }
    }
    const found = new Map<string, TagRecord>();
    const tags = await this.#records.tags.find({ gatewayId: { $in: [...sources] } }).lean<TagRecord[]>();
    for (const tag of tags) {
      const name = key(tag.gatewayId, tag.source, tag.name);
      if (!wanted.has(name)) continue;
      // The same name declared anew with another type is a new tag: the newest number counts.
      const older = found.get(name);
      if (older === undefined || older.number < tag.number) found.set(name, tag);
    }
    return (tenantId: string, signal: AssetSignal): TagRecord | undefined => {
      const gatewayId = gatewayIds.get(`${tenantId}/${signal.gateway}`);
      return gatewayId === undefined ? undefined : found.get(key(gatewayId, signal.source, signal.tag));
    };
  }
}

function entryOf(
  record: AssetRecord,
  resolved: readonly { signal: AssetSignal; tag: TagRecord | undefined }[],
  calendar: CalendarRecord | null,
  mapping: StateMappingRecord | null,
): Omit<Entry, 'feeds'> {
  const signals: ResolvedSignal[] = resolved.flatMap(({ signal, tag }) =>
    tag === undefined
      ? []
      : [
          {
            role: signal.role,
            tag: { number: tag.number, kind: tag.kind },
            maxSilentMs: tag.maxSilentMs,
            rolloverAt: signal.rolloverAt,
          },
        ],
  );
  const targetChanges = record.targetChanges ?? [];
  const kpi: KpiAsset = {
    tenantId: record.tenantId,
    assetId: record.assetId,
    level: record.level,
    calendar,
    stateMapping: mapping,
    plannedCycleMs: record.plannedCycleMs,
    plannedCycleChanges: targetChanges.map(({ from, plannedCycleMs }) => ({ from, plannedCycleMs })),
    retiredAt: record.retiredAt ?? null,
    kpiFrom: record.kpiFrom,
    signals,
  };
  const view: AssetView = {
    assetId: record.assetId,
    parentId: record.parentId,
    level: record.level,
    name: record.name,
    order: record.order,
    plannedCycleMs: record.plannedCycleMs,
    targetOee: record.targetOee,
    targetChanges,
    retiredAt: record.retiredAt ?? null,
    calendar: calendar && {
      id: calendar.calendarId,
      timeZone: calendar.timeZone,
      shifts: shiftNames(calendar),
    },
    stateMappingId: record.stateMappingId,
    kpiFrom: record.kpiFrom,
    signals: resolved.map(({ signal, tag }) => ({
      role: signal.role,
      gateway: signal.gateway,
      source: signal.source,
      name: signal.tag,
      tagId: tag?._id ?? null,
      unit: tag?.unit ?? '',
      rolloverAt: signal.rolloverAt,
    })),
  };
  return { view, kpi, print: JSON.stringify([kpi, record.parentId]) };
}

/** Of all shifts there were and will be, so that a figure of the past has its name too; the latest name of each counts. */
function shiftNames({ shifts, changes = [] }: CalendarRecord): CalendarView['shifts'] {
  const all = [...shifts, ...changes.flatMap((change) => change.shifts)];
  return [...new Map(all.map(({ id, name }) => [id, { id, name }])).values()];
}

function differences(
  previous: ReadonlyMap<string, TenantAssets>,
  next: ReadonlyMap<string, TenantAssets>,
): AssetChange[] {
  const tenants = new Set([...previous.keys(), ...next.keys()]);
  return [...tenants].flatMap((tenantId) => {
    const before = previous.get(tenantId) ?? new Map<string, Entry>();
    const after = next.get(tenantId) ?? new Map<string, Entry>();
    const assetIds = [...new Set([...before.keys(), ...after.keys()])].filter(
      (assetId) => before.get(assetId)?.print !== after.get(assetId)?.print,
    );
    return assetIds.length === 0 ? [] : [{ tenantId, assetIds }];
  });
}
