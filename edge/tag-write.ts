import { nameLengthMax, namePattern, nameWording } from '@gongfu/shared/model/name-text';
import type { ColumnKind, ValueType } from '@gongfu/shared/model/value-type';
import { z } from 'zod';
import type { Interlock, WriteRule } from './commands/write-rule.ts';

const nameSchema = z.string().min(1).max(nameLengthMax).regex(namePattern, nameWording);

const interlockSchema = z
  .strictObject({
    source: nameSchema.optional(),
    tag: nameSchema,
    equals: z.union([z.boolean(), z.number(), z.string()]).optional(),
    above: z.number().optional(),
    below: z.number().optional(),
  })
  .refine(
    ({ equals, above, below }) => (equals === undefined) === (above !== undefined || below !== undefined),
    'needs equals, or above and below or one of them',
  );

const interlocksMax = 10;

/** Key of a tag that may be written; a list of interlocks must hold as a whole. */
export const writeSchema = z.strictObject({
  min: z.number().optional(),
  max: z.number().optional(),
  interlock: z
    .preprocess(
      (written) => (written === undefined || Array.isArray(written) ? written : [written]),
      z.array(interlockSchema).max(interlocksMax).optional(),
    )
    .optional(),
});

interface WrittenTag {
  readonly type: ValueType;
  readonly kind: ColumnKind;
  readonly scaled: boolean;
}

/** The rule of a tag; without bounds of its own those of its `range` count, and without any no number is written. */
export function writeRuleOf(
  { min, max, interlock = [] }: z.output<typeof writeSchema>,
  range: { readonly min?: number | undefined; readonly max?: number | undefined } | undefined,
  { type, kind, scaled }: WrittenTag,
  report: (key: string, what: string) => void,
): WriteRule {
  const bounded = { minimum: min ?? range?.min ?? null, maximum: max ?? range?.max ?? null, interlocks: interlock };
  if (kind === 'boolean' || kind === 'text') {
    if (min !== undefined || max !== undefined) report('write', `a ${type} has no min and max`);
    return { ...bounded, minimum: null, maximum: null };
  }
  if (scaled && (type === 'int64' || type === 'uint64')) {
    report(
      'write',
      `a scaled ${type} is read as a float, which cannot tell all its values apart: write it without scale`,
    );
  }
  const { minimum, maximum } = bounded;
  if (minimum === null || maximum === null) {
    report('write', 'needs min and max, here or in range: a number without bounds is not written');
    return bounded;
  }
  if (minimum > maximum) report('write', 'min must not be above max');
  if (minimum < (range?.min ?? minimum) || maximum > (range?.max ?? maximum)) {
    report('write', 'its bounds are wider than range: what is written would be read as out of range');
  }
  return bounded;
}

interface KnownTag {
  readonly type: ValueType;
  readonly kind: ColumnKind;
}

/** Sources of the configuration by name; `tags` is undefined where the source was refused itself. */
export type KnownSources = ReadonlyMap<
  string,
  {
    readonly tags: ReadonlyMap<string, KnownTag> | undefined;
    /** Its driver can read a tag right before a write. */
    readonly isRead: boolean;
  }
>;

/** What only all sources together can tell of the interlocks of one tag of `own`: one clause for each that can never be met. */
export function interlockFaults(own: string, { interlocks }: WriteRule, known: KnownSources): string[] {
  return interlocks.flatMap((interlock) => {
    const { source = own, tag } = interlock;
    const found = known.get(source);
    if (found === undefined) return [`the interlock names a source "${source}", which is not there`];
    if (!found.isRead) return [`the interlock looks at ${source}, of which no tag can be read right before a write`];
    if (found.tags === undefined) return [];
    const guard = found.tags.get(tag);
    if (guard === undefined) return [`the interlock names a tag "${tag}", which ${source} does not have`];
    const misfit = conditionMisfit(interlock, guard);
    return misfit === undefined ? [] : [`the interlock cannot hold: ${source}/${tag} is a ${guard.type}, ${misfit}`];
  });
}

function conditionMisfit({ equals, above, below }: Interlock, { kind }: KnownTag): string | undefined {
  const whole = kind === 'integer64' || kind === 'unsigned64';
  if (equals === undefined) {
    if (kind === 'boolean' || kind === 'text') return 'so use equals';
    return above !== undefined && below !== undefined && above >= below ? 'and nothing is above and below' : undefined;
  }
  const wanted = kind === 'boolean' ? 'boolean' : kind === 'text' ? 'string' : 'number';
  const exact = whole && typeof equals === 'string' && /^-?\d{1,20}$/.test(equals);
  return typeof equals === wanted || exact ? undefined : `so equals is a ${wanted}`;
}
