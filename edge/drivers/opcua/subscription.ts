import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf } from '@gongfu/shared/base/problem';
import { isBad, StatusCode } from '@gongfu/shared/model/quality';
import {
  AttributeIds,
  type ClientSession,
  type ClientSessionRawSubscriptionService,
  ClientSubscription,
  DataChangeFilter,
  DataChangeTrigger,
  DeadbandType,
  type MonitoredItemCreateResult,
  MonitoringMode,
  type NotificationMessage,
  promoteOpaqueStructure,
  StatusCodes,
  TimestampsToReturn,
} from 'node-opcua-client';
import type { CallSize } from './call-size.ts';
import { type PublishedMessage, takeChanges } from './change-list.ts';
import type { OpcuaSource } from './config.ts';
import { type NodeAddress, parseNodeAddress } from './node-address.ts';
import { publishingIntervalOf, type SubscribedTag, samplingIntervalOf } from './plan.ts';
import { epochMs } from './reported-values.ts';
import type { TagLedger } from './tag-ledger.ts';

const triggers = {
  status: DataChangeTrigger.Status,
  value: DataChangeTrigger.StatusValue,
  time: DataChangeTrigger.StatusValueTimestamp,
} as const;

const keepAliveEveryMs = 2_000;
const silenceAtLeastMs = 10_000;

export interface SubscriptionOptions {
  readonly ledger: TagLedger;
  readonly source: OpcuaSource;
  readonly clock: Clock;
  readonly log: Logger;
  readonly received: (subscription: Subscription, message: PublishedMessage) => void;
  readonly ended: (reason: string) => void;
}

export interface ServerSide {
  /** Of items created at once. */
  readonly creations: CallSize;
  readonly resolve: (address: NodeAddress) => string | undefined;
}

/**
 * One subscription of a session. The monitored items are made by the plain service call and the notifications are read here,
 * so each tag has its own result, and the client cannot recreate items under node ids that have lost their meaning.
 */
export class Subscription {
  readonly #options: SubscriptionOptions;
  readonly #addresses: readonly NodeAddress[];
  /** Status of each tag that has no monitored item. */
  readonly #refusals = new Map<number, { status: number; name: string }>();
  readonly #nodeIds = new Map<number, string>();
  readonly #marginMs: number;
  #subscription: ClientSubscription | undefined;
  #turn: Promise<void> = Promise.resolve();
  #heardMs = 0;
  #heardTime = Number.NEGATIVE_INFINITY;
  #confirmFrom = Number.POSITIVE_INFINITY;
  #offsetMs = 0;

  constructor(options: SubscriptionOptions) {
    this.#options = options;
    const { tags } = options.ledger;
    this.#addresses = tags.map((tag) => parseNodeAddress(tag.nodeId));
    for (const index of tags.keys())
      this.#refusals.set(index, { status: StatusCode.BadWaitingForInitialData, name: '' });
    this.#marginMs = publishingIntervalOf(tags) + Math.max(...tags.map(samplingIntervalOf));
  }

  get established(): boolean {
    return this.#subscription !== undefined;
  }

  /** Time of the last message by the server's clock, UTC epoch ms; -Infinity before the first. */
  get heardTime(): number {
    return this.#heardTime;
  }

