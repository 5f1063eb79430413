import { qualityOf } from '@gongfu/shared/model/quality';
import type { Sample } from '@gongfu/shared/model/sample';
import type { Value } from '@gongfu/shared/model/value-type';
import { z } from 'zod';

/** Fields that several resources share: how times, values and pages look in JSON. */

/** ISO 8601 with zone, or epoch milliseconds; becomes epoch ms. */
export const timeParameter = z.string().transform((text, context) => {
  const time = /^-?\d+$/.test(text) ? Number(text) : /[zZ]|[+-]\d\d:?\d\d$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(time) && Math.abs(time) <= 8.64e15) return time;
  context.addIssue({
    code: 'custom',
    message: 'expected ISO 8601 with a zone (2026-11-23T08:00:00Z) or epoch milliseconds',
  });
  return z.NEVER;
});

interface AskedRange {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** An empty or turned-round range is a mistake, not a question without answer. */
export function ranged<S extends z.ZodType<AskedRange>>(query: S): S {
  return query.refine(({ from, to }) => from === undefined || to === undefined || from < to, {
    path: ['to'],
    message: 'must be later than from',
  });
}

/** What was asked with the ends that were left out: up to now, and `spanMs` long. */
export function wholeRange({ from, to }: AskedRange, now: number, spanMs: number): { from: number; to: number } {
  const end = to ?? Math.max(now, (from ?? now) + 1);
  return { from: from ?? end - spanMs, to: end };
}

export function limitParameter(standard: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,9}$/, 'expected a whole number')
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= max, `expected 1 to ${max}`)
    .default(standard);
}

/** The part of the plant somebody is given. */
export const scopeSchema = z
  .array(z.string().min(1).max(300))
  .min(1, 'expected at least one asset id, or null for the whole tenant')
  .max(200)
  .nullable();

export const historyNumberParameter = z.string().regex(/^\d{1,10}$/, 'expected the number of a tag, as `17`');

export const timeField = z.string().describe('ISO 8601 UTC');

const valueField = z
  .union([z.number(), z.string(), z.boolean(), z.null()])
  .describe('null where the quality is bad; 64-bit integers as strings');

const qualityField = z.enum(['good', 'uncertain', 'bad']);

const statusField = z.number().int().describe('32-bit OPC UA status code');

/** How samples are told: an object each, or a column each figure, which is a fraction of the bytes and of the work. */
export const formParameter = z.enum(['rows', 'columns']).default('rows');

/** Columns of equal length. */
export const sampleColumns = z.object({
  time: z.array(z.number()).describe('sourceTime as epoch ms'),
  value: z.array(valueField),
  status: z.array(statusField),
});

export const sampleField = z.object({
  sourceTime: timeField,
  value: valueField,
  quality: qualityField,
  status: statusField,
});

export function timeText(time: number): string {
  return new Date(time).toISOString();
}

function jsonValue(value: Value): number | string | boolean | null {
  if (typeof value === 'bigint') return value.toString();
  // JSON has no NaN or infinity; a good sample never holds one, a foreign store might.
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

export function sampleFields(sample: Pick<Sample, 'sourceTime' | 'status' | 'value'>) {
  return {
    sourceTime: timeText(sample.sourceTime),
    value: jsonValue(sample.value),
    quality: qualityOf(sample.status),
    status: sample.status,
  };
}

export function columnsOf(
  samples: readonly Pick<Sample, 'sourceTime' | 'status' | 'value'>[],
): z.infer<typeof sampleColumns> {
  return {
    time: samples.map(({ sourceTime }) => sourceTime),
    value: samples.map(({ value }) => jsonValue(value)),
    status: samples.map(({ status }) => status),
  };
}
