import type { DriverKind } from '@gongfu/shared/sdk/driver';
import { derivedKind } from './derived/kind.ts';
import { modbusKind } from './modbus/kind.ts';
import { opcuaKind } from './opcua/kind.ts';

export type DriverId = 'modbus' | 'opcua' | 'derived';

/**
 * Every driver of this program. The keys of each kind are checked by its own schemas, so whoever takes a kind by name
 * gives `plan` and `load` exactly what those schemas returned; that is why the key types may be forgotten here.
 */
export const drivers: Readonly<Record<DriverId, DriverKind<unknown, unknown>>> = {
  modbus: modbusKind as DriverKind<unknown, unknown>,
  opcua: opcuaKind as DriverKind<unknown, unknown>,
  derived: derivedKind as DriverKind<unknown, unknown>,
};
