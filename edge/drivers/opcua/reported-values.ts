import type { DataValue } from 'node-opcua-client';
import { builtIn } from './built-in-types.ts';
import type { Held } from './structure.ts';

/** What has a status and a value; of the client's own class only that is looked at. */
export type Reported = { readonly statusCode: { readonly value: number }; readonly value: Held | null | undefined };

/** Stands where the type of a number would: the value is none, and is kept as the client's object. */
const whole = 0xff;

/**
 * Values as a server reports them, in columns: without an object for each, which would also be kept until the next one comes.
 * Numbers of up to 32 bits, floats and booleans (0, 1) stand in the columns; everything else is an object.
 */
export class ReportedValues {
  readonly statuses: Uint32Array;
  /** UTC epoch ms: the source's stamp, else the server's; NaN where there is neither. */
  readonly times: Float64Array;
  /** Built-in type of a number in `numbers`; 0 where there is no value. */
  readonly #types: Uint8Array;
  readonly #numbers: Float64Array;
  readonly #wholes: (DataValue | undefined)[] = [];

  constructor(count: number) {
    this.statuses = new Uint32Array(count);
    this.times = new Float64Array(count).fill(Number.NaN);
    this.#types = new Uint8Array(count);
    this.#numbers = new Float64Array(count);
  }

  /** One value alone. */
  static of(value: DataValue): ReportedValues {
    const values = new ReportedValues(1);
    values.setWhole(0, value);
    return values;
  }

  setNumber(row: number, dataType: number, value: number): void {
    this.#types[row] = dataType;
    this.#numbers[row] = value;
  }

  /** With its status and its time. */
  setWhole(row: number, value: DataValue): void {
    this.#types[row] = whole;
    this.#wholes[row] = value;
    this.statuses[row] = value.statusCode.value;
    this.times[row] = sourceTimeOf(value, Number.NaN);
  }

  copy(row: number, from: ReportedValues, fromRow: number): void {
    this.statuses[row] = from.statuses[fromRow]!;
    this.times[row] = from.times[fromRow]!;
    this.#numbers[row] = from.#numbers[fromRow]!;
    const type = from.#types[fromRow]!;
    if (type === whole) this.#wholes[row] = from.#wholes[fromRow];
    else if (this.#types[row] === whole) this.#wholes[row] = undefined;
    this.#types[row] = type;
  }

  /** The values that are objects: structures among them may be bytes that the client has to be asked about. */
  get wholes(): DataValue[] {
    return this.#wholes.filter((value) => value !== undefined);
  }

  /** The number of the row; NaN is a number too, so whether there is one is `isNumber`. */
  number(row: number): number {
    return this.#numbers[row]!;
  }

  isNumber(row: number): boolean {
    const type = this.#types[row]!;
    return type !== 0 && type !== whole && type !== builtIn.boolean;
  }

  /** The row as an object, made where there was none. */
  at(row: number): Reported {
    const dataType = this.#types[row]!;
    const value = dataType === 0 ? null : this.#numbers[row]!;
    return (
      this.#wholes[row] ?? {
        statusCode: { value: this.statuses[row]! },
        value: { dataType, arrayType: 0, value: dataType === builtIn.boolean ? value === 1 : value },
      }
    );
  }
}

/** Source time of a value, UTC epoch ms: the source's stamp, else the server's, else `fallback`. */
export function sourceTimeOf(value: DataValue, fallback: number): number {
  return epochMs(value.sourceTimestamp) ?? epochMs(value.serverTimestamp) ?? fallback;
}

/** A date that is missing or before 1970 (how null arrives from some servers) is no time of a sample. */
export function epochMs(date: Date | null | undefined): number | undefined {
  const ms = date?.getTime();
  return ms !== undefined && ms > 0 ? ms : undefined;
}
