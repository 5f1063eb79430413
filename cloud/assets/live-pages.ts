import type { Principal } from '../access/principal.ts';
import { sees } from '../access/scope.ts';
import type { AssetCatalogue, AssetView } from './asset-catalogue.ts';

const address = /^\/(?:(lines|machines)\/([^/]+))?$/;

/**
 * What the page of that address shows live, of what the principal sees: the overview every asset, a line itself and what
 * stands in it, a machine itself and its signals. Undefined when there is no such page for this principal.
 */
export function livePage(
  principal: Principal,
  page: string,
  assets: Pick<AssetCatalogue, 'views'>,
): { tags: number[]; assets: string[] } | undefined {
  const found = address.exec(page);
  if (found === null) return undefined;
  const [, kind, text] = found;
  const seen = assets.views(principal.tenantId).filter(({ assetId }) => sees(principal, assetId));
  if (kind === undefined) return { tags: [], assets: seen.map(({ assetId }) => assetId) };
  const own = seen.find(({ assetId }) => assetId === decoded(text!));
  if (own === undefined) return undefined;
  const shown = kind === 'machines' ? [own] : [own, ...seen.filter(({ parentId }) => parentId === own.assetId)];
  return { tags: kind === 'machines' ? tagsOf(own) : [], assets: shown.map(({ assetId }) => assetId) };
}

function tagsOf({ signals }: AssetView): number[] {
  return signals.flatMap(({ tagId }) => (tagId === null ? [] : [Number(tagId)]));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
