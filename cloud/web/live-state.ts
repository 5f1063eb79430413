import { LiveClient } from '@gongfu/shared/sdk/live-client';
import type { LiveGateway, LiveKpi, LiveProblem, LiveRequest, LiveSample } from '@gongfu/shared/wire/live';
import { RepaintPace } from './repaint-pace.ts';
import { serverNow } from './server-clock.ts';

/** What the page knows now. A new object for every change, so that React sees it; parts that did not change stay the same. */
export interface LiveState {
  readonly connection: 'connecting' | 'live' | 'lost';
  /** UTC epoch ms of the last thing heard; null before the first. */
  readonly heardAt: number | null;
  readonly problem: LiveProblem | null;
  readonly samples: ReadonlyMap<string, LiveSample>;
  readonly kpis: ReadonlyMap<string, LiveKpi>;
  readonly gateways: ReadonlyMap<string, LiveGateway>;
}

const nothingRead: ReadonlySet<string> = new Set();
const nothing: LiveState = {
  connection: 'connecting',
  heardAt: null,
  problem: null,
  samples: new Map(),
  kpis: new Map(),
  gateways: new Map(),
};

/** Keeps what the live client hears, for React. Listeners hear once a frame at most, at the pace of reading, and not while the tab is hidden. */
export class LiveStore {
  readonly #client: LiveClient;
  readonly #listeners = new Set<() => void>();
  #unfollow: (() => void) | undefined;
  #state = nothing;
  #shown = nothing;
  readonly #pace = new RepaintPace();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #frame: number | undefined;
  #dueAt = 0;

  /** `token`: asked before each connection; with the token that was refused when one was. */
  constructor(token: (refused: string | undefined) => Promise<string | undefined>) {
    this.#client = new LiveClient({
      token,
      hears: {
        connection: (connection) => this.#change({ connection: connection === 'signed-out' ? 'lost' : connection }),
        problem: (problem) => this.#change({ problem: problem ?? null }),
        samples: (news) => {
          const ids = news.map(({ tag }) => tag);
          this.#hear({ samples: merged(this.#state.samples, news, ids) }, ids, 'tag');
        },
        kpis: (news) => {
          const ids = news.map(({ assetId }) => assetId);
          this.#hear({ kpis: merged(this.#state.kpis, news, ids) }, ids, 'asset');
        },
        gateways: (news, complete) => {
          const ids = news.map(({ id }) => id);
          this.#hear({ gateways: merged(complete ? new Map() : this.#state.gateways, news, ids) }, ids, 'gateway');
        },
      },
    });
  }

  start(): void {
    this.#client.start();
    document.addEventListener('visibilitychange', this.#onVisibility);
  }

  stop(): void {
    document.removeEventListener('visibilitychange', this.#onVisibility);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    this.#client.stop();
  }

  /** In place of what was followed before. */
  follow(wanted: LiveRequest): void {
    const before = this.#unfollow;
    this.#unfollow = this.#client.follow(wanted);
    before?.();
  }

  readonly listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly state = (): LiveState => this.#shown;

  #hear(part: Partial<LiveState>, ids: readonly string[], kind: string): void {
    this.#change({ heardAt: serverNow(), ...part }, new Set(ids.map((id) => `${kind} ${id}`)));
  }

  #change(part: Partial<LiveState>, changed: ReadonlySet<string> = nothingRead): void {
    this.#state = { ...this.#state, ...part };
    this.#show(changed);
  }

  #show(changed: ReadonlySet<string>): void {
    const now = performance.now();
    const dueAt = this.#pace.change(changed, now);
    if (document.hidden || this.#frame !== undefined) return;
    if (this.#timer !== undefined && dueAt <= this.#dueAt) return;
    clearTimeout(this.#timer);
    this.#dueAt = dueAt;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#frame = requestAnimationFrame(() => this.#tell());
    }, dueAt - now);
  }

  #tell(): void {
    this.#frame = undefined;
    this.#pace.show(performance.now());
    this.#shown = this.#state;
    for (const listener of this.#listeners) listener();
  }

  readonly #onVisibility = (): void => this.#show(nothingRead);
}

function merged<T>(known: ReadonlyMap<string, T>, news: readonly T[], ids: readonly string[]): ReadonlyMap<string, T> {
  const all = new Map(known);
  for (const [i, item] of news.entries()) all.set(ids[i]!, item);
  return all;
}
