import type { DriverId } from '../drivers/registry.ts';

type Keys = Readonly<Record<string, unknown>>;

/** Keys that say how a source is reached: one of them is enough. */
const ways: Readonly<Record<DriverId, readonly string[]>> = {
  modbus: ['host', 'serial', 'listen'],
  opcua: ['endpoint'],
  derived: [],
};

/** The keys of a source, with the usual way of `open` where they name none. */
export function withReach(
  driver: DriverId,
  keys: Keys,
  open: { readonly host: string; readonly endpoint: string },
): Keys {
  if (ways[driver].length === 0 || ways[driver].some((way) => keys[way] !== undefined)) return keys;
  return driver === 'modbus' ? { host: open.host, ...keys } : { endpoint: open.endpoint, ...keys };
}
