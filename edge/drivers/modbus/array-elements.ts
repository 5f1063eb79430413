import type { DriverTag } from '@gongfu/shared/sdk/driver';
import { areas } from './address.ts';
import type { ModbusTag } from './config.ts';
import { registersOf } from './value-layout.ts';

type Tag = Omit<DriverTag, 'number'> & ModbusTag;

/**
 * The tags an array of `count` stands for, one after the other; undefined for a single tag. Each element begins at a register
 * of its own, chosen bits follow each other and go on in the next register.
 */
export function elementsOf({ count, ...tag }: Tag): Tag[] | undefined {
  if (count === undefined) return undefined;
  const { address, bit } = tag;
  const step = areas[address.area].bits ? 1 : registersOf(tag);
  return Array.from({ length: count }, (_, i) => {
    if (bit === undefined) return { ...tag, address: { ...address, register: address.register + i * step } };
    const register = address.register + ((bit + i) >> 4);
    return { ...tag, address: { ...address, register }, bit: (bit + i) & 15 };
  });
}
