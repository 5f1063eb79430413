import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { Problem } from '@gongfu/shared/base/problem';
import type { Signal } from '@gongfu/shared/base/signal';
import type { LiveAlarm, LiveAnswer, LiveGateway } from '@gongfu/shared/wire/live';
import type { Namespace, Server, Socket } from 'socket.io';
import type { Authenticator, Principal } from '../access/principal.ts';
import type { HistoryStore } from '../history/history-store.ts';
import type { Committed } from '../ingest/committed.ts';
import type { KpiEngine } from '../kpi/kpi-engine.ts';
import { KpiWatch } from './kpi-watch.ts';
import { LiveClient } from './live-client.ts';
import { type LiveEventName, liveEvents, permissionOf } from './live-events.ts';
import {
  connectRefusal,
  eventUnknown,
  forbidden,
  notReady,
  problemOf,
  sessionEnded,
  signInRequired,
  unexpectedText,
} from './live-problems.ts';
import { guardMessages } from './message-guard.ts';
import { type LiveLastValues, NewestValues } from './newest-values.ts';
import type { Ledger } from './position.ts';
import { repeat } from './repetition.ts';
import { Resumption } from './resumption.ts';
import { type LiveCatalogue, Subscriptions } from './subscriptions.ts';

export interface LivePresence {
  gatewaysOf(principal: Principal): Promise<readonly LiveGateway[]>;
  /** What the principal sees of a gateway of its tenant; undefined when nothing. */
  seen(principal: Principal, gateway: LiveGateway): LiveGateway | undefined;
  readonly changed: Pick<Signal<{ tenantId: string; gateway: LiveGateway }>, 'on'>;
}

export interface LiveAlarms {
  /** Whether the principal sees an alarm of its tenant. */
  seen(principal: Principal, alarm: LiveAlarm): boolean;
  readonly changed: Pick<Signal<{ tenantId: string; alarms: readonly LiveAlarm[] }>, 'on'>;
}

export interface LiveHubOptions {
  readonly io: Server;
  readonly authenticator: Authenticator;
  /** Told when a session is signed out, revoked or has run out, or when what it may see or do has changed. */
  readonly sessionEnded: Pick<Signal<{ sessionId: string }>, 'on'>;
  /** Told when the assets of a tenant have changed: what lies in a scope, or on a page, may be other tags now. */
  readonly plantChanged: Pick<Signal<{ tenantId: string }>, 'on'>;
  readonly committed: Pick<Signal<Committed>, 'on'>;
  readonly catalogue: LiveCatalogue;
  readonly lastValues: LiveLastValues;
  readonly history: Pick<HistoryStore, 'samples'>;
  /** What is stored of a gateway, right after `committed` has told of it. */
  readonly ledger: (gatewayId: string) => Ledger;
  readonly kpiEngine: Pick<KpiEngine, 'live'>;
  readonly presence: LivePresence;
  readonly alarms: LiveAlarms;
  /** Told when somebody asks for what they may not do or see. */
  readonly onRefused: (refusal: { principal: Principal; event: string; code: string; address: string }) => void;
  readonly clock: Clock;
  readonly log: Logger;
  /** At most one emission of samples per client in this time, ms. */
  readonly tickMs?: number;
  /** KPIs are looked at once in this time, ms. */
  readonly kpiTickMs?: number;
  /** A client that takes nothing for this long while something waits for it is cut, ms. */
  readonly stalledAfterMs?: number;
  /** Every session behind a socket is asked for again once in this time, ms. */
  readonly recheckMs?: number;
}

/** What is committed within this time travels in one emission; short, because it is latency a person sees. */
const gatherMs = 15;

/** Live values, KPIs and gateways to browsers: Socket.IO namespace `/live`. Everything a client hears is of its own tenant. */
export class LiveHub implements Part {
  readonly #options: LiveHubOptions;
  readonly #clients = new Map<Socket, LiveClient>();
  readonly #newest: NewestValues;
  readonly #subscriptions: Subscriptions;
  readonly #resumption: Resumption;
  readonly #kpiWatch: KpiWatch;
  #namespace: Namespace | undefined;
  #leave: (() => void)[] = [];
  #cancelFlush: (() => void) | undefined;
  #lastFlushMs = Number.NEGATIVE_INFINITY;

