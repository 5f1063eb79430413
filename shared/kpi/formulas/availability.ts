import type { TimeElements } from '../kpi-result.ts';

/**
 * Availability, ISO 22400-2 KPI 8: APT / PBT, here over the planned busy time that was observed: APT / (PBT − unknown).
 * A ratio, 0–1, higher is better; `coverage` says how much of PBT stands behind it. Null when none of PBT was observed.
 */
export function availability({ apt, pbt, unknown }: TimeElements): number | null {
  const observed = pbt - unknown;
  return observed === 0 ? null : apt / observed;
}
