/** One of the unit in kWh. UCUM codes, and the spelling people use. */
const kWhOf: Readonly<Record<string, number>> = {
  'kW.h': 1,
  kWh: 1,
  'W.h': 1e-3,
  'MW.h': 1e3,
  J: 1 / 3.6e6,
  kJ: 1 / 3.6e3,
  MJ: 1 / 3.6,
  GJ: 1e3 / 3.6,
};

export const meterUnits = ['kW.h', 'W.h', 'MW.h', 'J', 'kJ', 'MJ', 'GJ'] as const;

/** Undefined for a unit that is none of energy. */
export function kWhPer(unit: string): number | undefined {
  return Object.hasOwn(kWhOf, unit) ? kWhOf[unit] : undefined;
}
