import { fluxExpression } from '@influxdata/influxdb-client';

type FluxExpression = ReturnType<typeof fluxExpression>;

/** One of the conditions holds; at least one is given. Halved again and again: a chain of some hundred is nested too deep for InfluxDB's compiler. */
export function anyOf(conditions: readonly string[]): FluxExpression {
  return fluxExpression(halved(conditions));
}

function halved(conditions: readonly string[]): string {
  if (conditions.length <= 2) return conditions.join(' or ');
  const middle = conditions.length >>> 1;
  return `(${halved(conditions.slice(0, middle))}) or (${halved(conditions.slice(middle))})`;
}
