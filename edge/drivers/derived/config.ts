import { durationBetween } from '@gongfu/shared/config/duration';
import type { DriverTag } from '@gongfu/shared/sdk/driver';
import { z } from 'zod';

/** Deep nesting costs stack; what a person can still read is far shorter. */
const expressionLengthMax = 2_000;

export const derivedSourceSchema = z.strictObject({
  /** When values are worked out: whenever an input changes, or at the tag's interval. */
  on: z.enum(['change', 'interval']).default('change'),
  /** Without a sign of life for so long an input is stale; three of its intervals, and half a minute at least, when not set. */
  staleAfter: durationBetween(1_000, 86_400_000).optional(),
});
export type DerivedSource = z.infer<typeof derivedSourceSchema>;

export const derivedTagSchema = z.strictObject({
  /** `(a.power1 + a.power2) / 1000`; what it may hold is in README.md. */
  expression: z.string().min(1).max(expressionLengthMax),
});
export type DerivedTag = DriverTag & z.infer<typeof derivedTagSchema>;
