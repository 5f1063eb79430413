import { messageOf } from '@gongfu/shared/base/problem';
import type { DriverContext } from '@gongfu/shared/sdk/driver';
import {
  AttributeIds,
  type ClientSession,
  type ClientSubscription,
  DataType,
  EventNotificationList,
  MethodIds,
  type NotificationMessage,
  ObjectTypeIds,
} from 'node-opcua-client';
import { readNamespaceArray } from './client.ts';
import { type ConditionEvent, readConditionEvent } from './condition-event.ts';
import type { OpcuaSource } from './config.ts';
import { subscribeEvents } from './event-subscription.ts';
import type { Namespaces } from './namespaces.ts';
import { parseNodeAddress } from './node-address.ts';
import { epochMs } from './reported-values.ts';

const silenceMaxMs = 20_000;
const lookEveryMs = 1_000;
const refreshWithinMs = 60_000;
/** Also without a reason the server is asked for all it has: whatever got lost on the way is mended by it. */
const refreshEveryMs = 3_600_000;
const serverObjectId = 'i=2253';
/** Conditions of one source that are of interest at the same time. */
const openMax = 10_000;

export interface AlarmWatchOptions extends Pick<DriverContext, 'conditions' | 'writer' | 'clock' | 'log'> {
  readonly source: OpcuaSource;
  readonly alarms: NonNullable<OpcuaSource['alarms']>;
  readonly namespaces: Namespaces;
  /** What the server refuses is asked for again after so long, ms. */
  readonly againMs: number;
}

/** A connection, as far as alarms need it. */
export interface AlarmLine {
  /** Undefined while the server is not known to be the same. */
  readonly session: () => ClientSession | undefined;
  /** Called when it is of no more use. */
  readonly ended: (reason: string) => void;
}

/**
 * The conditions of one server, over all its sessions: one subscription with one event item in each, and a ConditionRefresh whenever
 * what was told before may not be all. What counts is the condition, not the event: each report is its whole state.
 */
export class AlarmWatch {
  readonly #options: AlarmWatchOptions;
  /** Conditions that were told and have not ended, also of the session before. */
  readonly #open = new Set<string>();
  /** Those told since a refresh began; undefined while none is under way. */
  #retold: Set<string> | undefined;
  #refresh = 0;
  #refreshedOnce = false;
  #overflowed = false;
  #line: AlarmLine | undefined;
  #subscription: ClientSubscription | undefined;
  #namespaceArray: readonly string[] = [];
  #offsetMs = 0;
  #heardMs = 0;
  /** By the server's clock. */
  #heardTime: number | undefined;
  #refusal = '';
  #refreshFault = '';
  /** Something was told of this session, so that its end must be told too. */
  #told = false;
  #full = false;
  #isCut = false;
  #nextRefreshMs = 0;
  #refreshDeadlineMs = Number.POSITIVE_INFINITY;
  #nextTryMs = 0;
  #trying = false;
  #cancel: () => void = () => undefined;

  constructor(options: AlarmWatchOptions) {
    this.#options = options;
  }

