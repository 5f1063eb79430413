import type { Clock } from '@gongfu/shared/base/clock';
import type { Problem } from '@gongfu/shared/base/problem';
import type { LiveAnswer, LiveGateway, LivePosition, LiveSample } from '@gongfu/shared/wire/live';
import type { Principal } from '../access/principal.ts';
import type { HistoryTag } from '../history/history-store.ts';
import type { Newest } from './conflation.ts';
import { Followers } from './followers.ts';
import type { LiveClient } from './live-client.ts';
import { assetsPerClientMax, everyPerClientMax, pagesPerClientMax, tagsPerClientMax } from './live-events.ts';
import { forbidden, pageUnknown, requireKnown, tooLarge } from './live-problems.ts';
import { type ParsedRequest, readRequest } from './live-request.ts';
import { formatHeard, type Ledger } from './position.ts';
import type { Missed, Resumption } from './resumption.ts';
import { type LivePage, Wanted, without } from './wanted.ts';

export interface LiveTag extends HistoryTag {
  readonly gatewayId: string;
}

/** What the hub needs to know of the records: of the ids given, those that the principal sees. */
export interface LiveCatalogue {
  knownTags(principal: Principal, tags: readonly number[]): Promise<ReadonlyMap<number, LiveTag>>;
  knownAssets(principal: Principal, assetIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** What the principal sees on the page of that address now; undefined when there is none. */
  page(principal: Principal, address: string): LivePage | undefined;
}

export interface SubscriptionsOptions {
  readonly catalogue: LiveCatalogue;
  readonly gatewaysOf: (principal: Principal) => Promise<readonly LiveGateway[]>;
  readonly newest: { kpi(tenantId: string, assetId: string): ReturnType<Newest['kpi']> };
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
    const pages = this.#pages(client, request.pages);
    const kpis = [...assets, ...pages.allAssets()].flatMap((id) => newest.kpi(principal.tenantId, id) ?? []);
    const { samples, texts } = client.conflation.known([...tags, ...pages.allTags()]);
    const known = { ok: true, samples, kpis, gateways } as const;
    // It may have gone while the records were asked.
    if (client.gone) return known;
    this.#follow(client, request, knownTags, pages);
    const answer = request.every ? await this.#withTrail(client, request, knownTags, known) : known;
    // Where all that was missed is told, the newest is among it.
    if (answer.samples === samples) client.conflation.want(texts);
    return answer;
  }

  unsubscribe(client: LiveClient, payload: unknown): LiveAnswer {
    const { tags, assets, pages } = readRequest(payload);
    const wanted = new Wanted(client.wanted);
    const { trail } = client.conflation;
    for (const tag of tags) {
      wanted.tags.delete(tag);
      trail.remove(tag);
    }
    for (const assetId of assets) wanted.assets.delete(assetId);
    for (const address of pages) wanted.pages.delete(address);
    this.#become(client, wanted);
    this.followers.remove(client, without(tags, client.conflation.tags));
    return { ok: true, samples: [], kpis: [], gateways: [] };
  }

  /** The plant has changed: what the pages of this client show now is followed from here on, and told at once. */
  renewPages(client: LiveClient): void {
    const { conflation } = client;
    const before = new Wanted(client.wanted);
    const wanted = new Wanted(before);
    for (const address of before.pages.keys()) {
      wanted.pages.set(address, this.#page(client, address) ?? { tags: [], assets: [] });
    }
    if (this.#sizeProblem(client, wanted, []) !== undefined) return;
    this.#become(client, wanted);
    for (const tag of without(wanted.allTags(), before.allTags())) conflation.markTag(tag);
    for (const assetId of without(wanted.allAssets(), before.allAssets())) conflation.markAsset(assetId);
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

  #follow(client: LiveClient, request: ParsedRequest, known: ReadonlyMap<number, LiveTag>, pages: Wanted): void {
    const { trail } = client.conflation;
    const wanted = new Wanted(client.wanted);
    for (const assetId of request.assets) wanted.assets.add(assetId);
    for (const [address, page] of pages.pages) wanted.pages.set(address, page);
    if (!request.every) for (const tag of request.tags) wanted.tags.add(tag);
    const problem = this.#sizeProblem(client, wanted, request.every ? request.tags : []);
    if (problem !== undefined) throw problem;
    this.#become(client, wanted);
    if (!request.every) return;
    for (const tag of request.tags) trail.tags.set(tag, known.get(tag)!.gatewayId);
    this.followers.add(client, request.tags);
  }

  #sizeProblem({ conflation: { trail } }: LiveClient, wanted: Wanted, every: readonly number[]): Problem | undefined {
    const after = {
      tags: wanted.allTags().size,
      assets: wanted.allAssets().size,
      every: new Set([...trail.tags.keys(), ...every]).size,
    };
    const fits =
      after.tags <= tagsPerClientMax &&
      after.assets <= assetsPerClientMax &&
      after.every <= everyPerClientMax &&
      wanted.pages.size <= pagesPerClientMax;
    return fits ? undefined : tooLarge(after);
  }

  #become(client: LiveClient, wanted: Wanted): void {
    const { conflation } = client;
    client.wanted = wanted;
    const [tags, assets] = [wanted.allTags(), wanted.allAssets()];
    const goneTags = without(conflation.tags, tags);
    conflation.unfollow(goneTags, without(conflation.assets, assets));
    this.followers.remove(
      client,
      goneTags.filter((tag) => !conflation.trail.tags.has(tag)),
    );
    const newTags = without(tags, conflation.tags);
    for (const tag of newTags) conflation.tags.add(tag);
    for (const assetId of assets) conflation.assets.add(assetId);
    this.followers.add(client, newTags);
  }

  #pages(client: LiveClient, addresses: readonly string[]): Wanted {
    const found = new Wanted();
    const unknown: string[] = [];
    for (const address of addresses) {
      const page = this.#page(client, address);
      if (page === undefined) unknown.push(address);
      else found.pages.set(address, page);
    }
    if (unknown.length > 0) throw pageUnknown(unknown);
    return found;
  }

  /** Of a page only what the role may read. */
  #page(client: LiveClient, address: string): LivePage | undefined {
    const page = this.#options.catalogue.page(client.principal, address);
    return (
      page && {
        tags: client.may('samples:read') ? page.tags : [],
        assets: client.may('kpis:read') ? page.assets : [],
      }
    );
  }

  /** Called in the same turn as `#follow`: what is stored now is answered, what is stored after comes as events. */
  async #withTrail(
    client: LiveClient,
    { since, tags }: ParsedRequest,
    known: ReadonlyMap<number, LiveTag>,
    answer: LiveAnswer & { ok: true },
  ): Promise<LiveAnswer & { ok: true }> {
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
