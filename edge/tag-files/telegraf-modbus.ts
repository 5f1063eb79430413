import type { ForeignSection } from './foreign-section.ts';
import { type FoundTag, foreignSource } from './foreign-source.ts';
import type { ImportedSource } from './imported.ts';
import { durationAt, telegrafDuration } from './telegraf-duration.ts';

export interface TelegrafDefaults {
  /** Of a section that names itself nowhere. */
  readonly name: string;
  /** Of the agent. */
  readonly interval: unknown;
}

const lists = {
  coils: 'coil',
  discrete_inputs: 'discrete',
  holding_registers: 'holding',
  input_registers: 'input',
} as const;

/** Their types, without the `-IEEE` of the oldest style. */
const types: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  BIT: { type: 'bool' },
  INT8L: { type: 'int8' },
  INT8H: { type: 'int8', byte: 'high' },
  UINT8L: { type: 'uint8' },
  UINT8H: { type: 'uint8', byte: 'high' },
  INT16: { type: 'int16' },
  UINT16: { type: 'uint16' },
  INT32: { type: 'int32' },
  UINT32: { type: 'uint32' },
  INT64: { type: 'int64' },
  UINT64: { type: 'uint64' },
  FLOAT16: { type: 'float16' },
  FLOAT32: { type: 'float32' },
  FLOAT64: { type: 'float64' },
  STRING: { type: 'string' },
};
const otherOrders: Readonly<Record<string, string>> = {
  AB: 'ABCD',
  BA: 'DCBA',
  ABCDEFGH: 'ABCD',
  'MSW-BE': 'ABCD',
  MSW: 'ABCD',
  'MSW-LE': 'BADC',
  'LSW-BE': 'CDAB',
  'LSW-LE': 'DCBA',
  LSW: 'DCBA',
};

const planned = 'the gateway plans its requests itself; gongfu-edge plan shows them';
const labelWords = 'a tag has no labels of its own here; assets in the cloud say what belongs where';
const reasons = {
  optimization: planned,
  optimization_max_register_fill: planned,
  tags: labelWords,
  exclude_register_type_tag: labelWords,
  busy_retries: 'what failed is read at the next turn',
  metric: 'configuration_type says that Telegraf does not read it',
  request: 'configuration_type says that Telegraf does not read it',
};

export function telegrafModbus(section: ForeignSection, defaults: TelegrafDefaults): ImportedSource | undefined {
  const style = section.text('configuration_type') || 'register';
  const workarounds = section.section('workarounds');
  const location = workarounds.text('string_register_location');
  const oneByte = location === 'lower' || location === 'upper' ? location : undefined;
  const found =
    style === 'metric'
      ? section.sections('metric').flatMap((metric) => fieldsOf(metric, undefined))
      : style === 'request'
        ? section.sections('request').flatMap((request) => fieldsOf(request, request.text('register') || 'holding'))
        : registersOf(section);
  const unitId = section.number('slave_id') ?? mostUsed(found.map(({ unit }) => unit ?? 0)) ?? 1;
  const tags = found.flatMap(({ unit = unitId, area, field, measurement, labels, keys, keyNames }): FoundTag[] => {
    const label = field.text('name') ?? '';
    if (oneByte !== undefined && keys.type === 'string') {
      field.warn(
        undefined,
        `the tag is left out: a string in the ${oneByte} bytes of its registers only cannot be read`,
      );
      return [];
    }
    const name = measurement === undefined ? label : `${measurement}.${label}`;
    const own = unit === unitId ? undefined : unit;
    return [
      {
        names: [
          name,
          ...(labels === undefined ? [] : [`${labels}.${name}`]),
          `${area}.${name}`,
          `unit-${unit}.${area}.${name}`,
        ],
        keys: { ...keys, unitId: own },
        from: field,
        keyNames,
      },
    ];
  });
  for (const { field } of found) field.rest();
  const keys = {
    ...controller(section),
    unitId,
    timeout: durationAt(section, 'timeout'),
    interval: durationAt(section, 'interval') ?? telegrafDuration(defaults.interval),
  };
  const name = section.text('name') || defaults.name;
  workarounds.rest();
  section.rest(reasons);
  return foreignSource({ name, driver: 'modbus', keys, tags, from: section, keyNames: { unitId: 'slave_id' } });
}

interface Field {
  /** Undefined: the one of the section. */
  readonly unit: number | undefined;
  readonly area: string;
  readonly field: ForeignSection;
  readonly measurement: string | undefined;
  /** The values of the labels Telegraf gives it. */
  readonly labels: string | undefined;
  readonly keys: Readonly<Record<string, unknown>>;
  readonly keyNames: Readonly<Record<string, string>>;
}

/** Fields of a metric, each with its register, or of a request, all with the same. */
function fieldsOf(group: ForeignSection, register: string | undefined): Field[] {
  const unit = group.number('slave_id') ?? 0;
  const byteOrder = orderOf(group.text('byte_order'));
  const measurement = group.text('measurement');
  const tags = group.section('tags');
  const labels =
    tags
      .keys()
      .map((key) => tags.text(key) ?? '')
      .join('.') || undefined;
  if (group.has('tags')) group.warn('tags', `is not carried over: ${labelWords}`);
  const fields = group.sections('fields').flatMap((field): Field[] => {
    if (field.flag('omit') === true) {
      field.settled(...field.keys());
      return [];
    }
    const area = register ?? (field.text('register') || 'holding');
    const address = `${area}:${field.text('address') ?? '0'}`;
    const called = field.text('measurement') ?? measurement;
    const base = { unit, area, field, measurement: called, labels, keyNames: {} };
    const output = field.text('output');
    if (area === 'coil' || area === 'discrete') {
      field.settled('type', 'length', 'bit', 'scale');
      return [{ ...base, keys: { type: 'bool', address } }];
    }
    const written = field.text('type') ?? '';
    const scale = scaleOf(field);
    if (output === 'INT64' || output === 'UINT64') warnOfRounding(field, written, scale);
    return [{ ...base, keys: { address, ...typeKeys(field, written), byteOrder, scale } }];
  });
  group.rest(reasons);
  return fields;
}

