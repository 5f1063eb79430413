import type { Logger } from '@gongfu/shared/base/logger';
import { Problem } from '@gongfu/shared/base/problem';
import { isBad } from '@gongfu/shared/model/quality';
import type {
  HostPermission,
  PlantAsset,
  PlantKpi,
  PluginContext,
  TagSamples,
} from '@gongfu/shared/sdk/plugin-context';
import type { Principal } from '../../access/principal.ts';
import { sees } from '../../access/scope.ts';
import type { AssetView } from '../../assets/asset-catalogue.ts';
import type { Sight } from '../../assets/sight.ts';
import type { HistoryStore, TagColumns } from '../../history/history-store.ts';
import type { KpiAsset } from '../../kpi/asset-source.ts';
import { assetUnknown, type KpiEngine } from '../../kpi/kpi-engine.ts';
import type { Records, TagRecord } from '../../records/records.ts';
import type { PluginStore } from './plugin-store.ts';

const samplesMax = 500_000;

/** What of the platform the contexts of plugins are made of. */
export interface PluginDoors {
  readonly assets: {
    views(tenantId: string): AssetView[];
    asset(tenantId: string, assetId: string): KpiAsset | undefined;
    sight(principal: Pick<Principal, 'tenantId' | 'scope'>): Sight;
  };
  readonly kpis: Pick<KpiEngine, 'evaluate'>;
  readonly history: Pick<HistoryStore, 'columns'>;
  readonly records: Pick<Records, 'tags'>;
  readonly store: PluginStore;
}

/** For whom a plugin is called: somebody with a scope, or the tenant itself. */
export type Caller = Pick<Principal, 'tenantId' | 'scope'>;

/** A context for one call; `end` makes every member refuse. */
export function callContext(options: {
  readonly pluginId: string;
  readonly permissions: readonly HostPermission[];
  readonly caller: Caller;
  readonly settings: unknown;
  readonly now: number;
  readonly doors: PluginDoors;
  readonly log: Logger;
}): { context: PluginContext; end(): void } {
  const { pluginId, permissions, caller, settings, now, doors, log } = options;
  const { store } = doors;
  const { tenantId } = caller;
  let over = false;
  const open = <A extends unknown[], R>(needed: HostPermission | undefined, call: (...given: A) => Promise<R>) => {
    return async (...given: A): Promise<R> => {
      if (over) throw refusal(pluginId, 'asked after its call had ended');
      if (needed !== undefined && !permissions.includes(needed)) {
        throw refusal(pluginId, `asked for what needs ${needed}, which its manifest does not name`);
      }
      return call(...given);
    };
  };
  const context: PluginContext = {
    tenantId,
    now,
    settings,
    assets: open('assets:read', async () => plantAssets(doors, caller)),
    kpis: open('kpis:read', (query) => plantKpis(doors, caller, query)),
    samples: open('samples:read', (query) => tagSamples(doors, caller, query)),
    record: open(undefined, (key) => store.record(tenantId, pluginId, key)),
    records: open(undefined, (prefix) => store.records(tenantId, pluginId, prefix)),
    putRecord: open(undefined, (key, value) => store.putRecord(tenantId, pluginId, key, value)),
    deleteRecord: open(undefined, (key) => store.deleteRecord(tenantId, pluginId, key)),
    log: open(undefined, async (level, message, fields) => log[level]({ plugin: pluginId, fields }, message)),
  };
  return {
    context,
    end() {
      over = true;
    },
  };
}

function refusal(pluginId: string, what: string): Problem {
  return new Problem({
    code: 'plugin-not-permitted',
    detail: `the plugin ${pluginId} ${what}`,
    advice:
      'The maker of the plugin has to name in the manifest what it needs and to answer when it has all it asked for.',
    reaction: 'drop',
    status: 500,
  });
}

function plantAssets({ assets }: PluginDoors, caller: Caller): PlantAsset[] {
  return assets
    .views(caller.tenantId)
    .filter(({ assetId }) => sees(caller, assetId))
    .map(({ assetId, parentId, level, name, calendar, signals }) => {
      const resolved = assets.asset(caller.tenantId, assetId)?.signals ?? [];
      return {
        assetId,
        parentId: parentId !== null && sees(caller, parentId) ? parentId : null,
        level,
        name,
        timeZone: calendar?.timeZone ?? 'UTC',
        signals: signals.map(({ role, tagId, unit }) => {
          const tag = resolved.find((one) => one.role === role && String(one.tag.number) === tagId);
          return { role, tag: tagId, unit, maxSilentMs: tag?.maxSilentMs ?? 0, rolloverAt: tag?.rolloverAt ?? null };
        }),
      };
    });
}

async function plantKpis(
  { kpis }: PluginDoors,
  caller: Caller,
  { assetId, window, from, to }: Parameters<PluginContext['kpis']>[0],
): Promise<PlantKpi[]> {
  if (!sees(caller, assetId)) throw assetUnknown(assetId);
  const results = await kpis.evaluate({ tenantId: caller.tenantId, assetId, window, from, to });
  return results.map(({ tenantId: _, ...result }) => result);
}

async function tagSamples(
  { records, history, assets }: PluginDoors,
  caller: Caller,
  query: Parameters<PluginContext['samples']>[0],
): Promise<TagSamples> {
  const tag = await records.tags.findOne({ _id: query.tag, tenantId: caller.tenantId }).lean<TagRecord>();
  if (tag === null || !assets.sight(caller).tag(tag)) {
    throw new Problem({
      code: 'not-found',
      detail: `there is no tag ${query.tag}`,
      advice: 'Take the tag from the signals of the assets.',
      reaction: 'drop',
      status: 404,
    });
  }
  const { number, kind } = tag;
  const { from, to, before } = query;
  const columns = await history.columns({ tag: { number, kind }, from, to, before });
  if (columns.sourceTimes.length > samplesMax) {
    throw new Problem({
      code: 'history-too-much',
      detail: `the range holds ${columns.sourceTimes.length} samples of tag ${query.tag}; a plugin is given ${samplesMax} at most`,
      advice: 'Ask for a shorter range.',
      reaction: 'drop',
      status: 422,
    });
  }
  return { sourceTimes: columns.sourceTimes.slice(), values: numbersOf(columns) };
}

function numbersOf({ statuses, values }: TagColumns): Float64Array {
  return Float64Array.from(values, (value, row) =>
    isBad(statuses[row]!) || typeof value === 'string' ? Number.NaN : Number(value),
  );
}
