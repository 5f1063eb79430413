import { StatusCode } from '@gongfu/shared/model/quality';
import type { SampleWriter } from '@gongfu/shared/sdk/driver';
import type { DataValue } from 'node-opcua-client';
import { overflowed, writeReported } from './decode.ts';
import { type SubscribedTag, split } from './plan.ts';
import { ReportedValues } from './reported-values.ts';

const never = Number.NEGATIVE_INFINITY;
/** Values that never change say nothing about the clock of their source. */
const lagMaxMs = 3_600_000;

/**
 * What has been written for each tag of one subscription, and what a break of the line means for it. Times are in the
 * source's clock. At a cut each tag gets one bad sample; a value stamped before that sample would leave the tag bad in the
 * history for as long as it does not change, so such a value is kept where it belongs and stated again once it is confirmed.
 */
export class TagLedger {
  readonly tags: readonly SubscribedTag[];
  readonly #writer: SampleWriter;
  readonly #lastTimes: Float64Array;
  readonly #cutTimes: Float64Array;
  /** The newest value of each tag that this subscription has reported. */
  #latest: ReportedValues;
  readonly #isReported: Uint8Array;
  readonly #unconfirmed = new Set<number>();
  readonly #misfits = new Map<number, string>();
  /** Time of the newest value out of the history: what is reported up to it is there already. */
  readonly #recalled = new Map<number, number>();
  #lagMs = Number.POSITIVE_INFINITY;

  constructor(options: { tags: readonly SubscribedTag[]; writer: SampleWriter }) {
    this.tags = options.tags;
    this.#writer = options.writer;
    this.#lastTimes = new Float64Array(this.tags.length).fill(never);
    this.#cutTimes = new Float64Array(this.tags.length).fill(never);
    this.#latest = new ReportedValues(this.tags.length);
    this.#isReported = new Uint8Array(this.tags.length);
  }

  /** The same tags in ledgers of at most so many, each with what has been written for it; this one is of no more use. */
  divided(tagsMax: number): TagLedger[] {
    return split(this.tags, tagsMax).map((tags, part) => {
      const ledger = new TagLedger({ tags, writer: this.#writer });
      const [from, to] = [part * tagsMax, part * tagsMax + tags.length];
      ledger.#lastTimes.set(this.#lastTimes.subarray(from, to));
      ledger.#cutTimes.set(this.#cutTimes.subarray(from, to));
      ledger.#lagMs = this.#lagMs;
      return ledger;
    });
  }

  /** The first tag whose value does not fit its declared type, for the health text. */
  get misfit(): string | undefined {
    return this.#misfits.values().next().value;
  }

  /** Takes the value in a row for the tag at `index`; `sourceNow` stands in where the server gives no time. */
  accept(index: number, values: ReportedValues, row: number, sourceNow: number): void {
    const tag = this.tags[index];
    if (tag === undefined) return;
    const stamped = values.times[row]!;
    const time = Number.isNaN(stamped) ? sourceNow : stamped;
    if (sourceNow - time < this.#lagMs) this.#lagMs = Math.max(0, sourceNow - time);
    if (this.#recalled.size > 0) {
      if (time <= (this.#recalled.get(index) ?? never)) return;
      this.#recalled.delete(index);
    }
    this.#admit(index, values, row, time, time > this.#lastTimes[index]!);
  }

  /** `isNew`: it has not been written before. */
  #admit(index: number, values: ReportedValues, row: number, time: number, isNew: boolean): void {
    const last = this.#lastTimes[index]!;
    if (overflowed(values.statuses[row]!)) this.#writer.lost(Math.min(last === never ? time : last, time), time);
    this.#latest.copy(index, values, row);
    this.#isReported[index] = 1;
    if (time <= this.#cutTimes[index]!) {
      this.#unconfirmed.add(index);
      if (isNew) this.#write(index, time);
      return;
    }
    if (this.#unconfirmed.size > 0) this.#unconfirmed.delete(index);
    this.#cutTimes[index] = never;
    this.#write(index, time);
  }

  /** Source time of the newest value written for the tag at `index`; -Infinity before the first. */
  lastTime(index: number): number {
    return this.#lastTimes[index]!;
  }

  /** How far the freshest value was behind the server's clock when it came, ms: a source may have a clock of its own. */
  get lagMs(): number {
    return Number.isFinite(this.#lagMs) ? Math.min(this.#lagMs, lagMaxMs) : 0;
  }

  /** Takes a value out of the server's history, unless it was reported before. */
  recall(index: number, value: DataValue, sourceTime: number): void {
    const last = this.#lastTimes[index]!;
    // Several values may lie within one millisecond.
    const isNext = sourceTime === last && this.#recalled.get(index) === sourceTime;
    if (this.tags[index] === undefined || (sourceTime <= last && !isNext)) return;
    this.#recalled.set(index, sourceTime);
    this.#admit(index, ReportedValues.of(value), 0, sourceTime, true);
  }

  /** The line is cut, nothing is known since `sourceTime`: one bad sample for each tag that does not have it yet. */
  cut(sourceTime: number): void {
    for (const index of this.tags.keys()) {
      if (this.#cutTimes[index] === never) this.refuse(index, StatusCode.BadNoCommunication, sourceTime);
    }
  }

  /** The tag has no value, for a reason the status tells. */
  refuse(index: number, status: number, sourceTime: number): void {
    const time = Math.max(sourceTime, Math.max(this.#lastTimes[index]!, this.#cutTimes[index]!) + 1);
    this.#cutTimes[index] = time;
    this.#unconfirmed.delete(index);
    this.#writer.bad(this.tags[index]!.number, time, status);
  }

  /** The server kept our subscription over the cut: what it does not report anew has not changed. */
  resume(): void {
    for (const index of this.tags.keys()) {
      if (this.#cutTimes[index] !== never && this.#isReported[index] === 1) this.#unconfirmed.add(index);
    }
  }

  /** A new subscription begins: earlier values say nothing any more. */
  restart(): void {
    this.#latest = new ReportedValues(this.tags.length);
    this.#isReported.fill(0);
    this.#unconfirmed.clear();
    this.#misfits.clear();
  }

  /** States again, as of `time`, the values known to be in force although they are older than the cut. */
  confirm(time: number): void {
    for (const index of this.#unconfirmed) {
      const at = Math.max(time, this.#cutTimes[index]! + 1);
      this.#cutTimes[index] = never;
      this.#write(index, at);
    }
    this.#unconfirmed.clear();
  }

  /** The newest value of the tag, as of `time`. */
  #write(index: number, time: number): void {
    const misfit = writeReported(this.#writer, this.tags[index]!, { values: this.#latest, row: index }, time);
    if (misfit !== undefined) this.#misfits.set(index, misfit);
    else if (this.#misfits.size > 0) this.#misfits.delete(index);
    if (time > this.#lastTimes[index]!) this.#lastTimes[index] = time;
  }
}
