import type { Heartbeat } from '@gongfu/shared/wire/handshake';
import type { Principal } from '../access/principal.ts';
import { sees } from '../access/scope.ts';

/** A signal of an asset that a known gateway reads. */
export interface Feed {
  readonly assetId: string;
  readonly gatewayId: string;
  readonly source: string;
  readonly tag: string;
}

/** What somebody sees of tags, sources and gateways: those that feed an asset they see, or all of the tenant. */
export interface Sight {
  /** No more than a query for tags needs to look at; each found one is still to be asked for with `tag`. */
  readonly tagQuery: { gatewayId?: { $in: string[] }; name?: { $in: string[] } };
  tag(tag: { readonly gatewayId: string; readonly source: string; readonly name: string }): boolean;
  /** '' is all sources of the gateway together. */
  source(gatewayId: string, source: string): boolean;
  gateway(gatewayId: string): boolean;
}

const everything: Sight = { tagQuery: {}, tag: () => true, source: () => true, gateway: () => true };

/** A tag that feeds no asset, and a gateway that feeds none, is seen by those who see the whole tenant. */
export function sightOf(principal: Pick<Principal, 'scope'>, feeds: Iterable<Feed>): Sight {
  if (principal.scope === null) return everything;
  const gateways = new Set<string>();
  const names = new Set<string>();
  const known = new Set<string>();
  for (const { assetId, gatewayId, source, tag } of feeds) {
    if (!sees(principal, assetId)) continue;
    gateways.add(gatewayId);
    names.add(tag);
    known.add(JSON.stringify([gatewayId, source])).add(JSON.stringify([gatewayId, source, tag]));
  }
  return {
    tagQuery: { gatewayId: { $in: [...gateways] }, name: { $in: [...names] } },
    tag: ({ gatewayId, source, name }) => known.has(JSON.stringify([gatewayId, source, name])),
    source: (gatewayId, source) =>
      source === '' ? gateways.has(gatewayId) : known.has(JSON.stringify([gatewayId, source])),
    gateway: (gatewayId) => gateways.has(gatewayId),
  };
}

/** A gateway with the sources that are seen; undefined when none is. Its backlog and rate are those of all its sources. */
export function gatewayIn<G extends { readonly gatewayId: string; readonly heartbeat: Heartbeat | null }>(
  sight: Sight,
  gateway: G,
): G | undefined {
  const { gatewayId, heartbeat } = gateway;
  if (!sight.gateway(gatewayId)) return undefined;
  const sources = heartbeat?.sources.filter(({ name }) => sight.source(gatewayId, name)) ?? [];
  return { ...gateway, heartbeat: heartbeat && { ...heartbeat, sources } };
}