  /** What a person should know of it; '' when all is well. */
  get remark(): string {
    if (this.#refusal !== '') return `the server tells no alarms: ${this.#refusal}`;
    if (this.#full) return `more than ${openMax} alarms at once; the others are left out`;
    return this.#refreshFault === '' ? '' : `${this.#refreshFault}; alarms from before the connection are not known`;
  }

  /** A new session is there. */
  begin(line: AlarmLine): void {
    this.#line = line;
    this.#refreshedOnce = false;
    this.#heardMs = this.#options.clock.monotonicMs();
    this.#nextTryMs = 0;
    this.#isCut = false;
    this.#look();
  }

  /** The line was cut and is whole again, the server the same. */
  resume(): void {
    this.#heardMs = this.#options.clock.monotonicMs();
    this.#nextRefreshMs = 0;
    this.#isCut = false;
  }

  /** The line is cut: nobody hears what becomes of the conditions. */
  cut(): void {
    this.#retold = undefined;
    this.#refreshDeadlineMs = Number.POSITIVE_INFINITY;
    this.#isCut = true;
    if (this.#told) this.#options.conditions.unwatched(this.#now);
    this.#told = false;
  }

  /** The session is given up. */
  leave(): void {
    this.#cancel();
    this.cut();
    this.#subscription?.removeAllListeners();
    this.#subscription = undefined;
    this.#line = undefined;
  }

  get #now(): number {
    return this.#options.clock.now() + this.#offsetMs;
  }

  #look(): void {
    const { clock } = this.#options;
    this.#cancel = clock.after(lookEveryMs, () => this.#look());
    const now = clock.monotonicMs();
    if (this.#isCut) return;
    if (this.#subscription === undefined) {
      if (now >= this.#nextTryMs) void this.#subscribe();
    } else if (now - this.#heardMs > silenceMaxMs) this.#line?.ended('no sign of the subscription of alarms');
    else if (now > this.#refreshDeadlineMs) this.#failRefresh('ConditionRefresh was not answered in a minute');
    else if (now >= this.#nextRefreshMs) void this.#askRefresh();
  }

  /** Never rejects. */
  async #subscribe(): Promise<void> {
    const line = this.#line;
    const session = line?.session();
    if (line === undefined || session === undefined || this.#trying) return;
    this.#trying = true;
    this.#nextTryMs = this.#options.clock.monotonicMs() + this.#options.againMs;
    try {
      this.#namespaceArray = await readNamespaceArray(session);
      this.#refusal = await this.#create(session, line);
    } catch (error) {
      this.#refusal = messageOf(error);
    } finally {
      this.#trying = false;
    }
    if (this.#refusal !== '') this.#options.log.warn({ reason: this.#refusal }, 'the server tells no alarms');
  }

  /** Why it was refused, '' when it was not. */
  async #create(session: ClientSession, line: AlarmLine): Promise<string> {
    const { source, alarms, namespaces } = this.#options;
    const address = parseNodeAddress(alarms.notifier ?? serverObjectId);
    const nodeId = namespaces.resolve(address, this.#namespaceArray);
    if (nodeId === undefined) return `${address.text}: no such namespace`;
    const notifier = await session.read({ nodeId, attributeId: AttributeIds.EventNotifier });
    if (notifier.statusCode.isGood() && (Number(notifier.value.value) & 1) === 0)
      return `${address.text} has no events`;
    this.#renewRefresh();
    const subscription = await subscribeEvents(session, {
      nodeId,
      lifetimeMs: source.sessionTimeout,
      received: (message) => this.#receive(message),
      alive: () => this.#hear(),
      ended: line.ended,
    });
    if (typeof subscription === 'string') return `${address.text}: ${subscription}`;
    if (this.#line !== line) {
      subscription.removeAllListeners();
      return '';
    }
    this.#hear();
    this.#subscription = subscription;
    await this.#askRefresh();
    return '';
  }

  #hear(): void {
    this.#heardMs = this.#options.clock.monotonicMs();
  }

  #renewRefresh(): void {
    this.#refresh = Math.max(this.#refresh + 1, Math.trunc(this.#options.clock.now()));
  }

  async #askRefresh(): Promise<void> {
    const line = this.#line;
    const session = line?.session();
    const subscriptionId = this.#subscription?.subscriptionId;
    if (session === undefined || subscriptionId === undefined) return;
    const now = this.#options.clock.monotonicMs();
    this.#nextRefreshMs = now + refreshEveryMs;
    this.#refreshDeadlineMs = now + refreshWithinMs;
    this.#overflowed = false;
    this.#renewRefresh();
    try {
      const { statusCode } = await session.call({
        objectId: `i=${ObjectTypeIds.ConditionType}`,
        methodId: `i=${MethodIds.ConditionType_ConditionRefresh}`,
        inputArguments: [{ dataType: DataType.UInt32, value: subscriptionId }],
      });
      if (!statusCode.isGood()) this.#failRefresh(`ConditionRefresh is refused: ${statusCode.name}`);
    } catch (error) {
      // A cut line: the end of the connection, or its repair, brings the next.
      if (this.#line === line && !this.#isCut) this.#failRefresh(`ConditionRefresh failed: ${messageOf(error)}`);
    }
  }

  #failRefresh(fault: string): void {
    if (this.#refreshFault !== fault) this.#options.log.warn({ fault }, 'alarms that were there before are not known');
    this.#refreshFault = fault;
    this.#retold = undefined;
    this.#refreshDeadlineMs = Number.POSITIVE_INFINITY;
    this.#refreshSoon();
  }

  #refreshSoon(): void {
    const soonMs = this.#options.clock.monotonicMs() + this.#options.againMs;
    this.#nextRefreshMs = Math.min(this.#nextRefreshMs, soonMs);
  }

  #receive(message: NotificationMessage): void {
    this.#hear();
    const published = epochMs(message.publishTime);
    if (published !== undefined) this.#offsetMs = published - this.#options.clock.now();
    for (const part of message.notificationData ?? []) {
      if (!(part instanceof EventNotificationList)) continue;
      for (const { eventFields } of part.events ?? []) {
        const event = readConditionEvent(eventFields, this.#namespaceArray, this.#now);
        if (event !== undefined) this.#take(event);
      }
    }
    this.#heardTime = this.#now;
  }

  #take(event: ConditionEvent): void {
    switch (event.kind) {
      case 'condition':
        this.#tell(event.state);
        break;
      case 'refresh-begins':
        this.#retold = new Set();
        this.#full = false;
        break;
      case 'refresh-ends':
        this.#endRefresh(event.time);
        break;
      case 'refresh-wanted':
        this.#refreshSoon();
        break;
      case 'overflow':
        this.#overflowed = true;
        this.#options.writer.lost(Math.min(this.#heardTime ?? event.time, event.time), event.time);
        this.#refreshSoon();
    }
  }

  /** All that is severe enough, or was once; before the first refresh also an end, as it may be of one told before this program began. */
  #tell(state: Extract<ConditionEvent, { kind: 'condition' }>['state']): void {
    const { severityMin = 0 } = this.#options.alarms;
    const key = JSON.stringify([state.condition, state.branch]);
    const known = this.#open.has(key);
    const severe = state.severity === null || state.severity >= severityMin;
    this.#retold?.add(key);
    if (!known && !(state.retain ? severe : !this.#refreshedOnce)) return;
    if (state.retain && !known && this.#open.size >= openMax) {
      this.#full = true;
      return;
    }
    if (state.retain) this.#open.add(key);
    else this.#open.delete(key);
    this.#told = true;
    this.#options.conditions.condition({ ...state, refresh: this.#refresh });
  }

  /** Of one during which the queue overflowed nobody knows what was in it. */
  #endRefresh(time: number): void {
    const retold = this.#retold;
    if (retold === undefined) return;
    this.#retold = undefined;
    this.#refreshDeadlineMs = Number.POSITIVE_INFINITY;
    if (this.#overflowed) return;
    this.#refreshFault = '';
    for (const key of this.#open) if (!retold.has(key)) this.#open.delete(key);
    this.#refreshedOnce = true;
    this.#told = true;
    this.#options.conditions.refreshed(time, this.#refresh);
  }
}
