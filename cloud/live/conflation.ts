import type { LiveGateway, LiveKpi, LiveSample } from '@gongfu/shared/wire/live';
import type { LiveOutEvent } from './live-events.ts';

/** The way to one client. */
export interface Outlet {
  /** False while the last thing sent has not left this process: then nothing more is given to it. */
  writable(): boolean;
  send(event: LiveOutEvent, items: readonly unknown[]): void;
}

/** Where the newest is read at the moment of sending. */
export interface Newest {
  sample(tag: number): LiveSample | undefined;
  kpi(assetId: string): LiveKpi | undefined;
}

/**
 * What one client still has to be told: ids only, each once, and the newest value is looked up when the client can take it.
 * So a client that reads slowly costs as much memory as it has subscriptions, however long it stays away.
 */
export class Conflation {
  readonly tags = new Set<number>();
  readonly assets = new Set<string>();
  readonly #outlet: Outlet;
  readonly #newest: Newest;
  readonly #pendingTags = new Set<number>();
  readonly #pendingAssets = new Set<string>();
  readonly #pendingGateways = new Map<string, LiveGateway>();
  /** Monotonic ms since when the outlet has been found blocked; undefined while it moves. */
  #blockedSince: number | undefined;

  constructor(options: { outlet: Outlet; newest: Newest }) {
    this.#outlet = options.outlet;
    this.#newest = options.newest;
  }

  get pending(): number {
    return this.#pendingTags.size + this.#pendingAssets.size + this.#pendingGateways.size;
  }

  markTag(tag: number): void {
    if (this.tags.has(tag)) this.#pendingTags.add(tag);
  }

  markAsset(assetId: string): void {
    if (this.assets.has(assetId)) this.#pendingAssets.add(assetId);
  }

  markGateway(gateway: LiveGateway): void {
    this.#pendingGateways.set(gateway.id, gateway);
  }

  unfollow(tags: readonly number[], assets: readonly string[]): void {
    for (const tag of tags) {
      this.tags.delete(tag);
      this.#pendingTags.delete(tag);
    }
    for (const assetId of assets) {
      this.assets.delete(assetId);
      this.#pendingAssets.delete(assetId);
    }
  }

  /** Sends what is pending if the client can take it. Returns for how many ms it has been unable to. */
  flush(monotonicMs: number): number {
    if (this.pending === 0) return 0;
    if (!this.#outlet.writable()) {
      this.#blockedSince ??= monotonicMs;
      return monotonicMs - this.#blockedSince;
    }
    this.#blockedSince = undefined;
    this.#send('samples', this.#pendingTags, (tag) => this.#newest.sample(tag));
    this.#send('kpis', this.#pendingAssets, (assetId) => this.#newest.kpi(assetId));
    if (this.#pendingGateways.size > 0) {
      this.#outlet.send('gateways', [...this.#pendingGateways.values()]);
      this.#pendingGateways.clear();
    }
    return 0;
  }

  #send<T>(event: LiveOutEvent, pending: Set<T>, newest: (id: T) => unknown): void {
    const items: unknown[] = [];
    for (const id of pending) {
      const item = newest(id);
      if (item !== undefined) items.push(item);
    }
    pending.clear();
    if (items.length > 0) this.#outlet.send(event, items);
  }
}
