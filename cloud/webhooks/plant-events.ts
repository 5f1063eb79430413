import type { WebhookEvent } from './webhook-config.ts';

/** Something that has happened; `key` is the same however often it is found out. */
export interface PlantEvent {
  readonly tenantId: string;
  readonly event: WebhookEvent;
  readonly key: string;
  /** UTC epoch ms. */
  readonly at: number;
  /** '' where it is about no asset. */
  readonly assetId: string;
  readonly data: object;
}

/** Whoever finds events out, asked now and then: everything of the last day, known or not. */
export interface EventSource {
  readonly events: readonly WebhookEvent[];
  /** Tells when there is something new, where that is known: it is then asked at once. */
  onNews?(listener: () => void): () => void;
  /** `isKnown` spares the work for what was told already. */
  find(
    tenantId: string,
    now: number,
    isKnown: (event: WebhookEvent, key: string) => Promise<boolean>,
  ): Promise<PlantEvent[]>;
}
