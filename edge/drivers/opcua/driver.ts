import { join } from 'node:path';
import { Backoff } from '@gongfu/shared/base/backoff';
import { sleep } from '@gongfu/shared/base/clock';
import type { Problem } from '@gongfu/shared/base/problem';
import type { Driver, DriverContext, PollGroup, Reading, WriteAnswer, WriteRequest } from '@gongfu/shared/sdk/driver';
import type { SourceHealth } from '@gongfu/shared/wire/handshake';
import { AlarmWatch } from './alarm-watch.ts';
import { day, remainingDays } from './certificate-list.ts';
import type { OpcuaSource } from './config.ts';
import { OpcuaConnection } from './connection.ts';
import { codesWorthAsking, diagnose, thumbprintOf } from './diagnosis.ts';
import { offeredBy } from './discovery.ts';
import { Namespaces } from './namespaces.ts';
import { NodeWriter } from './node-writer.ts';
import { Pki } from './pki.ts';
import { planPolls, planSubscriptions, type SubscribedTag } from './plan.ts';
import { Poller } from './poller.ts';
import { FullSubscription } from './subscription.ts';
import { TagLedger } from './tag-ledger.ts';

/** A connection that lived so long was a good one: the next attempt after it comes at once. */
const soundAfterMs = 5_000;
const retryRefusedMs = 30_000;
/** A wrong password repeated every few seconds would lock the user at the server. */
const signInAgainMs = 60_000;
/** How soon a decision about a certificate is seen. */
const lookAgainMs = 1_000;
/** Servers whose clock is further off are named in the health text; their samples stand at their own time. */
const clockDifferenceToldS = 10;
const expiryWarningDays = 30;

/** Subscribes, or polls, the tags of one OPC UA server, for its whole life: connects, connects again, and tells the truth meanwhile. */
export class OpcuaDriver implements Driver {
  readonly groups: readonly PollGroup<SubscribedTag>[];
  readonly #context: DriverContext;
  readonly #source: OpcuaSource;
  readonly #retryRefusedMs: number;
  #ledgers: readonly TagLedger[];
  #isDivided = false;
  readonly #namespaces = new Namespaces();
  readonly #tags: readonly SubscribedTag[];
  readonly #poller: Poller;
  readonly #nodeWriter: NodeWriter;
  /** Absent where its conditions are not asked for. */
  readonly #alarms: AlarmWatch | undefined;
  readonly #pki: Pki;
  readonly #backoff: Backoff;
  #state: SourceHealth['state'] = 'stopped';
  #problem: Problem | undefined;
  #connection: OpcuaConnection | undefined;
  #foundTotal = 0;
  #running: Promise<void> | undefined;
  /** An outage whose values have not been read yet began then, by the server's clock. */
  #missedSince: number | undefined;
  /** The server's clock minus ours when it was last heard, ms. */
  #serverAheadMs = 0;
  #wake: () => void = () => undefined;
  #stopping = false;

  constructor(options: {
    context: DriverContext;
    source: OpcuaSource;
    tags: readonly SubscribedTag[];
    /** How often tags the server refuses are tried again; 30 s. */
    retryRefusedMs?: number;
  }) {
    const { context, source, tags } = options;
    this.#context = context;
    this.#source = source;
    this.#retryRefusedMs = options.retryRefusedMs ?? retryRefusedMs;
    const polls = source.mode === 'poll';
    this.groups = polls ? planPolls(tags) : [];
    this.#tags = tags;
    this.#poller = new Poller({ context, namespaces: this.#namespaces });
    this.#nodeWriter = new NodeWriter({ poller: this.#poller, clock: context.clock, timeoutMs: source.timeout });
    const { alarms } = source;
    this.#alarms =
      alarms &&
      new AlarmWatch({ ...context, source, alarms, namespaces: this.#namespaces, againMs: this.#retryRefusedMs });
    const plans = polls ? [] : planSubscriptions(tags);
    this.#ledgers = plans.map((plan) => new TagLedger({ tags: plan.tags, writer: context.writer }));
    this.#pki = Pki.at(join(context.dataFolder, 'pki'));
    this.#backoff = new Backoff({ firstMs: 1_000, maxMs: 10_000, random: context.random });
  }

  async start(): Promise<void> {
    if (this.#running !== undefined) return;
    this.#stopping = false;
    this.#state = 'connecting';
    this.#pki.hold();
    this.#running = this.#supervise();
  }

  /** Where the tags are subscribed there is no group to ask for. */
  async poll(group: PollGroup<SubscribedTag>): Promise<void> {
    await this.#poller.poll(group.tags, this.#connected);
  }

  get #connected(): OpcuaConnection | undefined {
    return this.#state === 'connected' ? this.#connection : undefined;
  }

  #tag(number: number): SubscribedTag {
    return this.#tags.find((tag) => tag.number === number)!;
  }

  async readOne(tag: number): Promise<Reading> {
    const [reading] = await this.#poller.readNow([this.#tag(tag)], this.#connected);
    return reading!;
  }

  write({ tag, guards, ...rest }: WriteRequest): Promise<WriteAnswer> {
    return this.#nodeWriter.write({
      tag: this.#tag(tag),
      guards: guards.map((guard) => this.#tag(guard)),
      connection: this.#connected,
      ...rest,
    });
  }

