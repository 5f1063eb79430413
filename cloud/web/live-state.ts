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
  /** How often alarms were told: whoever shows some looks again. */
  readonly alarmsHeard: number;
}

const nothing: LiveState = {
  connection: 'connecting',
  heardAt: null,
  problem: null,
  samples: new Map(),
  kpis: new Map(),
  gateways: new Map(),
  alarmsHeard: 0,
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

  /** `token`: asked before each connection; with the token that was refused when one was. */
  constructor(token: (refused: string | undefined) => Promise<string | undefined>) {
    this.#client = new LiveClient({
      token,
      hears: {
        connection: (connection) => this.#change({ connection: connection === 'signed-out' ? 'lost' : connection }),
        problem: (problem) => this.#change({ problem: problem ?? null }),
        samples: (news) => {
          const { samples } = this.#state;
          const changed = news.filter((sample) => isOther(sample, samples.get(sample.tag))).map(({ tag }) => tag);
          const ids = news.map(({ tag }) => tag);
          this.#hear({ samples: merged(samples, news, ids) }, changed, 'tag');
        },
        kpis: (news) => {
          const ids = news.map(({ assetId }) => assetId);
          this.#hear({ kpis: merged(this.#state.kpis, news, ids) }, ids, 'asset');
        },
        gateways: (news, complete) => {
          const ids = news.map(({ id }) => id);
          this.#hear({ gateways: merged(complete ? new Map() : this.#state.gateways, news, ids) }, ids, 'gateway');
        },
        alarms: (news) => {
          const alarmsHeard = this.#state.alarmsHeard + 1;
          this.#hear(
            { alarmsHeard },
            news.map(({ id }) => id),
            'alarm',
          );
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

  #hear(part: Partial<LiveState>, changed: readonly string[], kind: string): void {
    this.#state = { ...this.#state, heardAt: serverNow(), ...part };
    const now = performance.now();
    if (changed.length === 0) this.#showAt(this.#pace.repeat(now), now);
    else
      this.#showAt(
        this.#pace.change(
          changed.map((id) => `${kind} ${id}`),
          now,
        ),
        now,
      );
  }

  #change(part: Partial<LiveState>): void {
    this.#state = { ...this.#state, ...part };
    this.#showSoon();
  }

  #showSoon(): void {
    const now = performance.now();
    this.#showAt(this.#pace.change([], now), now);
  }

  #showAt(dueAt: number, now: number): void {
    if (document.hidden || this.#frame !== undefined) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#frame = requestAnimationFrame(() => this.#tell());
    }, dueAt - now);
  }

  #tell(): void {
    this.#frame = undefined;
    this.#pace.show(performance.now());
    this.#shown = this.#state;
    for (const listener of this.#listeners) listener();
  }

  readonly #onVisibility = (): void => this.#showSoon();
}

function merged<T>(known: ReadonlyMap<string, T>, news: readonly T[], ids: readonly string[]): ReadonlyMap<string, T> {
  const all = new Map(known);
  for (const [i, item] of news.entries()) all.set(ids[i]!, item);
  return all;
}

/** Another figure or quality: the same one at a later time changes nothing that is read. */
function isOther(sample: LiveSample, before: LiveSample | undefined): boolean {
  return sample.value !== before?.value || sample.status !== before.status;
}
