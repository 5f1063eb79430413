import { StatusCode } from '@gongfu/shared/model/quality';
import type { SampleWriter } from '@gongfu/shared/sdk/driver';
import type { Part } from './compile.ts';
import type { DerivedTag } from './config.ts';
import type { Input, Operand } from './input.ts';
import { NoValue, notYet } from './no-value.ts';
import { resultOf, writeResult } from './result.ts';

/** One derived tag at work: its expression, what it reads, and what it has written last. */
export class Derivation {
  readonly tag: DerivedTag;
  /** Tags of other sources it is made of, also by way of tags of its own source. */
  readonly leaves: ReadonlySet<Input>;
  readonly #part: Part;
  readonly #own: Input | undefined;
  readonly #writer: SampleWriter;
  readonly #onChange: boolean;
  readonly #startedMs: number;
  readonly #staleAfterMs: number;
  #last: { readonly status: number; readonly value: Operand | null } | undefined;
  /** Why there is no value; undefined while there is one. */
  why: string | undefined;

  constructor(options: {
    tag: DerivedTag;
    part: Part;
    inputs: ReadonlySet<Input>;
    /** The input that stands for this tag where others of its source read it. */
    own: Input | undefined;
    /** Tags of the same source that stand before this one. */
    byInput: ReadonlyMap<Input, Derivation>;
    writer: SampleWriter;
    /** Writes changes only, and says that it is alive; else every result. */
    onChange: boolean;
    startedMs: number;
  }) {
    const { inputs, byInput } = options;
    this.tag = options.tag;
    this.#part = options.part;
    this.#own = options.own;
    this.#writer = options.writer;
    this.#onChange = options.onChange;
    this.#startedMs = options.startedMs;
    this.leaves = new Set([...inputs].flatMap((input) => [...(byInput.get(input)?.leaves ?? [input])]));
    this.#staleAfterMs = Math.max(0, ...[...this.leaves].map(({ staleAfterMs }) => staleAfterMs));
  }

  /** Source time of the newest of its inputs; -Infinity before the first. */
  get newest(): number {
    let newest = Number.NEGATIVE_INFINITY;
    for (const { time } of this.leaves) if (time > newest) newest = time;
    return newest;
  }

  /** How long nothing has been heard of all its inputs, ms. */
  silentMs(nowMs: number): number {
    return nowMs - Math.max(...[...this.leaves].map(({ heardMs }) => heardMs));
  }

  waitsTooLong(nowMs: number): boolean {
    return this.#last === undefined && this.leaves.size > 0 && nowMs - this.#startedMs > this.#staleAfterMs;
  }

  /** Nothing has come of it for too long: the status that says so. */
  giveUp(): number {
    const status = StatusCode.BadWaitingForInitialData;
    this.#last = { status, value: null };
    this.why = notYet.why;
    return status;
  }

  /** Writes what the expression gives as of `time`: nothing where an input has never had a value, unless every result is asked for. */
  evaluate(time: number, nowMs: number): void {
    const evaluation = { status: StatusCode.Good as number };
    let value: Operand | null = null;
    let { status } = evaluation;
    try {
      value = resultOf(this.tag, this.#part.run(evaluation));
      status = evaluation.status;
      this.why = undefined;
    } catch (error) {
      if (!(error instanceof NoValue)) throw error;
      if (error === notYet && this.#onChange && this.#last === undefined) return;
      status = error.status;
      this.why = error.why;
    }
    const last = this.#last;
    const same = last !== undefined && last.status === status && last.value === value;
    this.#last = same ? last : { status, value };
    if (same && this.#onChange) {
      this.#own?.alive(time, nowMs);
      this.#writer.alive(time, this.tag.number);
    } else if (value === null) this.#writer.bad(this.tag.number, time, status);
    else writeResult(this.#writer, this.tag, time, status, value);
  }
}
