import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import type { GapRecord } from '@gongfu/shared/model/sample';
import { type BatchAnswer, retryAfterMsMax } from '@gongfu/shared/wire/acknowledgement';
import { asVersion1 } from '@gongfu/shared/wire/codec';
import type { BatchHeader, HelloAnswer } from '@gongfu/shared/wire/handshake';
import type { BufferedBatch, TelemetryBuffer } from '../buffer/buffer.ts';
import { BacklogLane } from './backlog-lane.ts';
import { FlowControl } from './flow-control.ts';
import { LiveLane } from './live-lane.ts';

/** Puts one batch on the wire; resolves with the cloud's answer, rejects when none came in time. */
export type BatchSender = (header: BatchHeader, bytes: Uint8Array) => Promise<BatchAnswer>;

export interface DeliveryOptions {
  readonly buffer: TelemetryBuffer;
  readonly hello: HelloAnswer;
  readonly send: BatchSender;
  /** A batch first sent at `sentMs` of the monotonic clock is durable in the cloud. */
  readonly onAcknowledged: (sentMs: number) => void;
  /** The connection is of no more use: an answer did not come. */
  readonly onBroken: (error: unknown) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

const readBytesMax = 256 * 1024;

/**
 * Delivery over one connection, from `hello` to its end: the live lane before the backlog, never more on the way than the
 * cloud allows, nothing forgotten before its answer. Memory: the window, one read ahead, and as many live batches again.
 */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #epoch: number;
  readonly #flow: FlowControl;
  readonly #live: LiveLane;
  readonly #backlog: BacklogLane;
  readonly #lastAtHello: number;
  readonly #cancels = new Set<() => void>();
  #ended = false;

  constructor(options: DeliveryOptions) {
    const { buffer, hello } = options;
    const { epoch, lastSequence } = buffer.state();
    this.#options = options;
    this.#epoch = epoch;
    this.#lastAtHello = lastSequence;
    this.#flow = new FlowControl({ batchesInFlightMax: hello.batchesInFlightMax });
    this.#live = new LiveLane({ batchesMax: hello.batchesInFlightMax });
    this.#backlog = new BacklogLane({
      buffer,
      lastSequence,
      stored: hello.stored,
      onStored: (sequence) => buffer.forget([sequence]),
      readBytesMax,
    });
  }

  /** Sends what is there; called again by itself as answers come. */
  begin(): void {
    this.#pump();
  }

  /** A batch just appended. */
  offer(batch: BufferedBatch): void {
    if (this.#ended || batch.sequence <= this.#lastAtHello) return;
    const givingWay = this.#live.add(batch);
    if (givingWay !== undefined) this.#backlog.add(givingWay.sequence);
    this.#pump();
  }

  end(): void {
    this.#ended = true;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }

  #pump(): void {
    try {
      while (!this.#ended && !this.#flow.isFull) {
        const live = !this.#live.isEmpty && this.#flow.prefersLive(!this.#backlog.isEmpty);
        const batch = live ? this.#live.next() : this.#backlog.next();
        if (batch === undefined) return;
        const release = this.#flow.take(live ? 'live' : 'backlog');
        void this.#deliver(batch, release, this.#options.clock.monotonicMs());
      }
    } catch (error) {
      this.#break(error);
    }
  }

  /** `sentMs`: when it went out first. A batch the cloud asks for again has waited since then. */
  async #deliver(batch: BufferedBatch, release: () => void, sentMs: number): Promise<void> {
    try {
      const header = { epoch: this.#epoch, sequence: batch.sequence };
      const { hello, send } = this.#options;
      // An older cloud reads what older gateways sent.
      const bytes = (hello.batchVersion ?? 1) > 1 ? batch.bytes : asVersion1(batch.bytes);
      const answer = await send(header, bytes);
      if (this.#ended) return;
      await this.#settle(batch, answer, release, sentMs);
    } catch (error) {
      this.#break(error);
    }
  }

  async #settle(batch: BufferedBatch, answer: BatchAnswer, release: () => void, sentMs: number): Promise<void> {
    switch (answer.outcome) {
      case 'stored':
      case 'duplicate':
        this.#options.onAcknowledged(sentMs);
        this.#options.buffer.forget([batch.sequence]);
        break;
      case 'retry':
        // The place in the window stays taken: a cloud that is busy is asked less.
        this.#options.log.debug({ sequence: batch.sequence, ...answer }, 'the cloud asks to send a batch again');
        this.#after(Math.min(answer.retryAfterMs, retryAfterMsMax), () => void this.#deliver(batch, release, sentMs));
        return;
      case 'refused':
        await this.#nameRefused(batch, answer);
        break;
      default:
        throw new Error(`the cloud answered a batch with ${JSON.stringify(answer)}`);
    }
    release();
    this.#pump();
  }

  async #nameRefused(batch: BufferedBatch, answer: { code: string; detail: string }): Promise<void> {
    const { buffer, log } = this.#options;
    const { sequence, fromTime, toTime, samples } = batch;
    log.error(
      { sequence, samples, code: answer.code, detail: answer.detail },
      'the cloud refuses a batch; it keeps the bytes',
    );
    const gap: GapRecord = {
      fromSequence: sequence,
      toSequence: sequence,
      fromTime,
      toTime,
      samples,
      reason: 'refused-batch',
      source: '',
    };
    // The gap record first: better named twice than gone without a name.
    const named = await buffer.append([], [gap]);
    buffer.forget([sequence]);
    this.offer(named);
  }

  #after(delayMs: number, task: () => void): void {
    const cancel = this.#options.clock.after(delayMs, () => {
      this.#cancels.delete(cancel);
      if (!this.#ended) task();
    });
    this.#cancels.add(cancel);
  }

  #break(error: unknown): void {
    if (this.#ended) return;
    this.end();
    this.#options.onBroken(error);
  }
}
