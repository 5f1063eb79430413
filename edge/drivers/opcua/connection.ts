import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import {
  type ClientSecureChannelLayer,
  type ClientSession,
  type OPCUAClient,
  readOperationLimits,
} from 'node-opcua-client';
import { CallSize } from './call-size.ts';
import { CatchUp, type HeldMessage } from './catch-up.ts';
import { describeCertificate } from './certificate-list.ts';
import type { PublishedMessage } from './change-list.ts';
import { createClient, identityOfServer, readNamespaceArray, type ServerIdentity, userOf } from './client.ts';
import type { OpcuaSource } from './config.ts';
import { thumbprintOf } from './diagnosis.ts';
import { offeredBy } from './discovery.ts';
import { Ending } from './ending.ts';
import type { Namespaces } from './namespaces.ts';
import type { Pki } from './pki.ts';
import { FullSubscription, Subscription } from './subscription.ts';
import type { TagLedger } from './tag-ledger.ts';

/** Without any sign of the client's own repair for so long, it is stuck. */
const repairSilenceMaxMs = 60_000;
/** Each sign of life makes the collector look at every tag, so not each message is one. */
const aliveEveryMs = 1_000;
const watchEveryMs = 1_000;
/** Signs of life a healthy server may send for one subscription while it is being asked whether it is the same. */
const heldEmptyMax = 20;
const disconnectWithinMs = 3_000;
/** While the line is cut, the server is asked so often whether it shows another certificate than before. */
const askAgainMs = 5_000;

export type ShownCertificate = ReturnType<typeof describeCertificate>;

export interface ConnectionOptions {
  readonly source: OpcuaSource;
  readonly pki: Pki;
  readonly namespaces: Namespaces;
  readonly ledgers: readonly TagLedger[];
  /** How often tags the server refuses are tried again. */
  readonly retryRefusedMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Since then nothing came, by the server's clock, and what it had queued is gone; undefined for the first connection. */
  readonly missedSince: number | undefined;
  readonly alive: (sourceTime: number) => void;
  /** Values of an outage that are nowhere to be had. */
  readonly missed: (fromTime: number, toTime: number) => void;
  /** Nothing of an outage is missing any more that can be had. */
  readonly caughtUp: () => void;
  /** Subscriptions of this server take so many tags and not all they have; true when they will be others from now on. */
  readonly crowded: (tagsMax: number) => boolean;
  readonly lost: () => void;
  readonly restored: () => void;
}

/**
 * One client with one session, from connecting until it cannot be repaired. While the line is cut the client reactivates
 * session and subscriptions by itself, so values the server queued meanwhile are not lost. Whatever looks like another server
 * than before (restarted, subscription gone) ends this connection: a new one resolves every node anew.
 */
