/**
 * Effectiveness, ISO 22400-2 KPI 9: PRI × PQ / APT.
 * @param plannedRunTime PRI × PQ in ms, of what was produced in observed planned busy time.
 * @param apt actual production time, ms.
 * A ratio from 0 up, higher is better; above 1 the planned run time per item is too long. Null without production time.
 */
export function effectiveness(plannedRunTime: number, apt: number): number | null {
  return apt === 0 ? null : plannedRunTime / apt;
}
