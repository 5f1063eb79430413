import type { ValueType } from '@gongfu/shared/model/value-type';

/** Numbers of the data types, by the Sparkplug B 3.0 specification. */
export const DataType = {
  Int8: 1,
  Int16: 2,
  Int32: 3,
  Int64: 4,
  UInt8: 5,
  UInt16: 6,
  UInt32: 7,
  UInt64: 8,
  Float: 9,
  Double: 10,
  Boolean: 11,
  String: 12,
  DateTime: 13,
  Text: 14,
  UUID: 15,
  DataSet: 16,
  Bytes: 17,
  File: 18,
  Template: 19,
} as const;

/** What a data type is carried as here; a time is its epoch ms as an exact integer. */
const valueTypes: ReadonlyMap<number, ValueType> = new Map<number, ValueType>([
  [DataType.Int8, 'int8'],
  [DataType.Int16, 'int16'],
  [DataType.Int32, 'int32'],
  [DataType.Int64, 'int64'],
  [DataType.UInt8, 'uint8'],
  [DataType.UInt16, 'uint16'],
  [DataType.UInt32, 'uint32'],
  [DataType.UInt64, 'uint64'],
  [DataType.Float, 'float32'],
  [DataType.Double, 'float64'],
  [DataType.Boolean, 'bool'],
  [DataType.String, 'string'],
  [DataType.DateTime, 'int64'],
  [DataType.Text, 'string'],
  [DataType.UUID, 'string'],
]);

/** Undefined for what is no single value: data sets, templates, bytes, files, arrays, and numbers nobody defined. */
export function valueTypeOf(datatype: number): ValueType | undefined {
  return valueTypes.get(datatype);
}

export function nameOfDataType(datatype: number): string {
  const found = Object.entries(DataType).find(([, number]) => number === datatype);
  if (found !== undefined) return found[0];
  return datatype >= 22 && datatype <= 34 ? `array type ${datatype}` : `data type ${datatype}`;
}
