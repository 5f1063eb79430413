import type { DriverKind } from '@gongfu/shared/sdk/driver';
import { elementsOf } from './array-elements.ts';
import { type ModbusSource, type ModbusTag, modbusSourceSchema, modbusTagSchema } from './config.ts';
import { planLines } from './plan-lines.ts';
import { registerTypes } from './value-layout.ts';

/** Modbus TCP, RTU and ASCII. The protocol client is loaded only when a source uses it. */
export const modbusKind: DriverKind<ModbusSource, ModbusTag> = {
  id: 'modbus',
  writes: true,
  types: registerTypes,
  sourceSchema: modbusSourceSchema,
  tagSchema: modbusTagSchema,
  elements: elementsOf,
  plan: planLines,
  async load() {
    const { ModbusDriver } = await import('./driver.ts');
    return (context, source, tags) => new ModbusDriver(context, source, tags);
  },
};
