import { durationBetween } from '@gongfu/shared/config/duration';
import { nameLengthMax, namePattern, nameWording } from '@gongfu/shared/model/name-text';
import { columnKindOf, type ValueType, valueTypes } from '@gongfu/shared/model/value-type';
import { z } from 'zod';
import type { CollectorTag } from './collector/collector-types.ts';
import type { WriteRule } from './commands/write-rule.ts';
import { lineOf, rangeKeys, valueRangeOf } from './tag-range.ts';
import { writeRuleOf, writeSchema } from './tag-write.ts';

export const nameSchema = z.string().min(1).max(nameLengthMax).regex(namePattern, nameWording);
export const intervalSchema = durationBetween(10, 86_400_000);
export const heartbeatSchema = durationBetween(100, 86_400_000);

/** Types of a driver beside ours, each with the one that carries its values. */
export type DriverTypes = Readonly<Record<string, ValueType>>;

/** Of the tag's own unit, or with `%` of the value that was reported last. */
const deadbandSchema = z.union([z.number().nonnegative(), z.string().regex(/^\d+(\.\d+)?\s*%$/)], {
  error: 'must be a change in the unit of the tag, as 0.5, or in percent of the value, as "2%"',
});

const numberKeys = ['deadband', 'swingingDoor', 'scale', 'offset', 'range', 'rawRange'] as const;

const base = z.strictObject({
  name: nameSchema,
  type: z.enum(valueTypes),
  unit: z.string().max(50).default(''),
  description: z.string().max(500).default(''),
  scale: z.number().optional(),
  offset: z.number().optional(),
  ...rangeKeys,
  deadband: deadbandSchema.optional(),
  swingingDoor: z.number().nonnegative().optional(),
  onChange: z.boolean().default(false),
  heartbeat: heartbeatSchema.optional(),
  interval: intervalSchema.optional(),
  write: writeSchema.optional(),
});

/** Keys of every tag, whatever the driver of its source. */
export function tagSchemaWith(types: DriverTypes) {
  return base.extend({ type: z.enum([...valueTypes, ...Object.keys(types)]) });
}
export type TagKeys = z.output<ReturnType<typeof tagSchemaWith>>;

/** One tag, without the number the buffer gives it; the driver's own keys ride along. */
export interface TagConfig extends Omit<CollectorTag, 'number'> {
  readonly scaled: boolean;
  readonly unit: string;
  readonly description: string;
  readonly write?: WriteRule | undefined;
}

export interface SourceTimes {
  readonly intervalMs: number;
  readonly heartbeatMs: number;
}

/** The tag that `keys` and the driver's `own` keys describe; `report` hears which keys do not go together. */
export function tagConfigOf(
  keys: TagKeys,
  own: object,
  types: DriverTypes,
  source: SourceTimes,
  report: (key: string, what: string) => void,
): TagConfig {
  const { interval: intervalMs, heartbeat: heartbeatMs, deadband, range: _, rawRange: __, write, ...rest } = keys;
  const carried = types[keys.type];
  const type = carried ?? (keys.type as ValueType);
  if (type === 'bool' || type === 'string') {
    for (const key of numberKeys) {
      if (keys[key] !== undefined) report(key, `${key} needs a number; a ${type} has none`);
    }
  }
  const line = lineOf(keys, report);
  const { scale, offset } = line;
  if (scale === 0) report('scale', 'scale 0 would make every value the same');
  const scaled = scale !== 1 || offset !== 0;
  const kind = columnKindOf(type, scaled);
  if (rest.swingingDoor !== undefined && kind !== 'boolean' && kind !== 'text') {
    if (kind !== 'number') report('swingingDoor', `a line between whole ${type} is none of them; use deadband`);
    if (deadband !== undefined) report('swingingDoor', 'swingingDoor and deadband exclude each other');
  }
  const whole = !scaled && type !== 'float32' && type !== 'float64';
  if (whole && type.startsWith('uint') && (keys.range?.max ?? 0) < 0) report('range', `no ${type} is negative`);
  const range = valueRangeOf(keys, line, whole, report);
  const rule = write === undefined ? undefined : writeRuleOf(write, keys.range, { type, kind, scaled }, report);
  const tag: TagConfig = Object.assign({}, own, rest, limitOf(deadband), {
    type,
    intervalMs: intervalMs ?? source.intervalMs,
    heartbeatMs: heartbeatMs ?? source.heartbeatMs,
    scale,
    offset,
    scaled,
    kind,
  });
  const more = { ...(carried && { sourceType: keys.type }), ...(range && { range }), ...(rule && { write: rule }) };
  // Assigned and not spread: each object spread from several has a hidden shape of its own, bigger than what it holds.
  return Object.assign(tag, more);
}

function limitOf(deadband: number | string | undefined): Pick<TagConfig, 'deadband' | 'deadbandPercent'> {
  if (typeof deadband !== 'string') return { deadband: deadband ?? null };
  return { deadband: null, deadbandPercent: Number.parseFloat(deadband) };
}