  /** The server's clock minus ours, ms. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  get refused(): { name: string; status: string }[] {
    const { tags } = this.#options.ledger;
    return [...this.#refusals].map(([index, { name }]) => ({ name: tags[index]!.name, status: name }));
  }

  /** The server has taken some of the tags and has no room for others in this subscription. */
  get isFull(): boolean {
    const refusals = [...this.#refusals.values()];
    return (
      this.#nodeIds.size > 0 && refusals.some(({ status }) => status === StatusCodes.BadTooManyMonitoredItems.value)
    );
  }

  get ledger(): TagLedger {
    return this.#options.ledger;
  }

  /** Node ids of the tags the server reports, by their index. */
  get reported(): ReadonlyMap<number, string> {
    return this.#nodeIds;
  }

  /** How long a change may be on its way: one publishing and one sampling interval, ms. */
  get marginMs(): number {
    return this.#marginMs;
  }

  /**
   * Source time up to which tags not reported have surely not changed. Behind the last publishing by one sampling and one
   * publishing interval: a change of that time may still be on its way, with an earlier source time.
   */
  get unchangedUntil(): number {
    return this.#heardTime - this.#marginMs;
  }

  /** Longest silence of a healthy subscription, ms. */
  get silenceMaxMs(): number {
    const intervalMs = this.#subscription?.publishingInterval ?? keepAliveEveryMs;
    const keepAliveMs = intervalMs * (this.#subscription?.maxKeepAliveCount ?? 1);
    return Math.max(silenceAtLeastMs, 5 * intervalMs, 3 * keepAliveMs);
  }

  silentFor(monotonicMs: number): boolean {
    return this.established && monotonicMs - this.#heardMs > this.silenceMaxMs;
  }

  /** Makes the subscription and every item not there yet. May be repeated; a refused tag keeps its status till then. */
  async establish(session: ClientSession, server: ServerSide): Promise<void> {
    const before = new Map(this.#refusals);
    try {
      this.#subscription ??= await this.#create(session);
      await this.#createItems(session, this.#subscription.subscriptionId, server);
    } catch (error) {
      const refusal = statusOf(error);
      if (refusal === undefined) throw error;
      for (const index of this.#refusals.keys()) this.#refusals.set(index, refusal);
    }
    this.#tellRefusals(before);
  }

  /** The cut is over and the server kept everything: values not reported anew will be confirmed. */
  resume(): void {
    this.#heardMs = this.#options.clock.monotonicMs();
    this.#options.ledger.resume();
    this.#expectAllAfter(this.#now());
  }

  detach(): void {
    this.#subscription?.removeAllListeners();
    this.#subscription = undefined;
  }

  /** Reads one message. `late` when it had to wait, so that its time says nothing about the clocks. */
  take(message: PublishedMessage, late: boolean): void {
    const { ledger } = this.#options;
    const published = epochMs(message.publishTime);
    if (published !== undefined && !late) this.#offsetMs = published - this.#options.clock.now();
    const now = published ?? this.#now();
    let changes = 0;
    for (const { count, handles, values } of message.lists) {
      for (let row = 0; row < count; row += 1) ledger.accept(handles[row]! - 1, values, row, now);
      changes += count;
    }
    this.#heardTime = Math.max(this.#heardTime, now);
    if (now >= this.#confirmFrom || (changes === 0 && !late)) ledger.confirm(this.unchangedUntil);
  }

  /** Structures come as bytes; what is in them the client has to ask the server. Messages keep their order meanwhile. */
  async #receiveStructures(session: ClientSession, message: PublishedMessage): Promise<void> {
    const values = message.lists.flatMap((list) => list.values.wholes);
    await promoteOpaqueStructure(session, values).catch(() => undefined);
    if (this.established) this.#options.received(this, message);
  }

  #now(): number {
    return this.#options.clock.now() + this.#offsetMs;
  }

  /** Two publishings later the server has reported all it had queued; only then an old value may be called the present one. */
  #expectAllAfter(sourceNow: number): void {
    this.#confirmFrom = sourceNow + 2 * publishingIntervalOf(this.#options.ledger.tags) + this.#marginMs;
  }

  async #create(session: ClientSession): Promise<ClientSubscription> {
    const { source, ledger } = this.#options;
    const intervalMs = publishingIntervalOf(ledger.tags);
    const keepAliveCount = Math.max(3, Math.ceil(keepAliveEveryMs / intervalMs));
    // The client would refuse a server that grants short sessions; the watch over silence covers that case.
    ClientSubscription.ignoreNextWarning = true;
    const subscription = await session.createSubscription2({
      requestedPublishingInterval: intervalMs,
      requestedMaxKeepAliveCount: keepAliveCount,
      requestedLifetimeCount: Math.max(keepAliveCount * 5, Math.ceil(source.sessionTimeout / intervalMs)),
      maxNotificationsPerPublish: 0,
      publishingEnabled: true,
      priority: 1,
    });
    this.#heardMs = this.#options.clock.monotonicMs();
    this.#expectAllAfter(this.#now());
    ledger.restart();
    const structured = ledger.tags.some(({ field }) => field !== undefined);
    const unreadable = (): void => this.#options.ended('the server sends changes that cannot be read');
    subscription.on('raw_notification', (raw: NotificationMessage) => {
      this.#heardMs = this.#options.clock.monotonicMs();
      const message = takeChanges(raw);
      // What cannot be read may be the change of any tag: none may be called unchanged after it.
      if (message === undefined) unreadable();
      else if (structured)
        this.#turn = this.#turn.then(() => this.#receiveStructures(session, message)).catch(unreadable);
      else this.#options.received(this, message);
    });
    subscription.on('status_changed', (status) => this.#options.ended(`the server ended the subscription: ${status}`));
    subscription.on('subscriptionId_changed', () => this.#options.ended('the server has forgotten the subscription'));
    subscription.on('terminated', () => this.#options.ended('the subscription ended'));
    return subscription;
  }

  async #createItems(session: ClientSession, subscriptionId: number, server: ServerSide): Promise<void> {
    const missing = [...this.#refusals.keys()].flatMap((index) => {
      const nodeId = server.resolve(this.#addresses[index]!);
      if (nodeId !== undefined) return [{ index, nodeId }];
      this.#refusals.set(index, { status: StatusCode.BadNodeIdUnknown, name: 'BadNodeIdUnknown, no such namespace' });
      return [];
    });
    await server.creations.ask(missing, async (items) => {
      const { results } = await (session as RawSession).createMonitoredItems({
        subscriptionId,
        timestampsToReturn: TimestampsToReturn.Both,
        itemsToCreate: items.map((item) => this.#requestOf(item)),
      });
      for (const [position, item] of items.entries()) this.#settle(item, results?.[position]);
      return items;
    });
  }

  #requestOf({ index, nodeId }: ItemRequest) {
    const tag = this.#options.ledger.tags[index]!;
    return {
      itemToMonitor: { nodeId, attributeId: AttributeIds.Value },
      monitoringMode: MonitoringMode.Reporting,
      requestedParameters: {
        clientHandle: index + 1,
        samplingInterval: samplingIntervalOf(tag),
        queueSize: tag.queueSize ?? this.#options.source.queueSize,
        discardOldest: tag.discardOldest ?? true,
        ...filterOf(tag),
      },
    };
  }

  #settle({ index, nodeId }: ItemRequest, result: MonitoredItemCreateResult | undefined): void {
    const status = result?.statusCode.value ?? StatusCode.BadCommunicationError;
    if (isBad(status)) this.#refusals.set(index, { status, name: result?.statusCode.name ?? 'no answer' });
    else {
      this.#refusals.delete(index);
      this.#nodeIds.set(index, nodeId);
    }
  }

  /** Each tag newly refused, or refused for another reason, gets one bad sample that says why. */
  #tellRefusals(before: ReadonlyMap<number, { status: number }>): void {
    const { ledger, log } = this.#options;
    const changed = [...this.#refusals].filter(([index, { status }]) => before.get(index)?.status !== status);
    for (const [index, { status }] of changed) ledger.refuse(index, status, this.#now());
    const first = changed[0];
    if (first === undefined) return;
    const tag = ledger.tags[first[0]]!;
    log.warn(
      { refused: changed.length, tag: tag.name, nodeId: tag.nodeId, status: first[1].name },
      'the server refuses tags; they stay bad and are tried again',
    );
  }
}

/** The tags go over more subscriptions, so that this connection was in vain. */
export class FullSubscription extends Error {}

/** None where the tag asks for nothing special: then the server reports every change of value or status, by the standard. */
function filterOf({ trigger, serverDeadband }: SubscribedTag): { filter?: DataChangeFilter } {
  if (trigger === undefined && serverDeadband === undefined) return {};
  const percent = typeof serverDeadband === 'string';
  const none = serverDeadband === undefined;
  const filter = new DataChangeFilter({
    trigger: triggers[trigger ?? 'value'],
    deadbandType: none ? DeadbandType.None : percent ? DeadbandType.Percent : DeadbandType.Absolute,
    deadbandValue: none ? 0 : Number.parseFloat(String(serverDeadband)),
  });
  return { filter };
}

/** The client's session has the plain service calls; its type keeps them apart. */
type RawSession = ClientSession & ClientSessionRawSubscriptionService;

interface ItemRequest {
  readonly index: number;
  readonly nodeId: string;
}

/** The status of a whole call the server refused; undefined when it never answered. */
function statusOf(error: unknown): { status: number; name: string } | undefined {
  const name = /\bBad[A-Za-z]+/.exec(messageOf(error))?.[0];
  const response = (error as { response?: { responseHeader?: { serviceResult?: { value: number } } } }).response;
  const status = response?.responseHeader?.serviceResult?.value;
  return status === undefined ? undefined : { status, name: name ?? `0x${status.toString(16)}` };
}
