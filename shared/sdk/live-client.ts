import { io, type Socket } from 'socket.io-client';
import { Backoff } from '../base/backoff.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import type {
  LiveAlarm,
  LiveAnswer,
  LiveGateway,
  LiveKpi,
  LivePosition,
  LiveProblem,
  LiveRequest,
  LiveSample,
  LiveTrail,
} from '../wire/live.ts';
import { LiveFollowing } from './live-following.ts';

/** `signed-out`: the token was refused and there is no other; the client has given up until it is started again. */
export type LiveConnection = 'connecting' | 'live' | 'lost' | 'signed-out';

/** Of the tags followed with `every`: whether these are all since the last, or some were left out before them. */
export interface LiveSamplesAbout {
  readonly every: boolean;
  /** Ask the history for what lies between. */
  readonly truncated: boolean;
}

/** Called as things come. What a callback throws is not caught. */
export interface LiveHearing {
  samples?(samples: readonly LiveSample[], about: LiveSamplesAbout): void;
  kpis?(kpis: readonly LiveKpi[]): void;
  /** `complete`: these are all there are; what is not among them is gone. */
  gateways?(gateways: readonly LiveGateway[], complete: boolean): void;
  /** New, or another than before; what there was before the connection is had from the REST interface. */
  alarms?(alarms: readonly LiveAlarm[]): void;
  connection?(connection: LiveConnection): void;
  /** A refusal of the service; `undefined`: what was refused before is answered now. */
  problem?(problem: LiveProblem | undefined): void;
}

export interface LiveClientOptions {
  /** Address of the cloud; in a page of the cloud itself it may be left out. */
  readonly url?: string;
  /**
   * Session token or API key. As a function it is asked before each connection, with the token that was refused when one
   * was; `undefined` gives up (`signed-out`), a rejection is tried again later.
   */
  readonly token: string | ((refused: string | undefined) => Promise<string | undefined>);
  readonly hears: LiveHearing;
  readonly clock?: Clock;
  /** 0 ≤ n < 1: spreads the reconnections of many clients. */
  readonly random?: () => number;
}

const answerWithinMs = 15_000;
const retryFirstMs = 1_000;
const retryMaxMs = 5_000;

/**
 * Follows tags, assets and gateways of a Gongfu cloud over `/live`. It connects again whatever happens, with jittered
 * back-off, and asks again for everything followed: the first answer brings what is known then, and of tags followed with
 * `every` each sample that came meanwhile.
 */
export class LiveClient {
  readonly #options: LiveClientOptions;
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #following = new LiveFollowing();
  #socket: Socket | undefined;
  #token: string | undefined;
  #refused: string | undefined;
  #connection: LiveConnection | undefined;
  #cancelRetry: (() => void) | undefined;
  #position: LivePosition | undefined;

  constructor(options: LiveClientOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const random = options.random ?? Math.random;
    this.#backoff = new Backoff({ firstMs: retryFirstMs, maxMs: retryMaxMs, random });
  }

  get connection(): LiveConnection {
    return this.#connection ?? 'connecting';
  }

