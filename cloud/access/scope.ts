import type { Principal, Scope } from './principal.ts';

/**
 * True for an asset of the scope and for everything under it: an asset id is the path from the root. Not for what lies
 * above. This one function decides for assets; `cloud/assets/sight.ts` carries it over to tags, sources and gateways.
 */
export function sees({ scope }: Pick<Principal, 'scope'>, assetId: string): boolean {
  return scope === null || scope.some((root) => assetId === root || assetId.startsWith(`${root}.`));
}

/** True when nobody sees more with `inner` than with `outer`. */
export function isWithin(inner: Scope, outer: Scope): boolean {
  return outer === null || inner?.every((assetId) => sees({ scope: outer }, assetId)) === true;
}
