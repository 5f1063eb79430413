import type { ForeignSection } from './foreign-section.ts';
import { type FoundTag, foreignSource } from './foreign-source.ts';
import type { ImportedSource } from './imported.ts';

const areaOfFunction: Readonly<Record<number, string>> = { 1: 'coil', 2: 'discrete', 3: 'holding', 4: 'input' };
const lists = ['timeseries', 'attributes'] as const;

const written = 'a tag is read, never written';
const reasons = {
  rpc: written,
  attributeUpdates: written,
  deviceType: 'a source has no type here',
  retries: 'what failed is read at the next turn',
  objectsCount: 'the type says how many registers it takes',
  round: 'a value keeps all its digits',
};

/** A device of the Modbus connector; of the older form `server` holds what all of them share. */
export function thingsboardModbus(
  device: ForeignSection,
  server: ForeignSection | undefined,
  fallback: string,
): ImportedSource | undefined {
  const levels = server === undefined ? [device] : [device, server];
  const first = (key: string) => levels.find((level) => level.has(key)) ?? device;
  const unitId = device.number('unitId');
  const orders = { byte: first('byteOrder').text('byteOrder'), word: first('wordOrder').text('wordOrder') };
  const onChange = device.flag('sendDataOnlyOnChange');
  const period = millis(device, 'pollPeriod') ?? millis(device, 'timeseriesPollPeriod');
  const attributesPeriod = millis(device, 'attributesPollPeriod');
  const reported = reportKeys(device, onChange);
  const tags = lists.flatMap((list) =>
    device.sections(list).flatMap((point): FoundTag[] => {
      const tag = tagOf(point, orders);
      if (tag === undefined) return [];
      const interval = list === 'attributes' && attributesPeriod !== period ? attributesPeriod : undefined;
      const keys = { ...reported, interval, ...tag.keys, ...reportKeys(point, point.flag('sendDataOnlyOnChange')) };
      point.rest(reasons);
      return [{ ...tag, names: [...tag.names, `${list}.${tag.names[0]}`], keys }];
    }),
  );
  const timeout = first('timeout').number('timeout');
  const keys = {
    ...reach(first),
    unitId,
    timeout: timeout === undefined ? undefined : `${timeout}s`,
    interval: period,
  };
  const name = device.text('deviceName') || fallback;
  device.rest(reasons);
  return foreignSource({ name, driver: 'modbus', keys, tags, from: device, keyNames: { interval: 'pollPeriod' } });
}

function reach(first: (key: string) => ForeignSection): Readonly<Record<string, unknown>> {
  const [type, method] = [first('type').text('type') ?? 'tcp', first('method').text('method') ?? 'socket'];
  const framing = method === 'rtu' || method === 'ascii' ? method : undefined;
  if (type === 'serial') return { serial: serialLine(first), framing: framing === 'ascii' ? framing : undefined };
  if (type !== 'tcp') first('type').warn('type', 'is not carried over: a source speaks over TCP or a serial line');
  const port = first('port').number('port');
  return { host: first('host').text('host'), port: port === 502 ? undefined : port, framing };
}

/** What is not said there is what pymodbus takes. */
function serialLine(first: (key: string) => ForeignSection): Readonly<Record<string, unknown>> {
  const parities: Readonly<Record<string, string>> = { N: 'none', E: 'even', O: 'odd' };
  const parity = first('parity').text('parity') ?? 'N';
  const dataBits = first('bytesize').number('bytesize') ?? 8;
  const stopBits = first('stopbits').number('stopbits') ?? 1;
  return {
    path: first('port').text('port'),
    baudRate: first('baudrate').number('baudrate') ?? 19_200,
    ...(dataBits === 8 ? {} : { dataBits }),
    parity: parities[parity] ?? parity,
    ...(stopBits === 1 ? {} : { stopBits }),
  };
}

interface Orders {
  readonly byte: string | undefined;
  readonly word: string | undefined;
}

