import type { LiveAlarm, LiveGateway, LiveKpi, LivePosition, LiveSample, LiveTrail } from '@gongfu/shared/wire/live';
import type { LongText } from '../history/history-store.ts';
import type { LiveOutEvent } from './live-events.ts';
import { TextQueue } from './text-queue.ts';
import { Trail } from './trail.ts';

/** The way to one client. */
export interface Outlet {
  /** False while the last thing sent has not left this process: then nothing more is given to it. */
  writable(): boolean;
  send(event: LiveOutEvent, items: readonly unknown[], trail?: LiveTrail): void;
}

/** Where the newest is read at the moment of sending. */
export interface Newest {
  /** A long text that is not in memory comes by `texts`. */
  sample(tag: number): LiveSample | LongText | undefined;
  texts(tags: readonly number[]): Promise<readonly LiveSample[]>;
  kpi(assetId: string): LiveKpi | undefined;
  /** Up to where everything has been told, of these gateways. */
  position(gatewayIds: Iterable<string>): LivePosition;
}

/** A client that hears every sample is told where it stands at least so often, ms. */
const positionAfterMs = 5_000;

/**
 * What one client still has to be told: ids only, each once, and the newest value is looked up when the client can take it.
 * So a client that reads slowly costs as much memory as it has subscriptions, however long it stays away.
 */
export class Conflation {
  readonly tags = new Set<number>();
  readonly assets = new Set<string>();
  readonly trail = new Trail();
  readonly #outlet: Outlet;
  readonly #newest: Newest;
  readonly #pendingTags = new Set<number>();
  readonly #texts: TextQueue;
  readonly #pendingAssets = new Set<string>();
  readonly #pendingGateways = new Map<string, LiveGateway>();
  readonly #pendingAlarms = new Map<string, LiveAlarm>();
  /** Monotonic ms since when the outlet has been found blocked; undefined while it moves. */
  #blockedSince: number | undefined;
  #positionToldAt = Number.NEGATIVE_INFINITY;

  constructor(options: { outlet: Outlet; newest: Newest }) {
    this.#outlet = options.outlet;
    this.#newest = options.newest;
    this.#texts = new TextQueue({
      read: (tags) => options.newest.texts(tags),
      send: (samples) => {
        const followed = samples.filter(({ tag }) => this.#follows(Number(tag)));
        if (followed.length > 0) this.#outlet.send('samples', followed);
      },
    });
  }

  get pending(): number {
    const told = this.#pendingGateways.size + this.#pendingAlarms.size;
    return this.#pendingTags.size + this.#texts.waiting + this.#pendingAssets.size + told + this.trail.pending;
  }

  markTag(tag: number): void {
    if (this.tags.has(tag)) this.#pendingTags.add(tag);
  }

  /** The newest of these, and of which of them it is a long text that is not in memory. */
  known(tags: Iterable<number>): { samples: LiveSample[]; texts: LongText[] } {
    const samples: LiveSample[] = [];
    const texts: LongText[] = [];
    for (const tag of tags) {
      const newest = this.#newest.sample(tag);
      if (newest === undefined) continue;
      if ('characters' in newest) texts.push(newest);
      else samples.push(newest);
    }
    return { samples, texts };
  }

  /** They come as events. */
  want(texts: Iterable<LongText>): void {
    for (const text of texts) this.#texts.want(text);
  }

  markAsset(assetId: string): void {
    if (this.assets.has(assetId)) this.#pendingAssets.add(assetId);
  }

  markGateway(gateway: LiveGateway): void {
    this.#pendingGateways.set(gateway.id, gateway);
  }

  markAlarm(alarm: LiveAlarm): void {
    this.#pendingAlarms.set(alarm.id, alarm);
  }

  unfollow(tags: Iterable<number>, assets: Iterable<string>): void {
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
    const positionDue = this.trail.tags.size > 0 && monotonicMs - this.#positionToldAt >= positionAfterMs;
    if (this.pending === 0 && !positionDue) return 0;
    if (!this.#outlet.writable()) {
      this.#blockedSince ??= monotonicMs;
      return monotonicMs - this.#blockedSince;
    }
    this.#blockedSince = undefined;
    if (this.trail.pending > 0 || positionDue) this.#sendTrail(monotonicMs);
    this.#send('samples', this.#pendingTags, (tag) => this.#sample(tag));
    this.#texts.flush(monotonicMs);
    this.#send('kpis', this.#pendingAssets, (assetId) => this.#newest.kpi(assetId));
    if (this.#pendingGateways.size > 0) {
      this.#outlet.send('gateways', [...this.#pendingGateways.values()]);
      this.#pendingGateways.clear();
    }
    if (this.#pendingAlarms.size > 0) {
      this.#outlet.send('alarms', [...this.#pendingAlarms.values()]);
      this.#pendingAlarms.clear();
    }
    return 0;
  }

  #sendTrail(monotonicMs: number): void {
    if (this.trail.held) return;
    this.#positionToldAt = monotonicMs;
    const { samples, truncated } = this.trail.take((tag) => this.#sample(tag));
    const position = this.#newest.position(this.trail.gateways);
    this.#outlet.send('samples', samples, { position, truncated });
  }

  #sample(tag: number): LiveSample | undefined {
    const { samples, texts } = this.known([tag]);
    this.want(texts);
    return samples[0];
  }

  #follows(tag: number): boolean {
    return this.tags.has(tag) || this.trail.tags.has(tag);
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