  start(): void {
    if (this.#socket !== undefined) return;
    this.#refused = undefined;
    const socket = io(`${this.#options.url ?? ''}/live`, {
      transports: ['websocket'],
      forceNew: true,
      autoConnect: false,
      auth: (give) => give({ token: this.#token }),
      // This client comes back by itself: it asks for the token before each connection.
      reconnection: false,
    });
    this.#socket = socket;
    this.#listen(socket);
    this.#tell('connecting');
    void this.#connect(socket);
  }

  stop(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    const socket = this.#socket;
    this.#socket = undefined;
    this.#connection = undefined;
    socket?.disconnect();
  }

  /** Follows more; what is known now comes at once, then what changes. The returned function ends it. */
  follow(request: LiveRequest): () => void {
    const leave = this.#following.add(request);
    if (this.#socket?.connected === true) this.#subscribe(this.#socket, request);
    return () => {
      const unwanted = leave();
      if (!this.#following.everySample) this.#position = undefined;
      if (unwanted !== undefined && this.#socket?.connected === true) this.#socket.emit('unsubscribe', unwanted);
    };
  }

  #listen(socket: Socket): void {
    const { hears } = this.#options;
    socket.on('connect', () => {
      this.#refused = undefined;
      this.#backoff.reset();
      this.#tell('live');
      const since = this.#position;
      for (const request of this.#following.requests()) {
        this.#subscribe(socket, request.every === true && since !== undefined ? { ...request, since } : request);
      }
    });
    socket.on('disconnect', () => {
      if (this.#socket !== socket) return;
      this.#tell('lost');
      this.#retry(() => void this.#connect(socket));
    });
    socket.on('connect_error', (error: Error & { data?: LiveProblem }) => this.#onRefusal(socket, error.data));
    socket.on('samples', (samples: LiveSample[], trail?: LiveTrail) => this.#hearSamples(samples, trail));
    socket.on('kpis', (kpis: LiveKpi[]) => hears.kpis?.(kpis));
    socket.on('gateways', (gateways: LiveGateway[]) => hears.gateways?.(gateways, false));
    socket.on('alarms', (alarms: LiveAlarm[]) => hears.alarms?.(alarms));
    socket.on('problem', (problem: LiveProblem) => hears.problem?.(problem));
  }

  async #connect(socket: Socket): Promise<void> {
    const { token } = this.#options;
    try {
      this.#token = typeof token === 'function' ? await token(this.#refused) : token;
    } catch {
      // Whoever gives the token could not be reached; the old one may still be good.
      this.#retry(() => void this.#connect(socket));
      return;
    }
    if (this.#socket !== socket) return;
    // The same token again is refused again.
    if (this.#token === undefined || this.#token === this.#refused) this.#giveUp();
    else socket.connect();
  }

  #onRefusal(socket: Socket, problem: LiveProblem | undefined): void {
    if (this.#socket !== socket) return;
    this.#tell('lost');
    if (problem?.code === 'live-sign-in-required') {
      this.#refused = this.#token;
      void this.#connect(socket);
      return;
    }
    if (problem !== undefined) this.#options.hears.problem?.(problem);
    this.#retry(() => void this.#connect(socket));
  }

  #giveUp(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.disconnect();
    this.#tell('signed-out');
  }

  #subscribe(socket: Socket, request: LiveRequest): void {
    socket.timeout(answerWithinMs).emit('subscribe', request, (late: Error | null, answer: LiveAnswer) => {
      // A connection that came since has asked for everything itself.
      if (this.#socket !== socket || !socket.connected) return;
      if (late === null && answer.ok) return this.#hear(answer, request.since !== undefined);
      const problem = late === null && !answer.ok ? answer.problem : undefined;
      if (problem !== undefined) this.#options.hears.problem?.(problem);
      if (problem === undefined || problem.code === 'live-too-many-requests' || problem.code === 'live-failed') {
        this.#retry(() => this.#subscribe(socket, request));
      }
    });
  }

  #hear(answer: LiveAnswer & { ok: true }, resumed: boolean): void {
    const { hears } = this.#options;
    hears.problem?.(undefined);
    hears.gateways?.(answer.gateways, true);
    if (answer.kpis.length > 0) hears.kpis?.(answer.kpis);
    // Of gateways that are followed already the events alone tell how far that is.
    const known = resumed ? undefined : this.#position;
    this.#hearSamples(
      answer.samples,
      answer.trail && { ...answer.trail, position: { ...answer.trail.position, ...known } },
    );
  }

  #hearSamples(samples: readonly LiveSample[], trail: LiveTrail | undefined): void {
    if (trail !== undefined) this.#position = { ...this.#position, ...trail.position };
    const about = { every: trail !== undefined, truncated: trail?.truncated === true };
    if (samples.length > 0 || about.truncated) this.#options.hears.samples?.(samples, about);
  }

  #retry(task: () => void): void {
    const cancelBefore = this.#cancelRetry;
    const cancel = this.#clock.after(this.#backoff.nextMs(), task);
    this.#cancelRetry = () => {
      cancelBefore?.();
      cancel();
    };
  }

  #tell(connection: LiveConnection): void {
    if (connection === this.#connection) return;
    this.#connection = connection;
    this.#options.hears.connection?.(connection);
  }
}
