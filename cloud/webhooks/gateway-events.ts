import type { EventSource, PlantEvent } from './plant-events.ts';

interface Gateway {
  readonly gatewayId: string;
  readonly name: string;
  readonly status: 'enrolled' | 'revoked';
  readonly online: boolean;
  readonly connectedAt: number | null;
  readonly lastSeenAt: number | null;
}

/** A short break of the line is no event. */
const graceMs = 60_000;
const dayMs = 86_400_000;

/** A gateway that is silent for a minute, and one that is back after such a silence. */
export function gatewayEvents(list: (tenantId: string) => Promise<readonly Gateway[]>): EventSource {
  const away = new Set<string>();
  return {
    events: ['gateway.offline', 'gateway.online'],
    async find(tenantId, now) {
      const gateways = await list(tenantId);
      return gateways.flatMap((gateway): PlantEvent[] => {
        const { gatewayId, name, status, online, connectedAt, lastSeenAt } = gateway;
        if (status !== 'enrolled') return [];
        const told = { gatewayId, name, lastSeenAt: lastSeenAt === null ? null : new Date(lastSeenAt).toISOString() };
        if (online) {
          if (!away.delete(gatewayId)) return [];
          const at = connectedAt ?? now;
          return [{ tenantId, event: 'gateway.online', key: `${gatewayId} ${at}`, at, assetId: '', data: told }];
        }
        if (lastSeenAt === null || now - lastSeenAt < graceMs || now - lastSeenAt > dayMs) return [];
        away.add(gatewayId);
        const key = `${gatewayId} ${lastSeenAt}`;
        return [{ tenantId, event: 'gateway.offline', key, at: lastSeenAt, assetId: '', data: told }];
      });
    },
  };
}
