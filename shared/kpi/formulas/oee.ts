/**
 * Overall equipment effectiveness index, ISO 22400-2 KPI 6: availability × effectiveness × quality ratio.
 * A ratio from 0 up, higher is better, never clamped. Null when a factor is null, save that a factor known to be 0 makes
 * it 0: a unit that stood all its observed time made nothing, though nobody can say how fast or how well.
 */
export function oee(...factors: [availability: number | null, effectiveness: number | null, quality: number | null]) {
  if (factors.includes(0)) return 0;
  return factors.reduce<number | null>((product, factor) => {
    return product === null || factor === null ? null : product * factor;
  }, 1);
}
