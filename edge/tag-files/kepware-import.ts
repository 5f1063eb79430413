import type { DriverId } from '../drivers/registry.ts';
import { columnLetters, invalidFile, readCsv } from './csv-table.ts';
import { type ForeignFile, ForeignSection, warningsOf } from './foreign-section.ts';
import { type FoundTag, foreignSource } from './foreign-source.ts';
import type { Imported } from './imported.ts';

/** Their types; a date has no counterpart. */
const types: Readonly<Record<string, string>> = {
  boolean: 'bool',
  char: 'int8',
  byte: 'uint8',
  short: 'int16',
  word: 'uint16',
  long: 'int32',
  dword: 'uint32',
  llong: 'int64',
  qword: 'uint64',
  float: 'float32',
  double: 'float64',
  string: 'string',
};
const decimalTypes: Readonly<Record<string, string>> = { bcd: 'bcd16', lbcd: 'bcd32' };
const severalRegisters = ['int32', 'uint32', 'int64', 'uint64', 'float32', 'float64', 'bcd32'];
/** What every export has and no tag of ours hangs on: who may write it, and whether their clients choose another type. */
const settled = ['Respect Data Type', 'Client Access', 'Scaled Data Type'];

export function isKepware(text: string): boolean {
  return /^(;[^\n]*\n|\s)*"?Tag Name"?\s*[,;\t]\s*"?Address"?\s*[,;\t]/.test(text);
}

/**
 * The tags of a device in the CSV KEPServerEX exports, of its Modbus or its OPC UA client driver. How the device is reached
 * and in which order its words lie does not stand in it.
 * @throws Problem `tag-file-invalid` when no row can be carried over
 */
export function importKepware({ file, text, name }: { file: string; text: string; name: string }): Imported {
  const table = readCsv(file, text.replace(/^;.*$/gm, ''));
  const rows = table.rows.map(({ cells }) =>
    Object.fromEntries(table.header.flatMap((key, at) => (cells[at]?.trim() ? [[key, cells[at].trim()]] : []))),
  );
  const foreign: ForeignFile = {
    name: file,
    tree: {
      value: rows,
      lineOf: ([row]) => (typeof row === 'number' ? table.rows[row]!.line : 1),
      nameOf: ([, key]) =>
        key === undefined ? '' : `column ${columnLetters(table.header.indexOf(String(key)))} "${key}"`,
    },
    warnings: [],
    literal: true,
  };
  const root = new ForeignSection(foreign, [], {});
  const sections = rows.map((row, place) => new ForeignSection(foreign, [place], row));
  const driver: DriverId = rows.some((row) => isNodeId(row.Address ?? '')) ? 'opcua' : 'modbus';
  const tags = sections.flatMap((row) => tagOf(row, driver));
  if (tags.some(({ keys }) => severalRegisters.includes(String(keys.type)) && driver === 'modbus')) {
    root.warn(
      undefined,
      'the order of words is a setting of the device and not in this file: CDAB is taken, their default (first word low); where the device says otherwise, correct byteOrder',
    );
  }
  const source = foreignSource({ name, driver, keys: {}, tags, from: root });
  if (source !== undefined) return { sources: [source], warnings: warningsOf(foreign) };
  throw invalidFile(file, warningsOf(foreign));
}

function isNodeId(address: string): boolean {
  return /^((ns|nsu)=[^;]+;)?[isgb]=/.test(address);
}

function tagOf(row: ForeignSection, driver: DriverId): FoundTag[] {
  row.settled(...settled);
  const written = row.text('Data Type') ?? '';
  const kind = written.toLowerCase().replace(/ array$/, '');
  const known = driver === 'modbus' ? { ...types, ...decimalTypes } : types;
  const type = Object.hasOwn(known, kind) ? known[kind]! : written;
  const scaling = scalingOf(row);
  if (scaling === undefined) return [];
  const rate = row.number('Scan Rate');
  const address = row.text('Address') ?? '';
  const keys = {
    ...(driver === 'opcua' ? { nodeId: address, type } : modbusKeys(address, type)),
    ...scaling,
    unit: row.text('Eng Units'),
    description: row.text('Description'),
    interval: rate === undefined || rate === 0 ? undefined : `${rate}ms`,
  };
  const name = row.text('Tag Name') ?? '';
  row.rest();
  const keyNames = {
    name: 'Tag Name',
    address: 'Address',
    nodeId: 'Address',
    type: 'Data Type',
    interval: 'Scan Rate',
    unit: 'Eng Units',
    description: 'Description',
    length: 'Address',
  };
  return [{ names: [name], keys, from: row, keyNames }];
}

function modbusKeys(address: string, type: string): Readonly<Record<string, unknown>> {
  // `400100.20H`: a text of twenty bytes, the first of each register high.
  const text = /^(\d+)\.(\d+)([HL])$/i.exec(address);
  if (type === 'string' && text !== null) {
    const [, at, length, first] = text;
    const swapped = first!.toUpperCase() === 'L';
    return { address: at, type, length: Number(length), byteOrder: swapped ? 'BADC' : undefined };
  }
  const [, first = address, count] = /^(\w+)\s*\[(\d+)\]$/.exec(address) ?? [];
  // Their bits may have a zero in front, ours have none.
  const plain = first.replace(/\.0+(?=\d)/, '.');
  const byteOrder = severalRegisters.includes(type) ? 'CDAB' : undefined;
  return { address: plain, type, byteOrder, count: count === undefined ? undefined : Number(count) };
}

/** As scale and offset; undefined, with a warning, where the value is no line. */
function scalingOf(row: ForeignSection): Readonly<Record<string, unknown>> | undefined {
  const kind = row.text('Scaling') ?? 'None';
  const number = (key: string, usual: number) => row.number(key) ?? usual;
  const [rawLow, rawHigh] = [number('Raw Low', 0), number('Raw High', 1000)];
  const [low, high] = [number('Scaled Low', 0), number('Scaled High', 1000)];
  const [clampLow, clampHigh, negated] = ['Clamp Low', 'Clamp High', 'Negate Value'].map((key) =>
    /^(1|true)$/i.test(row.text(key) ?? ''),
  );
  if (/^none$/i.test(kind)) return {};
  if (!/^linear$/i.test(kind)) {
    row.warn('Scaling', `the tag is left out: ${kind} is no scale and offset`);
    row.settled(...row.keys());
    return undefined;
  }
  const slope = (high - low) / (rawHigh - rawLow);
  const sign = negated ? -1 : 1;
  const [scale, offset] = [sign * slope, sign * (low - rawLow * slope)];
  // Negated, the upper bound becomes the lower one; 0 - 0 is 0, where -1 × 0 is not.
  const [min, max] = negated
    ? [clampHigh ? 0 - high : undefined, clampLow ? 0 - low : undefined]
    : [clampLow ? low : undefined, clampHigh ? high : undefined];
  return {
    scale: scale === 1 ? undefined : scale,
    offset: offset === 0 ? undefined : offset,
    range: rangeOf(min, max),
  };
}

function rangeOf(min: number | undefined, max: number | undefined): Readonly<Record<string, unknown>> | undefined {
  if (min === undefined && max === undefined) return undefined;
  return { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }), outside: 'clamp' };
}
