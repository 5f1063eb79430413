import { Problem } from '@gongfu/shared/base/problem';
import { qualityOf, statusName } from '@gongfu/shared/model/quality';
import { unitSymbol } from '@gongfu/shared/model/unit-symbol';
import type { Reading } from '@gongfu/shared/sdk/driver';
import { z } from 'zod';
import type { ProgramRoute } from '../health/pages/page.ts';
import type { CommandEntry } from './journal-entry.ts';
import { keyOf, type LocalWrites, type WriteLook } from './local-writes.ts';

const line = /^[^\p{Cc}\p{Cs}]*$/u;
/** What a person may say of themselves and of why, one line each; the page asks for the same. */
export const bySchema = z.string().trim().min(1, 'is missing').max(100).regex(line, 'must be one line of text');
export const reasonSchema = z.string().trim().max(200).regex(line, 'must be one line of text');
/** Letters, digits, dots, colons, dashes: it becomes part of an id of the journal. */
export const keySchema = z
  .string()
  .regex(/^[A-Za-z0-9._:-]{1,80}$/, 'must be 1 to 80 letters, digits, dots, colons, dashes');

const asked = { tag: z.string().min(1).max(500), value: z.union([z.number(), z.boolean(), z.string().max(4_096)]) };
const checkSchema = z.strictObject(asked);
const writeSchema = z.strictObject({
  ...asked,
  key: keySchema,
  expiresAt: z.number().int().nonnegative(),
  by: bySchema,
  reason: reasonSchema.default(''),
});

const valueView = z.union([z.number(), z.boolean(), z.string()]);
const readingView = z.object({ value: valueView.nullable(), quality: z.string(), status: z.string() });

/** What `POST /api/v1/writes/check` answers. */
export const lookView = z.object({
  tag: z.string(),
  type: z.string(),
  unit: z.string(),
  minimum: z.number().nullable(),
  maximum: z.number().nullable(),
  now: readingView,
  value: valueView,
  interlocks: z.array(z.object({ tag: z.string(), must: z.string(), now: readingView, holds: z.boolean() })),
  refusal: z.object({ code: z.string(), detail: z.string() }).nullable(),
});
export type LookView = z.infer<typeof lookView>;

/** What `POST /api/v1/writes` answers; `outcome` null while it is under way. */
export const writeView = z.object({
  key: z.string(),
  tag: z.string(),
  value: valueView,
  outcome: z.string().nullable(),
  code: z.string().nullable(),
  detail: z.string(),
  readBack: valueView.nullable(),
});
export type WriteView = z.infer<typeof writeView>;

/** The doors of `gongfu-edge write`, and of whatever else runs on the gateway or beside it. */
export function writeRoutes({ writes }: { readonly writes: LocalWrites }): ProgramRoute[] {
  return [
    {
      path: '/api/v1/writes/check',
      answer: async (body) => {
        const { tag, value } = read(checkSchema, body);
        const named = writes.resolve(tag, value);
        return { status: 200, body: lookViewOf(await writes.look(named.tag, named.value)) };
      },
    },
    {
      path: '/api/v1/writes',
      answer: async (body, from) => {
        const { tag, value, by, ...rest } = read(writeSchema, body);
        const entry = await writes.write({ ...writes.resolve(tag, value), ...rest, by: `${by} (local API, ${from})` });
        return { status: entry.result === undefined ? 202 : 200, body: writeViewOf(entry) };
      },
    },
  ];
}

function lookViewOf({ allowed, unit, now, interlocks, value, refusal }: WriteLook): LookView {
  const { source, tag, minimum, maximum } = allowed;
  return {
    tag: `${source}/${tag.name}`,
    type: tag.type,
    unit: unitSymbol(unit),
    minimum,
    maximum,
    now: readingViewOf(now),
    value: value!,
    interlocks: interlocks.map((one) => ({
      tag: one.name,
      must: one.must,
      now: readingViewOf(one.now),
      holds: one.holds,
    })),
    refusal: refusal === undefined ? null : { code: refusal.code, detail: refusal.detail },
  };
}

function writeViewOf({ id, source, tag, value, result }: CommandEntry): WriteView {
  const { outcome = null, code = null, detail = '', readBack = null } = result ?? {};
  return { key: keyOf(id), tag: `${source}/${tag}`, value, outcome, code, detail, readBack };
}

function readingViewOf({ value, status }: Reading): LookView['now'] {
  const shown = typeof value === 'bigint' ? String(value) : value;
  return { value: shown, quality: qualityOf(status), status: statusName(status) };
}

/** @throws Problem `write-malformed` with every place that is wrong */
function read<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new Problem({
    code: 'write-malformed',
    detail: 'the request to write a tag is not of the form agreed on',
    advice: 'Send tag, value, key, expiresAt (UTC epoch ms), by, and reason where there is one.',
    reaction: 'drop',
    status: 400,
    places: parsed.error.issues.map(({ path, message }) => ({ where: path.join('.') || 'body', what: message })),
  });
}
