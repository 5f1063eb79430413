/** Types a tag may declare. The type says what the source holds; the column says how we carry it without loss. */
export const valueTypes = [
  'bool',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'float32',
  'float64',
  'string',
] as const;

export type ValueType = (typeof valueTypes)[number];

/** The least and the greatest value of the integers that a number holds exactly. */
export const integerRanges: Partial<Record<ValueType, readonly [least: number, most: number]>> = {
  int8: [-0x80, 0x7f],
  uint8: [0, 0xff],
  int16: [-0x8000, 0x7fff],
  uint16: [0, 0xffff],
  int32: [-0x80000000, 0x7fffffff],
  uint32: [0, 0xffffffff],
};

/**
 * How values are carried from the driver's decode to the history store:
 * number = Float64Array (exact up to 2^53), integer64 = BigInt64Array, unsigned64 = BigUint64Array,
 * boolean = Uint8Array of 0 and 1, text = string[].
 */
export const columnKinds = ['number', 'integer64', 'unsigned64', 'boolean', 'text'] as const;

export type ColumnKind = (typeof columnKinds)[number];

/** A scaled 64-bit integer is no longer an integer: it travels as a number. */
export function columnKindOf(type: ValueType, scaled = false): ColumnKind {
  switch (type) {
    case 'bool':
      return 'boolean';
    case 'string':
      return 'text';
    case 'int64':
      return scaled ? 'number' : 'integer64';
    case 'uint64':
      return scaled ? 'number' : 'unsigned64';
    default:
      return 'number';
  }
}

/** One value as the API shows it; null where the quality is bad. 64-bit integers are bigint here. */
export type Value = number | bigint | boolean | string | null;
