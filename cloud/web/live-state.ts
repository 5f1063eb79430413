import { LiveClient } from '@gongfu/shared/sdk/live-client';
import type { LiveGateway, LiveKpi, LiveProblem, LiveRequest, LiveSample } from '@gongfu/shared/wire/live';
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

const repaintMs = 250;
const nothing: LiveState = {
  connection: 'connecting',
  heardAt: null,
  problem: null,
  samples: new Map(),
  kpis: new Map(),
  gateways: new Map(),
};

/** Keeps what the live client hears, for React. Listeners hear at most four times a second, and not while the tab is hidden. */
export class LiveStore {
  readonly #client: LiveClient;
  readonly #listeners = new Set<() => void>();
  #unfollow: (() => void) | undefined;
  #state = nothing;
  #shown = nothing;
  #lastShownAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `renewed`: another token in place of one that was refused; undefined when the session is over. */
  constructor(options: { token: string; renewed: (refused: string) => Promise<string | undefined> }) {
    let { token } = options;
    this.#client = new LiveClient({
      token: async (refused) => {
        if (refused === undefined) return token;
        const renewed = await options.renewed(refused);
        token = renewed ?? token;
        return renewed;
      },
      hears: {
        connection: (connection) => this.#change({ connection: connection === 'signed-out' ? 'lost' : connection }),
        problem: (problem) => this.#change({ problem: problem ?? null }),
        samples: (samples) => this.#hear({ samples: merged(this.#state.samples, samples, ({ tag }) => tag) }),
        kpis: (kpis) => this.#hear({ kpis: merged(this.#state.kpis, kpis, ({ assetId }) => assetId) }),
        gateways: (gateways, complete) => {
          this.#hear({ gateways: merged(complete ? new Map() : this.#state.gateways, gateways, ({ id }) => id) });
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

  #hear(part: Partial<LiveState>): void {
    this.#change({ heardAt: serverNow(), ...part });
  }

  #change(part: Partial<LiveState>): void {
    this.#state = { ...this.#state, ...part };
    this.#show();
  }

  #show(): void {
    if (document.hidden || this.#timer !== undefined) return;
    const waitMs = Math.max(0, this.#lastShownAt + repaintMs - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#lastShownAt = performance.now();
      this.#shown = this.#state;
      for (const listener of this.#listeners) listener();
    }, waitMs);
  }

  readonly #onVisibility = (): void => this.#show();
}

function merged<T>(known: ReadonlyMap<string, T>, news: readonly T[], id: (item: T) => string): ReadonlyMap<string, T> {
  const all = new Map(known);
  for (const item of news) all.set(id(item), item);
  return all;
}
