import type { BatchAnswer } from '@gongfu/shared/wire/acknowledgement';
import type { BatchHeader } from '@gongfu/shared/wire/handshake';
import type { HistoryTag } from '../history/history-store.ts';

/** What the gateways' door needs of ingest. */
export interface BatchReceiver {
  receive(
    gateway: { gatewayId: string; tenantId: string },
    tags: ReadonlyMap<number, HistoryTag>,
    header: BatchHeader,
    bytes: Uint8Array,
  ): Promise<BatchAnswer>;
  /** Sequence ranges durable of that epoch, ascending. */
  stored(gatewayId: string, epoch: number): readonly (readonly [number, number])[];
}