export class OpcuaConnection {
  readonly #options: ConnectionOptions;
  readonly #subscriptions: Subscription[];
  /** With the reason why this connection is of no more use. */
  readonly ending = new Ending();
  #client: OPCUAClient | undefined;
  #channel: ClientSecureChannelLayer | undefined;
  #serverCertificate: ShownCertificate | undefined;
  #identity: ServerIdentity | undefined;
  #catchUp: CatchUp | undefined;
  #session: ClientSession | undefined;
  /** The line is cut, or back but not yet known to be the same server. */
  #cut = false;
  #held: HeldMessage[] = [];
  #heldEmpty = 0;
  #repairSeenMs = 0;
  #forcedBreakMs = Number.NEGATIVE_INFINITY;
  #closed = false;
  #subscribing = false;
  #aliveTime = Number.NEGATIVE_INFINITY;
  #cancelWatch: () => void = () => undefined;
  #nextRetryMs = 0;
  #nextAskMs = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#subscriptions = options.ledgers.map(
      (ledger) =>
        new Subscription({
          ledger,
          source: options.source,
          clock: options.clock,
          log: options.log,
          received: (subscription, message) => this.#receive(subscription, message),
          ended: (reason) => this.end(reason),
        }),
    );
  }

  /** Tags the server refuses at present, with the name of the status. */
  get refused(): readonly { readonly name: string; readonly status: string }[] {
    return this.#subscriptions.flatMap((subscription) => subscription.refused);
  }

  get secondsAhead(): number {
    return Math.round(this.offsetMs / 1_000);
  }

  /** The server's clock minus ours, ms. */
  get offsetMs(): number {
    return this.#subscriptions.find((subscription) => subscription.established)?.offsetMs ?? 0;
  }

  /** Since then nothing is known of the server, UTC epoch ms by its clock. */
  get lastSign(): number {
    return this.lastHeard ?? this.#options.clock.now() + this.offsetMs;
  }

  /** The same, undefined where the server has never reported. */
  get lastHeard(): number | undefined {
    const heard = this.#subscriptions.filter((each) => each.established).map((each) => each.heardTime);
    const earliest = Math.min(...heard);
    return Number.isFinite(earliest) ? earliest : undefined;
  }

  /** Undefined while the server is not known to be the one the session began with. */
  get session(): ClientSession | undefined {
    return this.#cut ? undefined : this.#session;
  }

  /** Connects and subscribes everything. @throws what the client throws; see diagnosis.ts */
  async open(): Promise<void> {
    const { source, pki, clock } = this.#options;
    const certificates = await pki.acquire();
    if (this.#closed) {
      await pki.release();
      throw new Error('closed while connecting');
    }
    const client = createClient(source, certificates);
    this.#client = client;
    this.#listen(client);
    await client.connect(source.endpoint);
    this.#serverCertificate = this.#admit(client);
    const session = await client.createSession(userOf(source));
    this.#session = session;
    this.#identity = await identityOfServer(session);
    this.#catchUp = this.#catchUpFrom(session, this.#identity);
    await this.#subscribe(session);
    const full = this.#subscriptions.find(({ isFull }) => isFull);
    if (full !== undefined && this.#options.crowded(full.reported.size)) throw new FullSubscription();
    this.#catchUp?.start();
    this.#nextRetryMs = clock.monotonicMs() + this.#options.retryRefusedMs;
    this.#watch(session);
  }

  #catchUpFrom(session: ClientSession, { startedAt }: ServerIdentity): CatchUp | undefined {
    const { missedSince: since } = this.#options;
    if (since === undefined) return undefined;
    const done = (held: readonly HeldMessage[]): void => {
      this.#catchUp = undefined;
      for (const { subscription, message } of held) subscription.take(message, true);
      this.#options.caughtUp();
    };
    return new CatchUp({ ...this.#options, since, startedAt, session, subscriptions: this.#subscriptions, done });
  }

  /** The certificate the server has shown; undefined where the channel is not secured. */
  get serverCertificate(): ShownCertificate | undefined {
    return this.#serverCertificate;
  }

  /** A certificate a person refused is turned away before any password is sent, also when its issuer is trusted. */
  #admit(client: OPCUAClient): ShownCertificate | undefined {
    const shown = client.serverCertificate;
    const leaf = Array.isArray(shown) ? shown[0] : shown;
    if (leaf === undefined || this.#options.source.securityPolicy === 'None') return undefined;
    const certificate = describeCertificate(leaf);
    if (this.#options.pki.list.isRefused(certificate.thumbprint)) throw new Error('BadCertificateUntrusted, refused');
    return certificate;
  }

  end(reason: string): void {
    this.#cancelWatch();
    this.#catchUp?.stop();
    this.ending.end(reason);
  }

  /** Gives everything back; a server that does not answer is not waited for. */
  async close(): Promise<void> {
    this.#closed = true;
    this.end('closed');
    for (const subscription of this.#subscriptions) subscription.detach();
    const client = this.#client;
    if (client === undefined) return;
    this.#client = undefined;
    client.removeAllListeners();
    const leaving = client.disconnect().catch(() => undefined);
    const { clock, pki } = this.#options;
    await Promise.race([leaving, new Promise<void>((resolve) => clock.after(disconnectWithinMs, resolve))]);
    await pki.release();
  }

  /** Subscribes what is not subscribed yet. @throws Error when the server refuses every subscription */
  async #subscribe(session: ClientSession): Promise<void> {
    if (this.#subscribing) return;
    this.#subscribing = true;
    try {
      await this.#subscribeMissing(session);
    } finally {
      this.#subscribing = false;
    }
    const none = !this.#subscriptions.some((subscription) => subscription.established);
    if (none && this.refused[0] !== undefined) throw new Error(`no subscription: ${this.refused[0].status}`);
  }

  async #subscribeMissing(session: ClientSession): Promise<void> {
    const limits = await readOperationLimits(session).catch(() => undefined);
    const namespaceArray = await readNamespaceArray(session);
    const creations = new CallSize({ told: limits?.maxMonitoredItemsPerCall, most: 1_000 });
    for (const subscription of this.#subscriptions) {
      await subscription.establish(session, {
        creations,
        resolve: (address) => this.#options.namespaces.resolve(address, namespaceArray),
      });
    }
  }

  #listen(client: OPCUAClient): void {
    client.on('secure_channel_created', (channel) => {
      this.#channel = channel;
    });
    client.on('connection_lost', () => this.#lose());
    client.on('connection_reestablished', () => void this.#verify());
    client.on('close', () => this.end('the client gave the connection up'));
    for (const sign of ['backoff', 'start_reconnection', 'reconnection_attempt_has_failed'] as const) {
      client.on(sign, () => {
        this.#repairSeenMs = this.#options.clock.monotonicMs();
      });
    }
  }

  #lose(): void {
    this.#repairSeenMs = this.#options.clock.monotonicMs();
    if (this.#cut) return;
    this.#cut = true;
    this.#options.lost();
  }

  /** What arrives before the server is known to be the same is held back: it may stand under another tag's handle. */
  async #verify(): Promise<void> {
    try {
      const session = this.#session;
      if (session === undefined || (await identityOfServer(session)).key !== this.#identity?.key) {
        this.end('the server restarted or its namespaces changed');
        return;
      }
    } catch {
      // The line broke again; the client repairs it again and asks again.
      return;
    }
    const held = this.#held;
    this.#held = [];
    this.#heldEmpty = 0;
    this.#cut = false;
    for (const { subscription, message } of held) {
      if (this.#catchUp === undefined) subscription.take(message, true);
      else this.#catchUp.hold(subscription, message);
    }
    for (const subscription of this.#subscriptions) subscription.resume();
    if (this.#catchUp === undefined) this.#options.caughtUp();
    this.#options.restored();
  }

  #receive(subscription: Subscription, message: PublishedMessage): void {
    if (this.#cut) {
      this.#hold(subscription, message);
      return;
    }
    if (this.#catchUp !== undefined) {
      this.#catchUp.hold(subscription, message);
      return;
    }
    subscription.take(message, false);
    const reached = Math.min(
      ...this.#subscriptions.filter((each) => each.established).map((each) => each.unchangedUntil),
    );
    if (reached - this.#aliveTime < aliveEveryMs || !Number.isFinite(reached)) return;
    this.#aliveTime = reached;
    this.#options.alive(reached);
  }

  /**
   * There are servers that answer each request for a lost message with an empty one, and never say that there is none left;
   * the client would ask for ever, thousands of times a second.
   */
  #hold(subscription: Subscription, message: PublishedMessage): void {
    this.#held.push({ subscription, message });
    if (message.lists.length > 0) return;
    this.#heldEmpty += 1;
    if (this.#heldEmpty > heldEmptyMax * this.#subscriptions.length) this.end('the server repeats empty messages');
  }

  /** The client repairs for ever against a server that has renewed its certificate; a new connection says what is wrong. */
  async #compareCertificate(): Promise<void> {
    this.#nextAskMs = Number.POSITIVE_INFINITY;
    const { source, pki, clock } = this.#options;
    const known = this.#serverCertificate?.thumbprint;
    if (known === undefined) return;
    const offered = await offeredBy(source, pki);
    const shown = thumbprintOf({ source, offered });
    if (shown !== '' && shown !== known) this.end('the server shows another certificate');
    this.#nextAskMs = clock.monotonicMs() + askAgainMs;
  }

  #watch(session: ClientSession): void {
    this.#cancelWatch = this.#options.clock.after(watchEveryMs, () => {
      this.#watch(session);
      this.#look(session);
    });
  }

  /** A silent line is broken on purpose, so that the client repairs it; silent again at once, everything is built anew. */
  #look(session: ClientSession): void {
    const now = this.#options.clock.monotonicMs();
    if (this.#cut) {
      if (now - this.#repairSeenMs > repairSilenceMaxMs) this.end('the repair of the connection stands still');
      else if (now >= this.#nextAskMs) void this.#compareCertificate();
      return;
    }
    const silent = this.#subscriptions.find((subscription) => subscription.silentFor(now));
    if (silent !== undefined && now - this.#forcedBreakMs > repairSilenceMaxMs) {
      this.#forcedBreakMs = now;
      this.#channel?.forceConnectionBreak();
    } else if (silent !== undefined && now - this.#forcedBreakMs > silent.silenceMaxMs) {
      this.end('no sign of the server');
    } else if (now >= this.#nextRetryMs) {
      this.#nextRetryMs = now + this.#options.retryRefusedMs;
      if (this.refused.length > 0) this.#subscribe(session).catch(() => undefined);
    }
  }
}