function registersOf(section: ForeignSection): Field[] {
  return Object.entries(lists).flatMap(([list, area]) =>
    section.sections(list).flatMap((field): Field[] => {
      const addresses = field.raw('address');
      const numbers = (Array.isArray(addresses) ? addresses : [addresses]).map(Number);
      const first = numbers[0]!;
      if (numbers.some((number, place) => number !== first + place)) {
        field.warn('address', 'the tag is left out: its addresses do not follow one another');
        field.settled(...field.keys());
        return [];
      }
      const address = `${area}:${first}`;
      const measurement = field.text('measurement');
      const base = { unit: undefined, area, field, measurement, labels: undefined, keyNames: { type: 'data_type' } };
      const written = field.text('data_type') ?? '';
      if (area === 'coil' || area === 'discrete') {
        field.settled('byte_order', 'bit', 'scale');
        return [{ ...base, keys: { type: 'bool', address } }];
      }
      const scale = scaleOf(field);
      const sign = fixedSign(field, written, numbers.length);
      const plain = sign === undefined ? written.replace(/-IEEE$/, '') : `${sign}INT${16 * numbers.length}`;
      if (sign === undefined) warnOfRounding(field, plain, scale);
      const byteOrder = orderOf(field.text('byte_order'));
      const keys = typeKeys(field, plain, numbers.length);
      return [{ ...base, keys: { address, ...keys, byteOrder, scale } }];
    }),
  );
}

/**
 * '' or 'U' for a whole number that only its scale makes a fraction; undefined for every other type. Before Telegraf 1.37
 * FLOAT32 meant such a number, of as many registers as it was given; now it means an IEEE number, of two.
 */
function fixedSign(field: ForeignSection, written: string, registers: number): string | undefined {
  if (written !== 'FLOAT32') return /^(U?)FIXED$/.exec(written)?.[1];
  if (registers !== 2) return 'U';
  field.warn(
    'data_type',
    'is taken for an IEEE number, as Telegraf takes it from 1.37 on; an older one takes it for an unsigned whole number: where that was meant, write uint32',
  );
  return undefined;
}

function typeKeys(field: ForeignSection, written: string, registers?: number): Readonly<Record<string, unknown>> {
  const keys = Object.hasOwn(types, written) ? types[written]! : { type: written || undefined };
  const bit = field.number('bit');
  const length = registers ?? field.number('length');
  if (written === 'BIT') return { ...keys, bit: bit ?? 0 };
  return written === 'STRING' ? { ...keys, length: 2 * (length ?? 0) } : keys;
}

function scaleOf(field: ForeignSection): number | undefined {
  const scale = field.number('scale');
  return scale === 1 || scale === 0 ? undefined : scale;
}

/** Telegraf cuts the fraction off where a whole number is asked for; here it stays. */
function warnOfRounding(field: ForeignSection, type: string, scale: number | undefined): void {
  const whole = scale === undefined || Number.isInteger(scale);
  if (type === 'STRING' || type === 'BIT' || (whole && !type.startsWith('FLOAT'))) return;
  if (type.startsWith('FLOAT') && !field.has('output')) return;
  field.warn(undefined, 'Telegraf cuts the value to a whole number; here it keeps its fraction');
}

/** Undefined for the order that is the usual one. */
function orderOf(written: string | undefined): string | undefined {
  const order = written === undefined ? undefined : (otherOrders[written] ?? written);
  return order === 'ABCD' ? undefined : order;
}

function controller(section: ForeignSection): Readonly<Record<string, unknown>> {
  const written = section.text('controller') ?? '';
  const mode = section.text('transmission_mode') ?? 'auto';
  const framing = /^RTU/.test(mode) ? 'rtu' : /^ASCII/.test(mode) ? 'ascii' : undefined;
  const [, path] = /^(?:file:\/\/)?(\/.+|COM\d+)$/i.exec(written) ?? [];
  if (path !== undefined)
    return { serial: serialLine(section, path), framing: framing === 'ascii' ? framing : undefined };
  const [, bracketed, plain, port] = /^tcp:\/\/(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(written) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined) section.warn('controller', 'is not carried over: write host and port, or a serial line');
  return { host, port: port === undefined || port === '502' ? undefined : Number(port), framing };
}

function serialLine(section: ForeignSection, path: string): Readonly<Record<string, unknown>> {
  const parities: Readonly<Record<string, string>> = { N: 'none', E: 'even', O: 'odd' };
  for (const key of ['baud_rate', 'parity']) {
    if (!section.has(key))
      section.warn(undefined, `${key} is not said: ${key === 'parity' ? 'even' : 19200} is taken, as Telegraf does`);
  }
  const dataBits = section.number('data_bits') ?? 8;
  const stopBits = section.number('stop_bits') ?? 1;
  const parity = section.text('parity') ?? 'E';
  return {
    path,
    baudRate: section.number('baud_rate') ?? 19_200,
    ...(dataBits === 8 ? {} : { dataBits }),
    parity: parities[parity] ?? parity,
    ...(stopBits === 1 ? {} : { stopBits }),
  };
}

function mostUsed(numbers: readonly number[]): number | undefined {
  const counts = new Map<number, number>();
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  return [...counts].reduce<[number, number] | undefined>(
    (best, next) => (best === undefined || next[1] > best[1] ? next : best),
    undefined,
  )?.[0];
}
