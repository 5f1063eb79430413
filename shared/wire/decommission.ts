import { z } from 'zod';

/**
 * Audience of the token a gateway signs to give up its own key. Not the one it connects with: whoever sees that one
 * could otherwise end the gateway with it.
 */
export const decommissionAudience = 'gongfu-cloud/decommission';

/** Samples and gap records that lay on the gateway and will never come. */
export const lostSamplesSchema = z.object({
  /** -1 when it cannot be known. */
  samples: z.number().int().min(-1),
  /** Source times, UTC epoch ms; null when they cannot be known. */
  fromTime: z.number().int().nullable(),
  toTime: z.number().int().nullable(),
});
export type LostSamples = z.infer<typeof lostSamplesSchema>;

/** What a gateway posts to `/api/v1/decommissions` as its last word. */
export const decommissionSchema = z.strictObject({
  token: z.string().min(1).max(4000),
  /** null: the cloud has everything. */
  lost: lostSamplesSchema.nullable(),
});
export type DecommissionRequest = z.infer<typeof decommissionSchema>;

export const decommissionAnswerSchema = z.object({ gatewayId: z.string(), name: z.string() });
