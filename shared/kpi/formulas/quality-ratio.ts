import type { ProductCounts } from '../kpi-result.ts';

/** Quality ratio, ISO 22400-2 KPI 10: GQ / PQ. A ratio, 0–1, higher is better. Null when nothing was produced. */
export function qualityRatio({ good, produced }: ProductCounts): number | null {
  return produced === 0 ? null : good / produced;
}
