/** A field of a protobuf message, encoded by hand: also what no library would write. */
export function field(number: number, value: bigint | number | string | Uint8Array): Buffer<ArrayBuffer> {
  if (typeof value === 'bigint' || typeof value === 'number') return Buffer.concat([varint(number * 8), varint(value)]);
  const bytes = Buffer.from(value as string);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

/** A field of type double. */
export function doubleField(number: number, value: number): Buffer<ArrayBuffer> {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([varint(number * 8 + 1), bytes]);
}

function varint(value: bigint | number): Buffer<ArrayBuffer> {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

/** Numbers of Sparkplug B's fields and data types that are written by hand. */
const [timeField, metricField, sequenceField] = [1, 2, 3];
const doubleType = 10;
const stringType = 12;

export interface HandMetric {
  readonly name?: string | Uint8Array;
  readonly alias?: bigint | number;
  readonly time?: bigint | number;
  readonly datatype?: number;
  /** A number is a double, anything else a text; null is `is_null`. */
  readonly value: number | string | Uint8Array | null;
}

export function metricBytes({ name, alias, time, datatype, value }: HandMetric): Buffer<ArrayBuffer> {
  const type = datatype ?? (typeof value === 'number' ? doubleType : stringType);
  return Buffer.concat([
    ...(name === undefined ? [] : [field(1, name)]),
    ...(alias === undefined ? [] : [field(2, alias)]),
    ...(time === undefined ? [] : [field(3, time)]),
    field(4, type),
    value === null ? field(7, 1) : typeof value === 'number' ? doubleField(13, value) : field(15, value),
  ]);
}

/** A message of a node; `sequence` undefined is left out, as in its death. */
export function payloadBytes(message: {
  time: bigint | number;
  sequence?: number | undefined;
  metrics: readonly Uint8Array[];
}): Buffer<ArrayBuffer> {
  const { time, sequence, metrics } = message;
  return Buffer.concat([
    field(timeField, time),
    ...metrics.map((metric) => field(metricField, metric)),
    ...(sequence === undefined ? [] : [field(sequenceField, sequence)]),
  ]);
}
