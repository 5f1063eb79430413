import type { Asset, AssetCalendar } from './api-shapes.ts';

/** A line with the machines beneath it, as the overview shows them. */
export interface Line {
  readonly asset: Asset;
  readonly machines: readonly Asset[];
  /** The line's; without one that of the first of its machines that has one. */
  readonly calendar: AssetCalendar | null;
  /** IANA zone of that calendar; UTC when there is none. */
  readonly timeZone: string;
}

export interface Plant {
  /** The site, or the enterprise where there is no single site. */
  readonly root: Asset | undefined;
  readonly timeZone: string;
  readonly lines: readonly Line[];
}

/** Lines in the order of the tree. Machines that stand directly under an area or site make a line of that asset; one that stands alone is its own. */
export function plantOf(assets: readonly Asset[]): Plant {
  const byId = new Map(assets.map((asset) => [asset.id, asset]));
  const children = new Map<string, Asset[]>();
  for (const asset of assets) {
    const siblings = children.get(asset.parentId ?? '');
    if (siblings === undefined) children.set(asset.parentId ?? '', [asset]);
    else siblings.push(asset);
  }
  const lines: Line[] = [];
  const visit = (asset: Asset): void => {
    const below = (children.get(asset.id) ?? []).toSorted((a, b) => a.order - b.order || a.id.localeCompare(b.id));
    const isAlone = asset.level === 'work-unit' && !byId.has(asset.parentId ?? '');
    const machines = isAlone ? [asset] : below.filter(({ level }) => level === 'work-unit');
    if (asset.level === 'line' || machines.length > 0) {
      const calendar = [asset, ...machines].find((one) => one.calendar !== null)?.calendar ?? null;
      lines.push({ asset, machines, calendar, timeZone: calendar?.timeZone ?? 'UTC' });
    }
    for (const child of below) visit(child);
  };
  for (const asset of assets) if (asset.parentId === null || !byId.has(asset.parentId)) visit(asset);
  const sites = assets.filter(({ level }) => level === 'site');
  const root = sites.length === 1 ? sites[0] : assets.find(({ level }) => level === 'enterprise');
  return { root, timeZone: lines[0]?.timeZone ?? 'UTC', lines };
}

/** Tags the overview follows: those that carry a role. Plain signals belong to the machine's own page. */
export function followedTags(lines: readonly Line[]): string[] {
  const signals = lines.flatMap(({ machines }) => machines.flatMap((machine) => machine.signals));
  return [...new Set(signals.flatMap(({ role, tag }) => (tag === null || role === 'signal' ? [] : [tag])))];
}
