import type { GapRecord } from '@gongfu/shared/model/sample';
import type { Reading } from '../reading.ts';
import { KnownMetrics, type Unread } from './known-metrics.ts';
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
}

export const defaultNodeLimits: NodeLimits = {
  reach: 32,
  reorderTimeoutMs: 2_000,
  deviceBirthTimeoutMs: 30_000,
  lossEveryMs: 60_000,
  devicesMax: 2_000,
  metricsMax: 20_000,
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
  readonly #window: SequenceWindow<NodeMessage>;
  readonly #devices = new Map<string, Device>();
  #isBorn = false;
  #birthSequence: number | undefined;
  #waitsSince: number | undefined;
  /** When the message was made that was taken last; undefined before the first. */
  #lastTime: number | undefined;
  #isInterrupted = false;
  #lossToldAt: number | undefined;
  #untoldLoss: { from: number; to: number } | undefined;

  constructor(options: { source: string; limits: NodeLimits }) {
    this.#source = options.source;
    this.#limits = options.limits;
    this.#window = new SequenceWindow(options.limits.reach);
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
    const node = this.#device('')!;
    node.isBorn = true;
    note(outcome, node.metrics.birth(payload.metrics, payload.time ?? arrivedAt));
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
    const { kind, device: name, payload, arrivedAt } = message;
    this.#lastTime = timeOf(message);
    const device = this.#device(name);
    const time = payload.time ?? arrivedAt;
    if (device === undefined) {
      outcome.rejections.push(`more than ${this.#limits.devicesMax} devices below one node`);
      return;
    }
    switch (kind) {
      case 'DBIRTH':
        device.isBorn = true;
        device.bornUntil = undefined;
        note(outcome, device.metrics.birth(payload.metrics, time));
        break;
      case 'DDEATH':
        device.isBorn = false;
        device.bornUntil = undefined;
        outcome.readings.push(...device.metrics.stale(time));
        break;
      default:
        if (!device.isBorn) outcome.rebirth ||= 'data came before the birth';
        note(outcome, device.metrics.data(payload.metrics, time));
    }
    if (!this.#isBorn) outcome.rebirth ||= 'no birth of the node is known';
  }

  #device(name: string): Device | undefined {
    const known = this.#devices.get(name);
    if (known !== undefined) return known;
    if (this.#devices.size > this.#limits.devicesMax) return undefined;
    const source = name === '' ? this.#source : `${this.#source}/${name}`;
    const metrics = new KnownMetrics({ source, metricsMax: this.#limits.metricsMax });
    const device: Device = { metrics, isBorn: false, bornUntil: undefined };
    this.#devices.set(name, device);
    return device;
  }
}

function noOutcome(): Outcome {
  return { readings: [], rejections: [], gaps: [], rebirth: '', born: false };
}

/** When a message was made; a publisher without a clock says 0. */
function timeOf({ payload, arrivedAt }: NodeMessage): number {
  return payload.time || arrivedAt;
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
  return typeof carried === 'bigint' || typeof carried === 'number'
    ? Number(BigInt(Math.trunc(Number(carried))) & 255n)
    : undefined;
}
