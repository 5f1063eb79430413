import type { GapRecord } from '@gongfu/shared/model/sample';
import { isSourceTime } from '@gongfu/shared/model/source-time';
import type { Reading } from '../reading.ts';
import { KnownMetrics, type MessageTimes, type NameRoom, type Unread } from './known-metrics.ts';
import type { Payload } from './payload.ts';
import { SequenceWindow } from './sequence-window.ts';
import type { NodeMessageKind } from './topic.ts';

export interface NodeMessage {
  readonly kind: NodeMessageKind;
  /** '' for the node itself. */
  readonly device: string;
  readonly payload: Payload;
  /** UTC epoch ms. */
  readonly arrivedAt: number;
}

export interface NodeLimits {
  /** How many numbers ahead a message may be to be waited for. */
  readonly reach: number;
  readonly reorderTimeoutMs: number;
  /** A device that was there and is not born again this long after its node is gone. */
  readonly deviceBirthTimeoutMs: number;
  /** Losses that follow each other faster are told as one. */
  readonly lossEveryMs: number;
  readonly devicesMax: number;
  readonly metricsMax: number;
  /** Metrics in messages that wait for one before them; with more nothing is waited for. */
  readonly heldMetricsMax: number;
}

export const defaultNodeLimits: NodeLimits = {
  reach: 32,
  reorderTimeoutMs: 2_000,
  deviceBirthTimeoutMs: 30_000,
  lossEveryMs: 60_000,
  devicesMax: 2_000,
  metricsMax: 20_000,
  heldMetricsMax: 20_000,
};

export interface Outcome {
  readonly readings: Reading[];
  readonly rejections: string[];
  /** Messages the node's own numbers show to be missing. */
  readonly gaps: GapRecord[];
  /** Why the node is asked to tell everything anew; '' when it is not. */
  rebirth: string;
  /** A birth of the node was taken: what it was asked for is there. */
  born: boolean;
}

interface Device {
  readonly metrics: KnownMetrics;
  isBorn: boolean;
  /** Set by a birth of the node: until then the device must be born again. */
  bornUntil: number | undefined;
}

/**
 * One edge node as a host application sees it. Messages come in as they arrive; what comes out are readings, in the order
 * the node numbered them. A hole in the numbers is waited for, then reported and a rebirth asked for; what follows the
 * hole is kept all the same. The death of a connection that has been replaced since (older bdSeq) is ignored.
 */
export class EdgeNode {
  readonly #source: string;
  readonly #limits: NodeLimits;
  readonly #room: NameRoom;
  readonly #window: SequenceWindow<NodeMessage>;
  /** Those that were ever born; the node itself is one. */
  readonly #devices = new Map<string, Device>();
  readonly #node: Device;
  #isBorn = false;
  #birthSequence: number | undefined;
  #waitsSince: number | undefined;
  /** When the message was made that was taken last; undefined before the first. */
  #lastTime: number | undefined;
  #isInterrupted = false;
  #lossToldAt: number | undefined;
  #untoldLoss: { from: number; to: number } | undefined;

  constructor(options: { source: string; limits: NodeLimits; room: NameRoom }) {
    this.#source = options.source;
    this.#limits = options.limits;
    this.#room = options.room;
    this.#window = new SequenceWindow(options.limits.reach);
    this.#node = this.#newDevice('');
    this.#devices.set('', this.#node);
  }

  /** It has told nothing yet that would be missed. */
  get isBlank(): boolean {
    return !this.#isBorn && this.#devices.size === 1 && this.#node.metrics.size === 0;
  }

  take(message: NodeMessage): Outcome {
    const outcome = noOutcome();
    if (message.kind === 'NBIRTH') this.#birth(message, outcome);
    else if (message.kind === 'NDEATH') this.#death(message, outcome);
    else this.#numbered(message, outcome);
    return outcome;
  }