  constructor(options: LiveHubOptions) {
    this.#options = options;
    const { catalogue, presence, ledger, clock } = options;
    this.#newest = new NewestValues(options);
    this.#resumption = new Resumption(options);
    this.#subscriptions = new Subscriptions({
      catalogue,
      gatewaysOf: (principal) => presence.gatewaysOf(principal),
      newest: this.#newest,
      ledger,
      resumption: this.#resumption,
      clock,
    });
    this.#kpiWatch = new KpiWatch((tenantId, assetId) => this.#newest.kpi(tenantId, assetId));
  }

  async start(): Promise<void> {
    if (this.#leave.length > 0) return;
    const {
      io,
      committed,
      sessionEnded,
      plantChanged,
      presence,
      alarms,
      clock,
      log,
      kpiTickMs = 1_000,
      recheckMs = 4_000,
    } = this.#options;
    if (this.#namespace === undefined) {
      this.#namespace = io.of('/live');
      this.#namespace.use((socket, next) => {
        this.#authenticate(socket).then(
          (problem) => next(problem),
          (error: unknown) => {
            this.#logUnexpected('connect', error);
            next(connectRefusal(error));
          },
        );
      });
      this.#namespace.on('connection', (socket) => this.#join(socket));
      guardMessages(io, (conn, problem) => this.#refuse(conn, problem));
    }
    this.#leave = [
      committed.on((committed) => {
        this.#resumption.note(committed);
        if (this.#subscriptions.followers.mark(committed.blocks)) this.#scheduleFlush();
      }),
      sessionEnded.on(({ sessionId }) => this.#cutAll((principal) => principal.sessionId === sessionId)),
      plantChanged.on(({ tenantId }) => {
        this.#cutAll((one) => one.tenantId === tenantId && one.scope !== null);
        this.#renewPages(tenantId);
      }),
      presence.changed.on(({ tenantId, gateway }) => this.#onGateway(tenantId, gateway)),
      alarms.changed.on((changed) => this.#onAlarms(changed.tenantId, changed.alarms)),
      repeat({ clock, log, periodMs: kpiTickMs }, () => {
        this.#kpiWatch.look(this.#clients.values());
        this.#scheduleFlush();
      }),
      repeat({ clock, log, periodMs: recheckMs }, () => this.#recheckSessions()),
    ];
  }

  async stop(): Promise<void> {
    for (const leave of this.#leave.splice(0)) leave();
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    for (const client of [...this.#clients.values()]) client.cut();
  }

  /** Connected clients and what waits for them, for /metrics. */
  figures(): { clients: number; pending: number; followedTags: number } {
    let pending = 0;
    for (const client of this.#clients.values()) pending += client.conflation.pending;
    return { clients: this.#clients.size, pending, followedTags: this.#subscriptions.followers.tags };
  }

  async #authenticate(socket: Socket): Promise<Error | undefined> {
    if (this.#leave.length === 0) return connectRefusal(notReady());
    const token: unknown = socket.handshake.auth.token;
    const known = typeof token === 'string' && token.length <= 1_000;
    const principal = known
      ? await this.#options.authenticator.authenticate(token, socket.handshake.address)
      : undefined;
    if (principal === undefined) return connectRefusal(signInRequired());
    socket.data = { principal };
    return undefined;
  }

  #join(socket: Socket): void {
    const { principal } = socket.data as { principal: Principal };
    const client = new LiveClient({
      socket,
      principal,
      clock: this.#options.clock,
      newest: {
        sample: (tag) => this.#newest.sample(tag),
        texts: (tags) => this.#newest.texts(tags),
        kpi: (assetId) => this.#newest.kpi(principal.tenantId, assetId),
        position: (gatewayIds) => this.#subscriptions.position(gatewayIds),
      },
    });
    this.#clients.set(socket, client);
    socket.on('disconnect', () => this.#forget(client));
    // A message nobody can decode ends the connection; Socket.IO tells of it here.
    socket.on('error', () => undefined);
    socket.on('subscribe', (payload: unknown, answer: unknown) => {
      // What could not be answered at once follows.
      void this.#answer('subscribe', client, answer, () => this.#subscriptions.subscribe(client, payload)).then(() =>
        this.#scheduleFlush(),
      );
    });
    socket.on('unsubscribe', (payload: unknown, answer: unknown) => {
      void this.#answer('unsubscribe', client, answer, async () => this.#subscriptions.unsubscribe(client, payload));
    });
    socket.onAny((event: string, ...given: unknown[]) => {
      if (liveEvents.some((known) => known.direction === 'in' && known.event === event)) return;
      void this.#answer(undefined, client, given.at(-1), async () => {
        throw eventUnknown();
      });
    });
  }

  #refuse(conn: Socket['conn'], problem: Problem): void {
    const client = [...this.#clients.values()].find(({ socket }) => socket.conn === conn);
    if (client === undefined) conn.close();
    else {
      this.#forget(client);
      client.cut(problem, { unheard: true });
    }
  }

  /** From here on it hears nothing more, however long its connection takes to end. */
  #cut(client: LiveClient, problem?: Problem): void {
    this.#forget(client);
    client.cut(problem);
  }

  async #answer(
    event: LiveEventName | undefined,
    client: LiveClient,
    answer: unknown,
    work: () => Promise<LiveAnswer>,
  ): Promise<void> {
    const reply = typeof answer === 'function' ? (result: LiveAnswer): unknown => answer(result) : () => undefined;
    try {
      const leave = client.admit();
      try {
        if (event !== undefined && !client.may(permissionOf(event))) throw forbidden(event);
        reply(await work());
      } finally {
        leave();
      }
    } catch (error) {
      this.#logUnexpected(event ?? 'unknown', error);
      if (event !== undefined && error instanceof Problem && (error.status === 403 || error.status === 404)) {
        this.#tellRefused(event, client, error);
      }
      reply({ ok: false, problem: problemOf(error) });
    }
  }

  #tellRefused(event: string, { principal, socket }: LiveClient, { code }: Problem): void {
    this.#options.onRefused({ principal, event, code, address: socket.handshake.address });
  }

  #logUnexpected(event: string, error: unknown): void {
    const text = unexpectedText(error);
    if (text !== undefined) this.#options.log.error({ event, error: text }, 'live request failed');
  }

  #forget(client: LiveClient): void {
    client.gone = true;
    this.#clients.delete(client.socket);
    this.#subscriptions.forget(client);
  }

  #renewPages(tenantId: string): void {
    for (const client of this.#clients.values()) {
      if (client.principal.tenantId === tenantId && client.wanted.pages.size > 0)
        this.#subscriptions.renewPages(client);
    }
    this.#scheduleFlush();
  }

  #onGateway(tenantId: string, gateway: LiveGateway): void {
    for (const client of this.#clients.values()) {
      if (client.principal.tenantId !== tenantId || !client.may('gateways:read')) continue;
      const seen = this.#options.presence.seen(client.principal, gateway);
      if (seen !== undefined) client.conflation.markGateway(seen);
    }
    this.#scheduleFlush();
  }

  #onAlarms(tenantId: string, alarms: readonly LiveAlarm[]): void {
    for (const client of this.#clients.values()) {
      const { principal, conflation } = client;
      if (principal.tenantId !== tenantId || !client.may('alarms:read')) continue;
      for (const alarm of alarms) if (this.#options.alarms.seen(principal, alarm)) conflation.markAlarm(alarm);
    }
    this.#scheduleFlush();
  }

  #scheduleFlush(): void {
    if (this.#cancelFlush !== undefined || this.#leave.length === 0) return;
    const { clock, tickMs = 100 } = this.#options;
    const delayMs = Math.max(gatherMs, this.#lastFlushMs + tickMs - clock.monotonicMs());
    this.#cancelFlush = clock.after(delayMs, () => {
      this.#cancelFlush = undefined;
      this.#flush();
    });
  }

  #flush(): void {
    const { clock, log, stalledAfterMs = 30_000 } = this.#options;
    this.#lastFlushMs = clock.monotonicMs();
    let waiting = false;
    for (const client of [...this.#clients.values()]) {
      const blockedMs = client.conflation.flush(this.#lastFlushMs);
      if (blockedMs >= stalledAfterMs) {
        log.info({ user: client.principal.userName, blockedMs }, 'live client takes nothing, cut');
        this.#cut(client);
      } else if (client.conflation.pending > 0) waiting = true;
    }
    if (waiting) this.#scheduleFlush();
  }

  /** They come again, with what they may see now. */
  #cutAll(whose: (principal: Principal) => boolean): void {
    for (const client of [...this.#clients.values()]) if (whose(client.principal)) this.#cut(client, sessionEnded());
  }

  /** A session can also end, or change, where no signal tells of it: by its age, in another process, while a socket opens. */
  async #recheckSessions(): Promise<void> {
    for (const client of [...this.#clients.values()]) {
      const { principal } = client;
      const now = await this.#options.authenticator.current(principal.sessionId);
      if (now === undefined || rightsOf(now) !== rightsOf(principal)) this.#cut(client, sessionEnded());
    }
  }
}

/** What somebody may do and see, as text to compare. */
function rightsOf({ permissions, scope }: Principal): string {
  return JSON.stringify([[...permissions].sort(), scope]);
}
