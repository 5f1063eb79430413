/** UCUM codes that people write otherwise. */
const symbols: Readonly<Record<string, string>> = {
  Cel: '°C',
  '[degF]': '°F',
  deg: '°',
  Ohm: 'Ω',
  kOhm: 'kΩ',
  um: 'µm',
  us: 'µs',
  uA: 'µA',
  'W.h': 'Wh',
  'kW.h': 'kWh',
  'MW.h': 'MWh',
  'GW.h': 'GWh',
  'A.h': 'Ah',
};

const superscripts: Readonly<Record<string, string>> = { '2': '²', '3': '³' };

/**
 * A unit as people read it: `°C` for `Cel`, `kWh` for `kW.h`, `N·m` for `N.m`, `m³/h` for `m3/h`, `rpm` for `{rpm}`. What is no
 * UCUM code stays as it was written. For showing only: files and interfaces keep the code.
 */
export function unitSymbol(code: string): string {
  if (Object.hasOwn(symbols, code)) return symbols[code]!;
  return code
    .replace(/\{([^{}]*)\}/g, '$1')
    .replace(/\b([a-z]?m|s)([23])\b/g, (_, unit: string, power: string) => unit + superscripts[power]!)
    .replace(/(?<=[A-Za-z²³])\.(?=[A-Za-z])/g, '·');
}
