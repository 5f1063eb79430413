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
  let listensSince: number | undefined;
  return {
    events: ['gateway.offline', 'gateway.online'],
    async find(tenantId, now, isKnown) {
      listensSince ??= now;
      // While the service was away itself it heard nobody: that was no silence of theirs.
      const isAwake = now - listensSince >= graceMs;
      const found: PlantEvent[] = [];
      for (const { gatewayId, name, status, online, connectedAt, lastSeenAt } of await list(tenantId)) {
        if (status !== 'enrolled') continue;
        const data = { gatewayId, name, lastSeenAt: lastSeenAt === null ? null : new Date(lastSeenAt).toISOString() };
        if (online) {
          if (!away.delete(gatewayId)) continue;
          const at = connectedAt ?? now;
          found.push({ tenantId, event: 'gateway.online', key: `${gatewayId} ${at}`, at, assetId: '', data });
          continue;
        }
        if (lastSeenAt === null || now - lastSeenAt < graceMs || now - lastSeenAt > dayMs) continue;
        const key = `${gatewayId} ${lastSeenAt}`;
        // What was told before the service began anew holds: its end is told too.
        if (!isAwake && !(await isKnown('gateway.offline', key))) continue;
        away.add(gatewayId);
        found.push({ tenantId, event: 'gateway.offline', key, at: lastSeenAt, assetId: '', data });
      }
      return found;
    },
  };
}
