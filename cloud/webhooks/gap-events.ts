import type { StoredGap } from '../history/history-store.ts';
import type { EventSource, PlantEvent } from './plant-events.ts';

/** Named losses that the service has heard of within the last day. */
export function gapEvents(options: {
  /** Those heard of since then, whenever they were. */
  list: (tenantId: string, heardFrom: number) => Promise<readonly StoredGap[]>;
  onNews: (listener: () => void) => () => void;
}): EventSource {
  const { list, onNews } = options;
  const dayMs = 86_400_000;
  return {
    events: ['gap.recorded'],
    onNews,
    async find(tenantId, now) {
      const gaps = await list(tenantId, now - dayMs);
      return gaps
        .filter(({ ingestTime }) => ingestTime > now - dayMs)
        .map((gap): PlantEvent => {
          const {
            gatewayId,
            epoch,
            fromSequence,
            toSequence,
            fromTime,
            toTime,
            ingestTime: at,
            samples,
            reason,
            source,
          } = gap;
          const key = [gatewayId, epoch, fromSequence, toSequence, fromTime, toTime, source].join(' ');
          const [from, to] = [new Date(fromTime).toISOString(), new Date(toTime).toISOString()];
          const data = { gatewayId, source, reason, samples, from, to };
          return { tenantId, event: 'gap.recorded', key, at, assetId: '', data };
        });
    },
  };
}