  async stop(): Promise<void> {
    if (this.#running === undefined) return;
    this.#stopping = true;
    this.#wake();
    this.#connection?.end('stopped');
    await this.#running;
    this.#running = undefined;
    this.#tellMissed();
    await this.#pki.release();
    this.#problem = undefined;
    this.#state = 'stopped';
  }

  health(): Omit<SourceHealth, 'name' | 'driver'> {
    return { state: this.#state, detail: this.#detail().slice(0, 500) };
  }

  get reconnectsTotal(): number {
    return Math.max(0, this.#foundTotal - 1);
  }

  #detail(): string {
    if (this.#problem !== undefined) return `${this.#problem.message} ${this.#problem.advice}`;
    if (this.#state !== 'connected' || this.#connection === undefined) return '';
    const remarks: string[] = [];
    const { refused, secondsAhead } = this.#connection;
    if (refused.length > 0)
      remarks.push(`${refused.length} tags refused, as ${refused[0]!.name}: ${refused[0]!.status}`);
    const misfit = this.#ledgers.find((ledger) => ledger.misfit !== undefined)?.misfit ?? this.#poller.misfit;
    if (misfit !== undefined) remarks.push(misfit);
    const alarms = this.#alarms?.remark ?? '';
    if (alarms !== '') remarks.push(alarms);
    remarks.push(...this.#expiries());
    if (Math.abs(secondsAhead) > clockDifferenceToldS) remarks.push(`clock of the server differs by ${secondsAhead} s`);
    return remarks.join('; ');
  }

  /** Certificates whose end is near, the server's and our own, while there is still time to renew them. */
  #expiries(): string[] {
    const server = this.#connection?.serverCertificate;
    if (server === undefined) return [];
    const now = this.#context.clock.now();
    const own = this.#pki.list.own();
    const near = [
      { whose: 'the server', certificate: server },
      { whose: `this gateway (${own?.file})`, certificate: own },
    ];
    return near.flatMap(({ whose, certificate }) => {
      const days = certificate === undefined ? expiryWarningDays : remainingDays(certificate.validTo, now);
      if (certificate === undefined || days >= expiryWarningDays) return [];
      return [`the certificate of ${whose} ends on ${day(certificate.validTo)}, in ${days} days`];
    });
  }

  async #supervise(): Promise<void> {
    const { clock, log } = this.#context;
    while (!this.#stopping) {
      const began = clock.monotonicMs();
      const decisions = this.#pki.list.decisions();
      await this.#live();
      if (this.#stopping) return;
      if (clock.monotonicMs() - began > soundAfterMs) this.#backoff.reset();
      const nextMs = this.#backoff.nextMs();
      const waitMs = this.#problem?.code === 'opcua-sign-in-refused' ? signInAgainMs : nextMs;
      log.debug({ waitMs }, 'OPC UA server is tried again');
      await this.#pause(waitMs, decisions);
    }
  }

  /** Ends early at `stop`, and when a person has decided about a certificate: who said trust looks for the value. */
  async #pause(waitMs: number, decisions: string): Promise<void> {
    const { clock } = this.#context;
    const endMs = clock.monotonicMs() + waitMs;
    for (let leftMs = waitMs; leftMs > 0; leftMs = endMs - clock.monotonicMs()) {
      await new Promise<void>((resolve) => {
        const cancel = clock.after(Math.min(leftMs, lookAgainMs), resolve);
        this.#wake = () => {
          cancel();
          resolve();
        };
      });
      if (this.#stopping || this.#pki.list.decisions() !== decisions) return;
    }
  }

  /** One connection from its first attempt to its end. Never rejects. */
  async #live(): Promise<void> {
    const { clock, log, writer } = this.#context;
    const connection = new OpcuaConnection({
      source: this.#source,
      pki: this.#pki,
      namespaces: this.#namespaces,
      ledgers: this.#ledgers,
      retryRefusedMs: this.#retryRefusedMs,
      clock,
      log,
      missedSince: this.#missedSince,
      alive: (sourceTime) => writer.alive(sourceTime),
      missed: (fromTime, toTime) => writer.lost(fromTime, toTime, 'source-unreachable'),
      caughtUp: () => {
        this.#missedSince = undefined;
      },
      crowded: (tagsMax) => this.#divide(tagsMax),
      lost: () => {
        this.#lose('the connection broke');
        this.#alarms?.cut();
      },
      restored: () => {
        this.#found();
        this.#alarms?.resume();
      },
    });
    this.#connection = connection;
    try {
      await this.#open(connection);
      this.#found();
      this.#alarms?.begin({ session: () => connection.session, ended: (reason) => connection.end(reason) });
      const reason = await connection.ending.reason();
      if (!this.#stopping) this.#lose(reason);
    } catch (error) {
      if (error instanceof FullSubscription) this.#lose('its subscriptions take fewer tags');
      else if (!this.#stopping) this.#fail(await this.#explain(error, connection));
    } finally {
      this.#alarms?.leave();
      await connection.close();
    }
  }

  /** A stop must not wait for a server that does not answer; an attempt given up gets a moment to say why. */
  async #open(connection: OpcuaConnection): Promise<void> {
    const opened = connection.open();
    opened.catch(() => undefined);
    const givenUp = await connection.ending.before(opened, (reason) => reason);
    if (givenUp === undefined) return;
    const last = sleep(this.#context.clock, this.#stopping ? 0 : 1_000);
    await Promise.race([opened, last]);
    throw new Error(givenUp);
  }

  /** Why there is no connection; where the server itself can say more, it is asked. */
  async #explain(error: unknown, connection: OpcuaConnection): Promise<Problem> {
    const scene = { source: this.#source, certificates: this.#pki.list, offered: [] };
    const problem = diagnose(error, scene);
    if (!codesWorthAsking.includes(problem.code)) return problem;
    const offered = await connection.ending.before(offeredBy(this.#source, this.#pki), () => []);
    const thumbprint = thumbprintOf({ source: this.#source, offered });
    if (thumbprint !== '' && problem.code === 'opcua-server-untrusted') {
      this.#pki.list.note(thumbprint, `${this.#context.sourceName} ${this.#source.endpoint}`);
    }
    return diagnose(error, { ...scene, offered });
  }

  #found(): void {
    this.#problem = undefined;
    if (this.#state === 'connected') return;
    this.#state = 'connected';
    this.#foundTotal += 1;
    this.#context.log.info({ endpoint: this.#source.endpoint }, 'OPC UA server connected');
    for (const expiry of this.#expiries()) this.#context.log.warn({ endpoint: this.#source.endpoint }, expiry);
  }

  /** Once only: when that did not help it was no limit of a subscription. */
  #divide(tagsMax: number): boolean {
    if (this.#isDivided) return false;
    this.#isDivided = true;
    this.#ledgers = this.#ledgers.flatMap((ledger) => ledger.divided(tagsMax));
    this.#context.log.info({ tagsMax }, 'a subscription of the server takes fewer tags; they go over more of them');
    return true;
  }

  #lose(reason: string): void {
    if (this.#state === 'connected')
      this.#context.log.warn({ endpoint: this.#source.endpoint, reason }, 'OPC UA server lost');
    this.#state = 'connecting';
    this.#cut();
  }

  /** The same problem is told once, not at every attempt. */
  #fail(problem: Problem): void {
    if (this.#problem?.message !== problem.message) {
      this.#context.log.warn({ code: problem.code, advice: problem.advice }, problem.message);
    }
    this.#problem = problem;
    this.#state = 'failing';
    this.#cut();
  }

  /** An outage that the stop ends: nobody will read what it took any more. */
  #tellMissed(): void {
    if (this.#missedSince === undefined) return;
    const { clock, writer } = this.#context;
    const now = clock.now() + this.#serverAheadMs;
    writer.lost(this.#missedSince, Math.max(now, this.#missedSince), 'source-unreachable');
    this.#missedSince = undefined;
  }

  #cut(): void {
    this.#serverAheadMs = this.#connection?.offsetMs ?? this.#serverAheadMs;
    const since = this.#connection?.lastSign ?? this.#context.clock.now();
    this.#missedSince ??= this.#connection?.lastHeard;
    for (const ledger of this.#ledgers) ledger.cut(since);
  }
}
