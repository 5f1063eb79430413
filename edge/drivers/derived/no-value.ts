import { StatusCode } from '@gongfu/shared/model/quality';

/** Why an expression has no value; thrown inside of it, and no Error because a stack would cost more than the evaluation. */
export class NoValue {
  readonly status: number;
  readonly why: string;

  constructor(status: number, why: string) {
    this.status = status;
    this.why = why;
  }
}

/** An input that has never had a value: not yet a statement about anything. */
export const notYet = new NoValue(StatusCode.BadWaitingForInitialData, 'an input has had no value yet');

/** The result of arithmetic is none: divided by zero, infinite, not exact. */
export function impossible(why: string): NoValue {
  return new NoValue(StatusCode.BadOutOfRange, why);
}
