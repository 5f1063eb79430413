import { PreparedChanges } from './prepared-changes.ts';

/** A client's request to be told, to be answered when there is something to tell. */
export interface PublishCall {
  readonly acknowledgements: number;
  readonly answer: (changes: PreparedChanges) => void;
}

interface Part {
  readonly changes: PreparedChanges;
  readonly values: Float64Array;
}

interface LoadSubscription {
  readonly id: number;
  readonly intervalMs: number;
  readonly notificationsMax: number;
  readonly handles: number[];
  parts: Part[];
  dueAt: number;
  sequence: number;
}

interface Publishing {
  readonly subscription: LoadSubscription;
  readonly part: Part;
  readonly publishedAt: number;
  readonly more: boolean;
}

export interface PublisherFigures {
  readonly items: number;
  /** Since the start. */
  readonly changesMade: number;
  readonly changesSent: number;
  /** Publishings that wait for a request of the client. */
  readonly waiting: number;
}

/** A client that wants all in one message gets at most so many. */
const notificationsPerMessageMax = 10_000;
const lookEveryMs = 10;

/**
 * Publishes the subscriptions of one session: every item changes in every interval, each subscription at a phase of its own, in
 * the order in which they fall due. What the client has not asked for yet waits, nothing is dropped.
 */
export class LoadPublisher {
  readonly #subscriptions = new Map<number, LoadSubscription>();
  readonly #calls: PublishCall[] = [];
  readonly #waiting: Publishing[] = [];
  readonly #timer: NodeJS.Timeout;
  #items = 0;
  #changesMade = 0;
  #changesSent = 0;
  /** No more changes are made. */
  paused = false;

  constructor() {
    this.#timer = setInterval(() => this.#look(), lookEveryMs);
  }

  /** The session is over; what was made and sent still counts. */
  stop(): void {
    clearInterval(this.#timer);
    this.#items = 0;
    this.#waiting.length = 0;
  }

  get figures(): PublisherFigures {
    return {
      items: this.#items,
      changesMade: this.#changesMade,
      changesSent: this.#changesSent,
      waiting: this.#waiting.length,
    };
  }

  /** @returns the number of the subscription */
  subscribe({ intervalMs, notificationsMax }: { intervalMs: number; notificationsMax: number }): number {
    const id = this.#subscriptions.size + 1;
    this.#subscriptions.set(id, {
      id,
      intervalMs,
      notificationsMax: Math.min(notificationsMax || notificationsPerMessageMax, notificationsPerMessageMax),
      handles: [],
      parts: [],
      dueAt: Date.now() + intervalMs,
      sequence: 0,
    });
    return id;
  }

  /** @returns false where there is no such subscription */
  add(subscriptionId: number, handles: readonly number[]): boolean {
    const subscription = this.#subscriptions.get(subscriptionId);
    if (subscription === undefined) return false;
    for (const handle of handles) subscription.handles.push(handle);
    subscription.parts = partsOf(subscription);
    this.#items += handles.length;
    return true;
  }

  call(call: PublishCall): void {
    this.#calls.push(call);
    this.#serve();
  }

  #look(): void {
    if (this.paused) return;
    const now = Date.now();
    for (const subscription of this.#subscriptions.values()) {
      if (now < subscription.dueAt) continue;
      for (const [place, part] of subscription.parts.entries()) {
        const more = place < subscription.parts.length - 1;
        this.#waiting.push({ subscription, part, publishedAt: subscription.dueAt, more });
        this.#changesMade += part.changes.items;
      }
      subscription.dueAt += subscription.intervalMs;
    }
    this.#serve();
  }

  #serve(): void {
    while (this.#waiting.length > 0 && this.#calls.length > 0) {
      const { subscription, part, publishedAt, more } = this.#waiting.shift()!;
      const { acknowledgements, answer } = this.#calls.shift()!;
      const { intervalMs } = subscription;
      subscription.sequence += 1;
      part.changes.fill({ values: part.values, publishedAt, intervalMs, sequence: subscription.sequence, more });
      part.changes.acknowledge(acknowledgements);
      answer(part.changes);
      this.#changesSent += part.changes.items;
    }
  }
}

/** The items of a subscription in messages of as many as the client takes. */
function partsOf({ id, handles, notificationsMax }: LoadSubscription): Part[] {
  const parts: Part[] = [];
  for (let from = 0; from < handles.length; from += notificationsMax) {
    const some = Uint32Array.from(handles.slice(from, from + notificationsMax));
    parts.push({ changes: new PreparedChanges(some, id), values: new Float64Array(some.length) });
  }
  return parts;
}
