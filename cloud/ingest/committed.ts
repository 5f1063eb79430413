import type { SampleBlock } from '@gongfu/shared/model/sample';

/** Told after a batch is durable: what the last values, the live hub and the KPI engine fold. */
export interface Committed {
  readonly tenantId: string;
  readonly gatewayId: string;
  /** Tags are the cloud's history numbers. */
  readonly blocks: readonly SampleBlock[];
  readonly ingestTime: number;
}
