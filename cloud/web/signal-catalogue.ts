import { unitSymbol } from '@gongfu/shared/model/unit-symbol';
import type { Asset } from './api-shapes.ts';
import type { WriteBounds } from './command-shapes.ts';

export interface Tag {
  readonly id: string;
  readonly gatewayId: string;
  readonly source: string;
  readonly name: string;
  readonly type: string;
  readonly unit: string;
  readonly description: string;
  /** True where the value is a number, whatever integer the source holds. */
  readonly scaled: boolean;
  /** Null: it may not be written. */
  readonly writable: WriteBounds | null;
}

export interface SignalGroup {
  readonly key: string;
  /** Null: tags of a source that feed no asset; then `source` names it. */
  readonly asset: Asset | null;
  readonly source: string;
  readonly tags: readonly Tag[];
}

/** Tags by the asset they feed, in the order of the tree; behind them those that feed none, by source. */
export function groupsOf(tags: readonly Tag[], assets: readonly Asset[]): SignalGroup[] {
  const byId = new Map(tags.map((tag) => [tag.id, tag]));
  const placed = new Set<string>();
  const groups: SignalGroup[] = [];
  for (const asset of assets) {
    const own = [...new Set(asset.signals.map(({ tag }) => tag))].flatMap((id) => byId.get(id ?? '') ?? []);
    for (const { id } of own) placed.add(id);
    if (own.length > 0) groups.push({ key: asset.id, asset, source: '', tags: own });
  }
  const rest = new Map<string, Tag[]>();
  for (const tag of tags) {
    if (placed.has(tag.id)) continue;
    const key = `${tag.gatewayId}/${tag.source}`;
    rest.set(key, [...(rest.get(key) ?? []), tag]);
  }
  for (const [key, own] of rest) groups.push({ key, asset: null, source: own[0]!.source, tags: own });
  return groups;
}

/** Every word must be found somewhere: in the tag, its source, or the asset it feeds, in either language. */
export function groupsFound(groups: readonly SignalGroup[], words: string): SignalGroup[] {
  const wanted = words.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  return groups.flatMap((group) => {
    const place = `${group.asset?.name.zh ?? ''} ${group.asset?.name.en ?? ''} ${group.asset?.id ?? ''}`;
    const tags = group.tags.filter(({ name, source, description, unit, id }) => {
      const text = `${place} ${source} ${name} ${description} ${unit} ${unitSymbol(unit)} ${id}`.toLocaleLowerCase();
      return wanted.every((word) => text.includes(word));
    });
    return tags.length === 0 ? [] : [{ ...group, tags }];
  });
}

/** Name with its place: two machines have a temperature each. */
export function signalLabels(
  groups: readonly SignalGroup[],
  name: (text: { zh: string; en: string }) => string,
): Map<string, string> {
  return new Map(
    groups.flatMap(({ asset, source, tags }) =>
      tags.map((tag) => [tag.id, `${asset === null ? source : name(asset.name)} · ${tag.name}`] as const),
    ),
  );
}