/** Undefined, with a warning, for what no tag of ours can read. */
function tagOf(
  point: ForeignSection,
  orders: Orders,
): Pick<FoundTag, 'names' | 'keys' | 'from' | 'keyNames'> | undefined {
  const area = areaOfFunction[point.number('functionCode') ?? 0];
  const start = point.raw('address');
  const count = point.number('objectsCount') ?? point.number('registersCount') ?? point.number('registerCount') ?? 1;
  const type = (point.text('type') ?? '').toLowerCase();
  const bit = point.number('bit');
  const own = { byte: point.text('byteOrder') ?? orders.byte, word: point.text('wordOrder') ?? orders.word };
  const name = point.text('tag') ?? '';
  const scaling = { scale: scaleOf(point), offset: point.number('offset') || undefined };
  const refused = (key: string, what: string): undefined => {
    point.warn(key, `the tag is left out: ${what}`);
    point.settled(...point.keys());
  };
  if (area === undefined) return refused('functionCode', 'only the functions 1 to 4 read');
  if (typeof start === 'string' && !/^\d+$/.test(start))
    return refused('address', 'several addresses are one value there; write a tag for each');
  const base = { names: [name], from: point, keyNames: { name: 'tag', length: 'objectsCount' } };
  const address = `${area}:${Number(start)}`;
  if (area === 'coil' || area === 'discrete') {
    if (count !== 1 || (bit ?? 0) !== 0)
      return refused('objectsCount', 'several bits are one value there; write a tag for each');
    point.settled('bitTargetType');
    return { ...base, keys: { address, type: 'bool' } };
  }
  if (type === 'bit' || type === 'bits') {
    if (bit === undefined) return refused('type', 'it does not say which bit of the register');
    point.settled('bitTargetType');
    point.warn(
      'bit',
      `is taken for bit ${bit} of the register, 0 the lowest: versions of the gateway count bits differently`,
    );
    return { ...base, keys: { address, type: 'bool', bit } };
  }
  if (type === 'string') return { ...base, keys: { address, type, length: 2 * count } };
  const held = typeOf(type, count);
  // Of a register they take the first byte, without regard to any order.
  if (held === 'int8' || held === 'uint8') return { ...base, keys: { address, type: held, byte: 'high', ...scaling } };
  return { ...base, keys: { address, type: held, byteOrder: orderOf(own), ...scaling } };
}

/** `16int`, or `int` with the number of registers; another is left to be refused by its name. */
function typeOf(type: string, registers: number): string {
  const sized = /^(8|16|32|64)(int|uint|float)$/.exec(type);
  if (sized !== null) return `${sized[2]}${sized[1]}`;
  const kinds: Readonly<Record<string, string>> = {
    int: 'int',
    long: 'int',
    integer: 'int',
    uint: 'uint',
    float: 'float',
    double: 'float',
  };
  return Object.hasOwn(kinds, type) ? `${kinds[type]}${16 * registers}` : type;
}

/** They turn round the bytes of each register, and the registers of a value, each by itself; both are LITTLE unless told. */
function orderOf({ byte = 'LITTLE', word = 'LITTLE' }: Orders): string | undefined {
  const [bytes, words] = [byte, word].map((order) => order.toUpperCase() === 'BIG');
  if (bytes) return words ? undefined : 'CDAB';
  return words ? 'BADC' : 'DCBA';
}

function scaleOf(point: ForeignSection): number | undefined {
  const [multiplier, divider] = [point.number('multiplier') || 1, point.number('divider') || 1];
  if (multiplier !== 1 && divider !== 1)
    point.warn('multiplier', 'newer versions of the gateway leave it out beside a divider; here both count');
  const scale = multiplier / divider;
  return scale === 1 ? undefined : scale;
}

function reportKeys(at: ForeignSection, onlyChanges: boolean | undefined): Readonly<Record<string, unknown>> {
  const strategy = at.section('reportStrategy');
  const type = strategy.text('type')?.toUpperCase();
  const heartbeat = type === 'ON_CHANGE_OR_REPORT_PERIOD' ? millis(strategy, 'reportPeriod') : undefined;
  strategy.rest();
  if (type === undefined) return onlyChanges === true ? { onChange: true } : {};
  return { onChange: type.startsWith('ON_CHANGE') ? true : undefined, heartbeat };
}

function millis(section: ForeignSection, key: string): string | undefined {
  const value = section.number(key);
  return value === undefined ? undefined : value % 1000 === 0 ? `${value / 1000}s` : `${value}ms`;
}
