import { Problem, type ProblemPlace } from '@gongfu/shared/base/problem';
import { issueWords } from '@gongfu/shared/config/issue-words';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { parseAddress } from '../drivers/modbus/address.ts';
import type { PanelReading, PanelTag } from './panel.ts';
import { type PanelValue, parsePanelValue } from './panel-value.ts';

/** How far a clock on the wrist, or a look at it, may be off. */
const earlyMs = 3_000;
const lateMs = 2_000;

const nameSchema = z.string().trim().min(1, 'needs a name');

const valueSchema = z.string().transform((text, context): PanelValue => {
  const value = parsePanelValue(text);
  if (typeof value !== 'string') return value;
  context.addIssue({ code: 'custom', message: value });
  return z.NEVER;
});

const hintSchema = z.string().transform((text, context) => {
  const address = parseAddress(text);
  if (typeof address !== 'string') return { area: address.area, register: address.register };
  context.addIssue({ code: 'custom', message: address });
  return z.NEVER;
});

function schemaAt(nowMs: number) {
  const atSchema = z.string().transform((text, context): number => {
    const ms = momentOf(text, nowMs);
    if (ms !== undefined) return ms;
    context.addIssue({
      code: 'custom',
      message: `"${text}" is no time; write 14:03:20 of today, or 2026-11-27T14:03:20+08:00`,
    });
    return z.NEVER;
  });
  const readingSchema = z.strictObject({ at: atSchema.optional(), value: valueSchema });
  return z
    .array(
      z.strictObject({
        name: nameSchema,
        unit: z.string().max(50).default(''),
        address: hintSchema.optional(),
        readings: z
          .array(readingSchema)
          .min(1, 'needs at least one reading')
          .refine((readings) => readings.length === 1 || readings.every(({ at }) => at !== undefined), {
            error: 'several readings each need the time they were taken, as at: "14:03:20"',
          }),
      }),
    )
    .min(1, 'needs at least one tag')
    .superRefine((tags, context) => {
      for (const [place, { name }] of tags.entries()) {
        if (tags.findIndex((tag) => tag.name === name) < place)
          context.addIssue({ code: 'custom', path: [place, 'name'], message: `"${name}" is there already` });
      }
    });
}

/**
 * What somebody wrote down before the panel: `- { name, unit, address, readings: [{ at, value }] }`. A value keeps the digits it is
 * written with, since they say how exact it is. A reading without a time holds now.
 * @throws Problem `panel-file-invalid` with every place
 */
export function readPanelFile(file: string, text: string, nowMs: number): PanelTag[] {
  const lines = new LineCounter();
  // Every scalar stays the text it is: 36.50 must not become 36.5.
  const document = parseDocument(text, { schema: 'failsafe', lineCounter: lines });
  const placeAt = (offset: number, what: string): ProblemPlace => {
    const { line, col } = lines.linePos(offset);
    return { where: `${file}:${Math.max(1, line)}:${Math.max(1, col)}`, what };
  };
  const broken = document.errors.map((error) =>
    placeAt(error.pos[0], `not readable as YAML: ${error.message.split('\n')[0]}`),
  );
  if (broken.length > 0) throw invalid(file, broken);
  const parsed = schemaAt(nowMs).safeParse(document.toJS());
  if (!parsed.success) {
    const places = parsed.error.issues.map((issue) => {
      const node = nearestNode(document, issue.path);
      const found = isNode(node) ? node.toJS(document) : undefined;
      return placeAt(isNode(node) ? (node.range?.[0] ?? 0) : 0, `${issue.path.join('.')}: ${issueWords(issue, found)}`);
    });
    throw invalid(file, places);
  }
  return parsed.data.map(({ name, unit, address, readings }) => ({
    name,
    unit,
    hint: address,
    readings: readings
      .map(({ at, value }): PanelReading => {
        const atMs = at ?? nowMs;
        return { atMs, fromMs: at === undefined ? nowMs : atMs - earlyMs, toMs: atMs + lateMs, shown: value };
      })
      .sort((a, b) => a.atMs - b.atMs),
  }));
}

function nearestNode(document: ReturnType<typeof parseDocument>, path: readonly PropertyKey[]): unknown {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node)) return node;
  }
  return document.contents;
}

/** `14:03:20` is today, in the time zone of this machine. */
function momentOf(text: string, nowMs: number): number | undefined {
  const parts = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text.trim());
  if (parts !== null) return new Date(nowMs).setHours(Number(parts[1]), Number(parts[2]), Number(parts[3] ?? 0), 0);
  const ms = /^\d{4}-\d{2}-\d{2}[T ]/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

function invalid(file: string, places: readonly ProblemPlace[]): Problem {
  return new Problem({
    code: 'panel-file-invalid',
    detail: `${file} has ${places.length === 1 ? 'one fault' : `${places.length} faults`}`,
    advice: 'Correct the places named; the form is in deploy/docs/assistant.md.',
    reaction: 'stop',
    places,
  });
}
