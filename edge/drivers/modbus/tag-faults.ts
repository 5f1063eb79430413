import { Problem, type ProblemPlace } from '@gongfu/shared/base/problem';
import type { DriverTag } from '@gongfu/shared/sdk/driver';
import { areas, formatAddress } from './address.ts';
import type { ModbusSource, ModbusTag } from './config.ts';
import { illegalWithin } from './illegal-ranges.ts';
import { framingOf } from './transport-config.ts';
import { bytesOf, heldTypeOf, registersOf } from './value-layout.ts';

type Tag = DriverTag & ModbusTag;
/** What a request of function 16 has room for. */
const writtenRegistersMax = 123;

type Refuse = (broken: boolean, key: string, what: string) => void;

/** @throws Problem `tag-unusable` with a place, relative to the source, for every tag that cannot be read as configured. */
export function refuseUnusable(source: ModbusSource, tags: readonly Tag[]): void {
  const places: ProblemPlace[] = tags.flatMap((tag, index) =>
    faultsOf(source, tag).map(({ key, what }) => ({ where: `tags[${index}].${key}`, what })),
  );
  if (places.length === 0) return;
  throw new Problem({
    code: 'tag-unusable',
    detail: `${places.length === 1 ? 'one tag key' : `${places.length} tag keys`} cannot be read over Modbus as configured; first: ${places[0]!.where}: ${places[0]!.what}`,
    advice: 'Correct the named keys of the configuration.',
    reaction: 'stop',
    places,
  });
}

function faultsOf(source: ModbusSource, tag: Tag): { key: string; what: string }[] {
  const faults: { key: string; what: string }[] = [];
  const refuse: Refuse = (broken, key, what) => {
    if (broken) faults.push({ key, what });
  };
  const type = heldTypeOf(tag);
  if (areas[tag.address.area].bits) findBitFaults(tag, refuse);
  else findRegisterFaults(source, tag, refuse);
  if (tag.write !== undefined) findWriteFaults(source, tag, refuse);
  refuse(type !== 'string' && tag.length !== undefined, 'length', `only a string has a length, not ${type}`);
  refuse(type !== 'string' && tag.encoding !== undefined, 'encoding', `only a string has an encoding, not ${type}`);
  return faults;
}

function findBitFaults(tag: Tag, refuse: Refuse): void {
  const { area, register } = tag.address;
  const place = `${area}:${register}`;
  const type = heldTypeOf(tag);
  refuse(type !== 'bool', 'type', `${area} holds single bits, so the type is bool, not ${type}`);
  refuse(tag.bit !== undefined, 'bit', `${place} is itself one bit; a bit is chosen only in holding and input`);
  refuse(tag.byteOrder !== undefined, 'byteOrder', `${place} is one bit and has no byte order`);
  refuse(tag.byte !== undefined, 'byte', `${place} is one bit and has no halves`);
}

function findRegisterFaults(source: ModbusSource, tag: Tag, refuse: Refuse): void {
  const { area, register } = tag.address;
  const type = heldTypeOf(tag);
  const width = registersOf(tag);
  const countMax = source.registersPerRequestMax;
  refuse(tag.bit !== undefined && type !== 'bool', 'bit', `a bit is of type bool, not ${type}`);
  refuse(type === 'string' && tag.length === undefined, 'length', 'a string needs its length in bytes');
  refuse(
    register + width > 65536,
    'address',
    `${formatAddress(tag.address)} with ${width} registers ends past ${area}:65535`,
  );
  const unitId = tag.unitId ?? source.unitId;
  const illegal = illegalWithin(source.illegal, { unitId, area, start: register, count: width });
  refuse(
    illegal !== undefined,
    'address',
    `it reaches into ${area}:${illegal?.first}..${illegal?.last}, which is illegal`,
  );
  refuse(width > countMax, 'type', `it takes ${width} registers, but registersPerRequestMax is ${countMax}`);
  refuse(tag.byte !== undefined && bytesOf(tag) !== 1, 'byte', `only int8 and uint8 are half a register, not ${type}`);
  refuse(
    tag.byteOrder?.length === 8 && bytesOf(tag) !== 8,
    'byteOrder',
    `${tag.byteOrder} orders the eight bytes of a 64-bit value; ${type} takes ABCD, CDAB, BADC or DCBA`,
  );
}

function findWriteFaults(source: ModbusSource, tag: Tag, refuse: Refuse): void {
  const { area } = tag.address;
  const { readOnly, readFunction } = areas[area];
  const { length = 0 } = tag;
  refuse(
    readOnly,
    'write',
    `${area} (function ${readFunction}) can only be read; values are written in coil and holding`,
  );
  refuse(
    length % 2 === 1,
    'write',
    `a string of ${length} bytes ends in half a register, whose other half is not its own`,
  );
  refuse(registersOf(tag) > writtenRegistersMax, 'write', `one write takes ${writtenRegistersMax * 2} bytes at most`);
  const unitId = tag.unitId ?? source.unitId;
  refuse(
    unitId === 0 && framingOf(source) !== 'tcp',
    'write',
    'unit 0 is all units of the line, and none of them answers',
  );
}
