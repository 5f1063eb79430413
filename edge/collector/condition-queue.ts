import { Backoff } from '@gongfu/shared/base/backoff';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf } from '@gongfu/shared/base/problem';
import type { ConditionReport } from '@gongfu/shared/wire/condition';
import type { ConditionSink } from './collector-types.ts';

export interface ConditionQueueOptions {
  readonly sink: ConditionSink;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  /** Reports the sink never took, or that had to leave: becomes a gap record. */
  readonly onLost: (loss: { source: string; fromTime: number; toTime: number }) => void;
}

/** A burst of events arrives within this time and shares a commit. */
const gatherMs = 5;
/** Reports held while the sink refuses them; beyond it the oldest leave, and the next refresh of their source mends what is shown. */
const pendingMax = 10_000;

/** Gives what sources say of their conditions to the sink, in the order told, one call at a time. */
export class ConditionQueue {
  readonly #options: ConditionQueueOptions;
  readonly #backoff: Backoff;
  #pending: ConditionReport[] = [];
  #cancel: (() => void) | undefined;
  #committing: Promise<void> | undefined;
  #closed = false;
  #refused = false;

  constructor(options: ConditionQueueOptions) {
    this.#options = options;
    this.#backoff = new Backoff({ firstMs: 200, maxMs: 5_000, random: options.random });
  }

  add(report: ConditionReport): void {
    this.#pending.push(report);
    if (this.#pending.length > pendingMax) this.#drop(this.#pending.splice(0, pendingMax / 10));
    this.#schedule(gatherMs);
  }

  /** Gives everything to the sink now, and tries once only. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#committing;
    this.#cancel?.();
    this.#cancel = undefined;
    await this.#commit();
    const { log } = this.#options;
    if (this.#pending.length > 0)
      log.error({ reports: this.#pending.length }, 'alarms lost at stop: the buffer is full');
  }

  #schedule(delayMs: number): void {
    if (this.#cancel !== undefined || this.#committing !== undefined || this.#closed) return;
    this.#cancel = this.#options.clock.after(delayMs, () => {
      this.#cancel = undefined;
      this.#committing = this.#commit().finally(() => {
        this.#committing = undefined;
        if (this.#pending.length > 0) this.#schedule(this.#refused ? this.#backoff.nextMs() : gatherMs);
      });
    });
  }

  async #commit(): Promise<void> {
    const { sink, log, onLost } = this.#options;
    const reports = this.#pending;
    if (reports.length === 0) return;
    this.#pending = [];
    try {
      for (const { source, fromTime, toTime } of await sink(reports)) onLost({ source, fromTime, toTime });
      this.#backoff.reset();
      this.#refused = false;
    } catch (error) {
      if (!this.#refused)
        log.warn({ reason: messageOf(error) }, 'the buffer does not take alarms; they wait in memory');
      this.#refused = true;
      this.#pending = [...reports, ...this.#pending];
    }
  }

  #drop(reports: readonly ConditionReport[]): void {
    this.#options.log.error({ reports: reports.length }, 'alarms dropped: the buffer does not take them');
    for (const source of new Set(reports.map((report) => report.source))) {
      const times = reports.filter((report) => report.source === source).map(({ time }) => time);
      const [fromTime, toTime] = [Math.min(...times), Math.max(...times)];
      this.#options.onLost({ source, fromTime, toTime });
    }
  }
}
