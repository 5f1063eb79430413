import { isBad, StatusCode } from '../model/quality.ts';
import type { Value } from '../model/value-type.ts';
import type { Reading, SampleWriter } from './driver.ts';

/** Takes the sample of one tag by itself, for a driver that reads it outside of any poll. */
export class OneReading implements SampleWriter {
  #reading: Reading = { status: StatusCode.BadWaitingForInitialData, value: null };

  /** What was written last. */
  get reading(): Reading {
    return this.#reading;
  }

  number(_: number, __: number, status: number, value: number): void {
    this.#take(status, value);
  }

  wide(_: number, __: number, status: number, value: bigint): void {
    this.#take(status, value);
  }

  boolean(_: number, __: number, status: number, value: boolean): void {
    this.#take(status, value);
  }

  text(_: number, __: number, status: number, value: string): void {
    this.#take(status, value);
  }

  bad(_: number, __: number, status: number): void {
    this.#take(status, null);
  }

  alive(): void {}

  lost(): void {}

  #take(status: number, value: Value): void {
    this.#reading = { status, value: isBad(status) ? null : value };
  }
}
