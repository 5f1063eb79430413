import type { AlarmRecord } from '../records/alarm-record.ts';

type Place = Pick<AlarmRecord, 'tenantId' | 'gatewayId' | 'source'>;

/** How many alarms are open, of each tenant and of each source: counted once, then kept. */
export class OpenAlarms {
  readonly #tenants = new Map<string, number>();
  readonly #gateways = new Map<string, Map<string, number>>();

  /** Instead of what was known before. */
  fill(open: readonly Place[]): void {
    this.#tenants.clear();
    this.#gateways.clear();
    for (const alarm of open) this.add(alarm);
  }

  add(alarm: Place): void {
    this.#count(alarm, 1);
  }

  remove(alarm: Place): void {
    this.#count(alarm, -1);
  }

  ofTenant(tenantId: string): number {
    return this.#tenants.get(tenantId) ?? 0;
  }

  /** Those with an open alarm. */
  get gateways(): string[] {
    return [...this.#gateways.keys()];
  }

  /** Those of the gateway with an open alarm. */
  sourcesOf(gatewayId: string): string[] {
    return [...(this.#gateways.get(gatewayId)?.keys() ?? [])];
  }

  #count({ tenantId, gatewayId, source }: Place, change: 1 | -1): void {
    const sources = this.#gateways.get(gatewayId) ?? new Map<string, number>();
    bump(this.#tenants, tenantId, change);
    bump(sources, source, change);
    if (sources.size === 0) this.#gateways.delete(gatewayId);
    else this.#gateways.set(gatewayId, sources);
  }
}

function bump(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}
