import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf } from '@gongfu/shared/base/problem';
import type { ClientSession } from 'node-opcua-client';
import type { PublishedMessage } from './change-list.ts';
import type { OpcuaSource } from './config.ts';
import { type HistorySpan, historizedOf, readRaw } from './history.ts';
import { epochMs } from './reported-values.ts';
import type { Subscription } from './subscription.ts';

/** The present values of new subscriptions (published every 10 s at least) come within so long, or are not waited for. */
const patienceMs = 25_000;
const readWithinMs = 300_000;
/** Live values that wait in memory meanwhile; beyond it what is not yet read stays a gap. */
const heldValuesMax = 100_000;
const readsAtOnce = 4;

export interface HeldMessage {
  readonly subscription: Subscription;
  readonly message: PublishedMessage;
}

export interface CatchUpOptions {
  readonly since: number;
  /** Before the server's start there was nobody to keep a history, UTC epoch ms. */
  readonly startedAt: number | undefined;
  readonly session: ClientSession;
  readonly subscriptions: readonly Subscription[];
  readonly source: OpcuaSource;
  readonly clock: Clock;
  readonly log: Logger;
  readonly missed: (fromTime: number, toTime: number) => void;
  /** Called once, with the live messages that waited, oldest first; not at all after `stop`. */
  readonly done: (held: readonly HeldMessage[]) => void;
}

interface Span extends HistorySpan {
  readonly subscription: Subscription;
  readonly index: number;
}

/**
 * What an outage took, after which the server had forgotten our queues: read from its history where it keeps one, up to the
 * first value the new subscription reports, so that nothing comes twice. What remains is told as missed. Live values wait
 * meanwhile: those who thin samples compare each with the one before it.
 */
export class CatchUp {
  readonly #options: CatchUpOptions;
  readonly #held: HeldMessage[] = [];
  readonly #first = new Map<string, number>();
  #heldValues = 0;
  #until: number | undefined;
  #deadlineMs = Number.POSITIVE_INFINITY;
  #started = false;
  #running = false;
  #stopped = false;
  #cancel: () => void = () => undefined;

  constructor(options: CatchUpOptions) {
    this.#options = options;
  }

  /** Every subscription there can be has been made. */
  start(): void {
    const { clock } = this.#options;
    this.#started = true;
    this.#deadlineMs = clock.monotonicMs() + readWithinMs;
    this.#cancel = clock.after(patienceMs, () => void this.#run());
    this.#runWhenComplete();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  hold(subscription: Subscription, message: PublishedMessage): void {
    this.#held.push({ subscription, message });
    const published = epochMs(message.publishTime) ?? this.#options.clock.now();
    if (!this.#running) this.#until = published;
    for (const { count, handles, values } of message.lists) {
      for (let row = 0; row < count; row += 1) {
        const key = this.#keyOf(subscription, handles[row]! - 1);
        const stamped = values.times[row]!;
        if (this.#first.has(key)) this.#heldValues += 1;
        else this.#first.set(key, Number.isNaN(stamped) ? published : stamped);
      }
    }
    this.#runWhenComplete();
  }

  #keyOf(subscription: Subscription, index: number): string {
    return `${this.#options.subscriptions.indexOf(subscription)} ${index}`;
  }

  #runWhenComplete(): void {
    if (!this.#started || this.#running) return;
    const awaited = this.#options.subscriptions.reduce((sum, { reported }) => sum + reported.size, 0);
    if (this.#first.size >= awaited) void this.#run();
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    if (this.#running || this.#stopped) return;
    this.#running = true;
    this.#cancel();
    const { since, startedAt, clock, missed, done } = this.#options;
    const until = Math.max(since, this.#until ?? clock.now());
    const spans = this.#spans(until);
    const missing = await this.#fill(spans);
    if (this.#stopped) return;
    const from = startedAt !== undefined && startedAt > since ? since : missing.reduce(earlier, until);
    const to = missing.length > 0 ? until : Math.min(until, startedAt ?? since);
    if (to > from) missed(from, to);
    done(this.#held);
  }

  #spans(until: number): Span[] {
    const { subscriptions, since } = this.#options;
    return subscriptions.flatMap((subscription) => {
      const { ledger, marginMs } = subscription;
      const earliest = since - marginMs - ledger.lagMs;
      return [...subscription.reported].map(([index, nodeId]) => {
        const from = Math.max(ledger.lastTime(index), earliest);
        const first = this.#first.get(this.#keyOf(subscription, index)) ?? until;
        return { subscription, index, nodeId, from, to: first > from ? first : until };
      });
    });
  }

  /** Since when each tag still lacks values whose history does not tell all, source times. */
  async #fill(spans: readonly Span[]): Promise<number[]> {
    const { source, session, log, since } = this.#options;
    if (!source.history) return [since];
    let historized = new Set<string>();
    try {
      historized = await historizedOf(
        session,
        spans.map(({ nodeId }) => nodeId),
      );
    } catch (error) {
      log.debug({ reason: messageOf(error) }, 'the server does not say what it keeps a history of');
    }
    const missing: number[] = [];
    const waiting = spans.filter(({ nodeId }) => historized.has(nodeId));
    if (waiting.length < spans.length || this.#someRefusedNow) missing.push(since);
    let values = 0;
    const lane = async (): Promise<void> => {
      for (let span = waiting.shift(); span !== undefined; span = waiting.shift()) {
        const { subscription, index } = span;
        let reached = Math.max(since, span.from);
        const take: Parameters<typeof readRaw>[2]['take'] = (value, time) => {
          subscription.ledger.recall(index, value, time);
          reached = Math.max(reached, time);
          values += 1;
        };
        const whole = await readRaw(session, span, { wanted: () => this.#wanted, take }).catch(() => false);
        if (!whole) missing.push(reached);
      }
    };
    await Promise.all(Array.from({ length: readsAtOnce }, lane));
    if (values > 0) log.info({ values }, 'values of the outage read from the history of the server');
    return missing;
  }

  /** Tags that had values before the outage and are refused after it. */
  get #someRefusedNow(): boolean {
    return this.#options.subscriptions.some(({ ledger, reported }) =>
      ledger.tags.some((_, index) => !reported.has(index) && Number.isFinite(ledger.lastTime(index))),
    );
  }

  get #wanted(): boolean {
    return !this.#stopped && this.#heldValues <= heldValuesMax && this.#options.clock.monotonicMs() < this.#deadlineMs;
  }
}

/** One by one: of a hundred thousand tags there are too many for the parameters of one call. */
function earlier(one: number, other: number): number {
  return Math.min(one, other);
}
