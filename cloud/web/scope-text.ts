import type { Asset } from './api-shapes.ts';
import type { Formats } from './formats.ts';

/** The parts of the plant that are seen, by their names. */
export function scopeText({ t, name }: Formats, scope: readonly string[] | null, assets: readonly Asset[]): string {
  if (scope === null) return t('users.whole');
  return scope
    .map((id) => {
      const found = assets.find((asset) => asset.id === id);
      return found === undefined ? id : name(found.name);
    })
    .join(', ');
}
