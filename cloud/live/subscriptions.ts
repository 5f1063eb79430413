import type { Clock } from '@gongfu/shared/base/clock';
import type { LiveAnswer, LiveGateway, LivePosition, LiveSample } from '@gongfu/shared/wire/live';
import type { Principal } from '../access/principal.ts';
import type { HistoryTag } from '../history/history-store.ts';
import type { Newest } from './conflation.ts';
import { Followers } from './followers.ts';
import type { LiveClient } from './live-client.ts';
import { assetsPerClientMax, everyPerClientMax, tagsPerClientMax } from './live-events.ts';
import { forbidden, requireKnown, tooLarge } from './live-problems.ts';
import { type ParsedRequest, readRequest } from './live-request.ts';
import { formatHeard, type Ledger } from './position.ts';
import type { Missed, Resumption } from './resumption.ts';

export interface LiveTag extends HistoryTag {
  readonly gatewayId: string;
}

/** What the hub needs to know of the records: of the ids given, those that the principal sees. */
export interface LiveCatalogue {
  knownTags(principal: Principal, tags: readonly number[]): Promise<ReadonlyMap<number, LiveTag>>;
  knownAssets(principal: Principal, assetIds: readonly string[]): Promise<ReadonlySet<string>>;
}

export interface SubscriptionsOptions {
  readonly catalogue: LiveCatalogue;
  readonly gatewaysOf: (principal: Principal) => Promise<readonly LiveGateway[]>;
  readonly newest: Pick<Newest, 'sample'> & { kpi(tenantId: string, assetId: string): ReturnType<Newest['kpi']> };
  /** What is stored of a gateway. */
  readonly ledger: (gatewayId: string) => Ledger;
  readonly resumption: Resumption;
  readonly clock: Clock;
}

/** Who follows what. Only what the records know, within the rights and the scope of whoever asks; all of a request or nothing. */
export class Subscriptions {
  readonly followers = new Followers();
  readonly #options: SubscriptionsOptions;

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
  }

  async subscribe(client: LiveClient, payload: unknown): Promise<LiveAnswer> {
    const request = readRequest(payload);
    const { tags, assets } = request;
    if (tags.length > 0 && !client.may('samples:read')) throw forbidden('samples');
    if (assets.length > 0 && !client.may('kpis:read')) throw forbidden('kpis');
    const { principal } = client;
    const { catalogue, gatewaysOf, newest } = this.#options;
    const [knownTags, knownAssets, gateways] = await Promise.all([
      catalogue.knownTags(principal, tags),
      catalogue.knownAssets(principal, assets),
      client.may('gateways:read') ? gatewaysOf(principal) : [],
    ]);
    // A tag of another tenant and a tag that does not exist are the same to this client.
    const unknownTags = tags.filter((tag) => !knownTags.has(tag));
    const unknownAssets = assets.filter((assetId) => !knownAssets.has(assetId));
    requireKnown(unknownTags, 'tag');
    requireKnown(unknownAssets, 'asset');
    const known = (): LiveAnswer & { ok: true } => ({
      ok: true,
      samples: tags.flatMap((tag) => newest.sample(tag) ?? []),
      kpis: assets.flatMap((assetId) => newest.kpi(principal.tenantId, assetId) ?? []),
      gateways,
    });
    // It may have gone while the records were asked.
    if (client.gone) return known();
    this.#follow(client, request, knownTags);
    return request.every ? this.#withTrail(client, request, knownTags, known()) : known();
  }

  unsubscribe(client: LiveClient, payload: unknown): LiveAnswer {
    const { tags, assets } = readRequest(payload);
    client.conflation.unfollow(tags, assets);
    this.followers.remove(client, tags);
    return { ok: true, samples: [], kpis: [], gateways: [] };
  }

  forget(client: LiveClient): void {
    this.followers.remove(client, client.conflation.tags);
    this.followers.remove(client, client.conflation.trail.tags.keys());
  }

  position(gatewayIds: Iterable<string>): LivePosition {
    const { clock, ledger } = this.#options;
    const at = Math.trunc(clock.now());
    return Object.fromEntries([...gatewayIds].map((id) => [id, formatHeard({ at, ledger: ledger(id) })]));
  }

  #follow(client: LiveClient, request: ParsedRequest, known: ReadonlyMap<number, LiveTag>): void {
    const { tags, assets, trail } = client.conflation;
    const after = {
      tags: new Set([...tags, ...(request.every ? [] : request.tags)]).size,
      assets: new Set([...assets, ...request.assets]).size,
      every: new Set([...trail.tags.keys(), ...(request.every ? request.tags : [])]).size,
    };
    if (after.tags > tagsPerClientMax || after.assets > assetsPerClientMax || after.every > everyPerClientMax) {
      throw tooLarge(after);
    }
    for (const assetId of request.assets) assets.add(assetId);
    for (const tag of request.tags) {
      if (request.every) trail.tags.set(tag, known.get(tag)!.gatewayId);
      else tags.add(tag);
    }
    this.followers.add(client, request.tags);
  }

  /** Called in the same turn as `#follow`: what is stored now is answered, what is stored after comes as events. */
  async #withTrail(
    client: LiveClient,
    { since, tags }: ParsedRequest,
    known: ReadonlyMap<number, LiveTag>,
    answer: LiveAnswer & { ok: true },
  ): Promise<LiveAnswer> {
    const byGateway = new Map<string, LiveTag[]>();
    for (const tag of tags.map((id) => known.get(id)!)) {
      byGateway.set(tag.gatewayId, [...(byGateway.get(tag.gatewayId) ?? []), tag]);
    }
    const position = this.position(byGateway.keys());
    if (since === undefined) return { ...answer, trail: { position, truncated: false } };
    const missed = [...byGateway].map(([gatewayId, ofGateway]): Missed => {
      const now = this.#options.ledger(gatewayId);
      // Of a gateway it names no position for it has heard nothing, and so missed nothing.
      return { gatewayId, tags: ofGateway, heard: since.get(gatewayId) ?? { at: 0, ledger: now }, now };
    });
    const release = client.conflation.trail.hold();
    let samples: LiveSample[] | undefined;
    try {
      samples = await this.#options.resumption.read(missed);
    } finally {
      release();
    }
    const truncated = samples === undefined;
    return { ...answer, samples: samples ?? answer.samples, trail: { position, truncated } };
  }
}
