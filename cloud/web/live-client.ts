import type { LiveAnswer, LiveGateway, LiveKpi, LiveProblem, LiveRequest, LiveSample } from '@gongfu/shared/wire/live';
import { io, type Socket } from 'socket.io-client';
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

/**
 * Follows assets and tags over `/live`. After every reconnect it subscribes again, and the acknowledgement brings what was
 * missed. Listeners hear at most four times a second, and not at all while the tab is hidden.
 */
export class LiveClient {
  readonly #renewed: (refused: string) => Promise<string | undefined>;
  readonly #listeners = new Set<() => void>();
  #token: string;
  #socket: Socket | undefined;
  #wanted: LiveRequest | undefined;
  #state = nothing;
  #shown = nothing;
  #lastShownAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `renewed`: another token in place of one that was refused; undefined when the session is over. */
  constructor(options: { token: string; renewed: (refused: string) => Promise<string | undefined> }) {
    this.#token = options.token;
    this.#renewed = options.renewed;
  }

  start(): void {
    const socket = io('/live', {
      transports: ['websocket'],
      auth: (answer) => answer({ token: this.#token }),
      reconnectionDelayMax: 5_000,
    });
    this.#socket = socket;
    socket.on('connect', () => this.#subscribe());
    socket.on('disconnect', (reason) => {
      this.#change({ connection: 'lost' });
      // The service ended it on purpose (a session, a restart): Socket.IO itself would not come back.
      if (reason === 'io server disconnect') socket.connect();
    });
    socket.on('connect_error', (error: Error & { data?: { code?: string } }) => {
      this.#change({ connection: 'lost' });
      if (error.data?.code === 'live-sign-in-required') return void this.#connectRenewed(socket);
      // Refused by the service rather than unreachable: then Socket.IO does not try again by itself.
      if (!socket.active) this.#timerRetry(socket);
    });
    socket.on('samples', (samples: LiveSample[]) => this.#hear({ samples }));
    socket.on('kpis', (kpis: LiveKpi[]) => this.#hear({ kpis }));
    socket.on('gateways', (gateways: LiveGateway[]) => this.#hear({ gateways }));
    document.addEventListener('visibilitychange', this.#onVisibility);
  }

  stop(): void {
    document.removeEventListener('visibilitychange', this.#onVisibility);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#socket?.disconnect();
    this.#socket = undefined;
  }

  follow(wanted: LiveRequest): void {
    this.#wanted = wanted;
    if (this.#socket?.connected === true) this.#subscribe();
  }

  readonly listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly state = (): LiveState => this.#shown;

  #subscribe(): void {
    if (this.#wanted === undefined) return;
    this.#socket?.emit('subscribe', this.#wanted, (answer: LiveAnswer) => {
      // The answer names every gateway there is; what it leaves out is gone.
      if (answer.ok) this.#hear({ ...answer, problem: null }, new Map());
      else this.#change({ connection: 'live', problem: answer.problem });
    });
  }

  async #connectRenewed(socket: Socket): Promise<void> {
    try {
      const token = await this.#renewed(this.#token);
      if (token === undefined || this.#socket !== socket) return;
      const isNew = token !== this.#token;
      this.#token = token;
      if (isNew) socket.connect();
      else this.#timerRetry(socket);
    } catch {
      this.#timerRetry(socket);
    }
  }

  #timerRetry(socket: Socket): void {
    setTimeout(() => {
      if (this.#socket === socket) socket.connect();
    }, 5_000);
  }

  #hear(
    news: {
      samples?: readonly LiveSample[];
      kpis?: readonly LiveKpi[];
      gateways?: readonly LiveGateway[];
      problem?: null;
    },
    gateways = this.#state.gateways,
  ): void {
    const { samples, kpis } = this.#state;
    this.#change({
      connection: 'live',
      heardAt: serverNow(),
      ...(news.problem === null ? { problem: null } : {}),
      samples: merged(samples, news.samples, ({ tag }) => tag),
      kpis: merged(kpis, news.kpis, ({ assetId }) => assetId),
      gateways: merged(gateways, news.gateways, ({ id }) => id),
    });
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

function merged<T>(known: ReadonlyMap<string, T>, news: readonly T[] | undefined, id: (item: T) => string) {
  if (news === undefined || news.length === 0) return known;
  const all = new Map(known);
  for (const item of news) all.set(id(item), item);
  return all;
}
