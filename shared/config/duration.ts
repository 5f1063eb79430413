import { z } from 'zod';

const unitsMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const form = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/;
const wording = 'must be a duration with its unit, as "250ms", "1s", "10m" or "2h"';

/** `"250ms" | "1s" | "1.5s" | "10m" | "2h" | "1d"` → milliseconds. A bare number is refused: nobody can tell its unit. */
export const durationSchema = z.string({ error: wording }).transform((text, context): number => {
  const match = form.exec(text.trim());
  const durationMs = match === null ? Number.NaN : Number(match[1]) * unitsMs[match[2] as keyof typeof unitsMs];
  if (Number.isSafeInteger(durationMs)) return durationMs;
  context.addIssue({ code: 'custom', message: `${wording}; "${text}" is not` });
  return z.NEVER;
});

/** A duration between two bounds, both in ms and inclusive. */
export function durationBetween(minMs: number, maxMs: number): z.ZodType<number, string> {
  return durationSchema.pipe(
    z
      .number()
      .min(minMs, `must be at least ${durationText(minMs)}`)
      .max(maxMs, `must be at most ${durationText(maxMs)}`),
  );
}

function durationText(durationMs: number): string {
  const unit = (['d', 'h', 'm', 's'] as const).find(
    (name) => durationMs >= unitsMs[name] && durationMs % unitsMs[name] === 0,
  );
  return unit === undefined ? `${durationMs}ms` : `${durationMs / unitsMs[unit]}${unit}`;
}
