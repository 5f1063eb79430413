import { isBad, StatusCode } from '@gongfu/shared/model/quality';
import type { ColumnKind, Value } from '@gongfu/shared/model/value-type';
import { divide, type Numeric, subtract, toNumber } from './arithmetic.ts';
import { NoValue, notYet } from './no-value.ts';

/** What an expression works with. */
export type Operand = number | bigint | boolean | string;

/** What evaluating has met on its way to the value. */
export interface Evaluation {
  /** The worst status of what was read: good or uncertain, for a bad one ends the evaluation. */
  status: number;
}

/** The samples of one tag that expressions read: the newest, and the one before it. */
export class Input {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly staleAfterMs: number;
  /** Source time of the newest sample; -Infinity before the first. */
  time = Number.NEGATIVE_INFINITY;
  /** When it came, by the monotonic clock. */
  heardMs = Number.NEGATIVE_INFINITY;
  isStale = false;
  #status: number = StatusCode.BadWaitingForInitialData;
  #value: Value = null;
  /** The newest before it that had a value. */
  #previousValue: Operand | undefined;
  #previousTime = Number.NaN;

  constructor(options: { name: string; kind: ColumnKind; staleAfterMs: number }) {
    this.name = options.name;
    this.kind = options.kind;
    this.staleAfterMs = options.staleAfterMs;
  }

  /** A sample older than the newest says nothing about now and is left out. One of the same time takes its place. */
  take(time: number, status: number, value: Value, heardMs: number): void {
    if (time < this.time) return;
    if (time > this.time && this.#value !== null) {
      this.#previousValue = this.#value;
      this.#previousTime = this.time;
    }
    this.time = time;
    this.heardMs = heardMs;
    this.isStale = false;
    this.#status = status;
    this.#value = isBad(status) ? null : value;
  }

  /** Its source says that it has not changed until then: as good as a sample. A bad one stays as it is. */
  alive(time: number, heardMs: number): void {
    if (this.#value !== null && time > this.time) this.take(time, this.#status, this.#value, heardMs);
  }

  isStaleAt(nowMs: number): boolean {
    return !this.isStale && this.#value !== null && nowMs - this.heardMs > this.staleAfterMs;
  }

  get isGood(): boolean {
    return this.#value !== null && !this.isStale && this.#status >>> 30 === 0;
  }

  /** @throws NoValue while it is bad or has never been anything */
  read(evaluation: Evaluation): Operand {
    if (this.time === Number.NEGATIVE_INFINITY) throw notYet;
    if (this.#value === null) throw new NoValue(this.#status, `${this.name} is bad`);
    const status = this.isStale && this.#status >>> 30 === 0 ? StatusCode.UncertainLastUsableValue : this.#status;
    if (status >>> 30 > evaluation.status >>> 30) evaluation.status = status;
    return this.#value;
  }

  /** @throws NoValue */
  readPrevious(evaluation: Evaluation): Operand {
    this.read(evaluation);
    if (this.#previousValue === undefined) throw notYet;
    return this.#previousValue;
  }

  /** Change in each second from the sample before to the newest. @throws NoValue */
  readRate(evaluation: Evaluation): Numeric {
    const now = this.read(evaluation) as Numeric;
    if (this.#previousValue === undefined) throw notYet;
    const change = toNumber(subtract(now, this.#previousValue as Numeric));
    return divide(change, (this.time - this.#previousTime) / 1_000);
  }
}