  /** To be called now and then: gives up on what did not come in time. */
  expire(now: number): Outcome {
    const outcome = noOutcome();
    if (this.#waitsSince !== undefined && now - this.#waitsSince >= this.#limits.reorderTimeoutMs)
      this.#giveUp(outcome);
    if (this.#untoldLoss !== undefined && now - this.#lossToldAt! >= this.#limits.lossEveryMs) {
      outcome.gaps.push(this.#gap(this.#untoldLoss));
      [this.#untoldLoss, this.#lossToldAt] = [undefined, now];
    }
    for (const device of this.#devices.values()) {
      if (device.bornUntil === undefined || now < device.bornUntil) continue;
      device.bornUntil = undefined;
      outcome.readings.push(...device.metrics.stale(now));
    }
    return outcome;
  }

  /** The broker could not be heard for a while: what the node said meanwhile is missing. */
  interrupted(): void {
    this.#window.interrupt();
    this.#isInterrupted = true;
  }

  #birth(message: NodeMessage, outcome: Outcome): void {
    const { payload, arrivedAt } = message;
    this.#release(outcome);
    // The numbers begin anew: how many there were before nobody can tell.
    if (this.#isInterrupted) this.#lose(message, outcome);
    this.#isInterrupted = false;
    this.#lastTime = timeOf(message);
    // Before 3.0 a birth always had 0; a node that leaves it out means the same.
    this.#window.restart(payload.sequence ?? 0);
    this.#birthSequence = birthSequenceOf(payload);
    this.#isBorn = true;
    outcome.rebirth = '';
    outcome.born = true;
    const bornUntil = arrivedAt + this.#limits.deviceBirthTimeoutMs;
    for (const [name, device] of this.#devices) {
      if (name === '') continue;
      if (device.isBorn) device.bornUntil = bornUntil;
      device.isBorn = false;
    }
    this.#node.isBorn = true;
    note(outcome, this.#node.metrics.birth(payload.metrics, timesOf(message)));
  }

  #death({ payload, arrivedAt }: NodeMessage, outcome: Outcome): void {
    const sequence = birthSequenceOf(payload);
    // Of an earlier connection: the node is back already. One that is newer than its birth died before it could tell.
    if (sequence !== undefined && this.#birthSequence !== undefined && ((sequence - this.#birthSequence) & 255) >= 128)
      return;
    this.#release(outcome);
    this.#isBorn = false;
    outcome.rebirth = '';
    for (const device of this.#devices.values()) {
      device.isBorn = false;
      device.bornUntil = undefined;
      outcome.readings.push(...device.metrics.stale(arrivedAt));
    }
  }

  #numbered(message: NodeMessage, outcome: Outcome): void {
    const { sequence } = message.payload;
    const place = sequence === undefined || !this.#isBorn ? 'late' : this.#window.placeOf(sequence);
    if (this.#isBorn) this.#isInterrupted = false;
    switch (place) {
      case 'early':
        this.#window.hold(sequence!, message);
        this.#waitsSince ??= message.arrivedAt;
        if (this.#heldMetrics() > this.#limits.heldMetricsMax) this.#giveUp(outcome);
        return;
      case 'jump':
        this.#giveUp(outcome);
        outcome.rebirth = `message ${sequence} does not follow those before it`;
        this.#window.restart(sequence!);
        this.#lose(message, outcome);
        this.#apply(message, outcome);
        return;
      case 'late':
        this.#apply(message, outcome);
        return;
      default:
        this.#apply(message, outcome);
        for (const ready of this.#window.advance()) this.#apply(ready, outcome);
        this.#waitsSince = this.#window.waits ? message.arrivedAt : undefined;
    }
  }

  #heldMetrics(): number {
    return this.#window.held().reduce((sum, { payload }) => sum + payload.metrics.length, 0);
  }

  #giveUp(outcome: Outcome): void {
    const first = this.#release(outcome);
    if (first !== undefined) outcome.rebirth = `messages before ${first.payload.sequence} did not arrive`;
  }

  /** What was held is taken as it is; the first of it. */
  #release(outcome: Outcome): NodeMessage | undefined {
    this.#waitsSince = undefined;
    const held = this.#window.release();
    for (const { item, afterHole } of held) {
      if (afterHole) this.#lose(item, outcome);
      this.#apply(item, outcome);
    }
    return held[0]?.item;
  }

  /** Something is missing between the message taken last and this one. Nothing is known of what was before the first. */
  #lose(message: NodeMessage, outcome: Outcome): void {
    if (this.#lastTime === undefined) return;
    const [from, to] = [this.#lastTime, timeOf(message)].sort((a, b) => a - b) as [number, number];
    const { arrivedAt } = message;
    if (this.#lossToldAt !== undefined && arrivedAt - this.#lossToldAt < this.#limits.lossEveryMs) {
      const known = this.#untoldLoss ?? { from, to };
      this.#untoldLoss = { from: Math.min(known.from, from), to: Math.max(known.to, to) };
      return;
    }
    this.#lossToldAt = arrivedAt;
    outcome.gaps.push(this.#gap({ from, to }));
  }

  /** Which of the node's devices the missing message was of cannot be known: it is told of the node. */
  #gap({ from, to }: { from: number; to: number }): GapRecord {
    const unnumbered = { fromSequence: -1, toSequence: -1, samples: -1 };
    return { ...unnumbered, fromTime: from, toTime: to, reason: 'messages-missing', source: this.#source };
  }

  #apply(message: NodeMessage, outcome: Outcome): void {
    const { kind, device: name, payload } = message;
    this.#lastTime = timeOf(message);
    const known = this.#devices.get(name);
    // Of one that is never born nothing is kept.
    const device = known ?? this.#newDevice(name);
    switch (kind) {
      case 'DBIRTH':
        if (known === undefined && !this.#keep(name, device, outcome)) return;
        device.isBorn = true;
        device.bornUntil = undefined;
        note(outcome, device.metrics.birth(payload.metrics, timesOf(message)));
        break;
      case 'DDEATH':
        device.isBorn = false;
        device.bornUntil = undefined;
        outcome.readings.push(...device.metrics.stale(timeOf(message)));
        break;
      default:
        if (!device.isBorn) outcome.rebirth ||= 'data came before the birth';
        note(outcome, device.metrics.data(payload.metrics, timesOf(message)));
    }
    if (!this.#isBorn) outcome.rebirth ||= 'no birth of the node is known';
  }

  #keep(name: string, device: Device, outcome: Outcome): boolean {
    const { devicesMax } = this.#limits;
    const hasRoom = this.#devices.size <= devicesMax && this.#room.left > 0;
    if (hasRoom) {
      this.#devices.set(name, device);
      this.#room.left -= 1;
    } else
      outcome.rejections.push(`${name}: more than ${devicesMax} devices below one node, or no room for more names`);
    return hasRoom;
  }

  #newDevice(name: string): Device {
    const source = name === '' ? this.#source : `${this.#source}/${name}`;
    const metrics = new KnownMetrics({ source, metricsMax: this.#limits.metricsMax, room: this.#room });
    return { metrics, isBorn: false, bornUntil: undefined };
  }
}

function noOutcome(): Outcome {
  return { readings: [], rejections: [], gaps: [], rebirth: '', born: false };
}

/** When a message was made, as far as that can be believed; a publisher without a clock says 0. */
function timeOf({ payload: { time }, arrivedAt }: NodeMessage): number {
  return time && isSourceTime(time, arrivedAt) ? time : arrivedAt;
}

/** What its metrics say of themselves is judged one by one. */
function timesOf({ payload, arrivedAt }: NodeMessage): MessageTimes {
  return { time: payload.time ?? arrivedAt, arrivedAt };
}

function note(outcome: Outcome, read: readonly (Reading | Unread)[]): void {
  for (const one of read) {
    if ('value' in one) outcome.readings.push(one);
    else {
      if (one.reason !== '') outcome.rejections.push(one.reason);
      if (one.asksRebirth) outcome.rebirth ||= one.reason === '' ? 'a metric was named by no birth' : one.reason;
    }
  }
}

/** The number of a connection of the node: the same in its birth and in the death the broker keeps for it. */
function birthSequenceOf({ metrics }: Payload): number | undefined {
  const carried = metrics.find(({ name }) => name === 'bdSeq')?.carried;
  if (typeof carried === 'bigint') return Number(carried & 255n);
  return typeof carried === 'number' && Number.isFinite(carried)
    ? Number(BigInt(Math.trunc(carried)) & 255n)
    : undefined;
}
