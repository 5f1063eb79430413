/** A greater one is not told in steps: twice its zigzag and a mark still have to be a whole number a double holds. */
const stepMax = 2 ** 50;
/** Bytes a step with its repetition takes at most. */
const entryBytesMax = 16;

/**
 * Whole numbers as steps, each from one row to the next; see `telemetry-batch.proto`. What several sources say in turn, each of
 * tags in order and at one time, is a few bytes a turn so. Undefined where it would take more than `bytesMax`.
 */
export function packSteps(values: Uint32Array | Float64Array, count: number, bytesMax: number): Uint8Array | undefined {
  const bytes = new Uint8Array(bytesMax + entryBytesMax);
  let place = 0;
  let row = 1;
  while (row < count) {
    const step = values[row]! - values[row - 1]!;
    if (place > bytesMax || step > stepMax || step < -stepMax) return undefined;
    const begun = row;
    row += 1;
    while (row < count && values[row]! - values[row - 1]! === step) row += 1;
    const repeats = row - begun - 1;
    const zigzag = step < 0 ? -2 * step - 1 : 2 * step;
    place = putVarint(bytes, place, zigzag * 2 + (repeats > 0 ? 1 : 0));
    if (repeats > 0) place = putVarint(bytes, place, repeats);
  }
  return place > bytesMax ? undefined : bytes.subarray(0, place);
}

/** Tells each row and its value in order, the first included; `bytes` must say all of them and nothing more. @throws RangeError */
export function unpackSteps(
  packed: { readonly base: number; readonly steps: Uint8Array },
  count: number,
  put: (row: number, value: number) => void,
): void {
  const reader = new VarintReader(packed.steps);
  let value = packed.base;
  put(0, value);
  let row = 1;
  while (row < count) {
    const code = reader.next();
    const repeats = code % 2 === 1 ? reader.next() : 0;
    if (repeats > count - row - 1) throw new RangeError(`steps go beyond row ${count}`);
    const zigzag = Math.floor(code / 2);
    const step = zigzag % 2 === 1 ? -(zigzag + 1) / 2 : zigzag / 2;
    for (const end = row + repeats; row <= end; row += 1) {
      value += step;
      put(row, value);
    }
  }
  if (!reader.isAtEnd) throw new RangeError(`steps go beyond row ${count}`);
}

function putVarint(bytes: Uint8Array, from: number, value: number): number {
  let place = from;
  let rest = value;
  while (rest >= 0x80) {
    bytes[place] = (rest % 0x80) + 0x80;
    rest = Math.floor(rest / 0x80);
    place += 1;
  }
  bytes[place] = rest;
  return place + 1;
}

class VarintReader {
  readonly #bytes: Uint8Array;
  #place = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#place === this.#bytes.length;
  }

  next(): number {
    let value = 0;
    for (let weight = 1; weight <= 2 ** 49; weight *= 0x80) {
      const byte = this.#bytes[this.#place];
      if (byte === undefined) throw new RangeError('steps end too early');
      this.#place += 1;
      value += (byte & 0x7f) * weight;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a step is too great');
  }
}
