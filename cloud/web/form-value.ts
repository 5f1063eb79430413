import type { FormSchema } from './portal-shapes.ts';

/** What a form holds while it is filled in: text as typed, so that nothing is judged before it is sent. */
export type FormValue = string | boolean | null | readonly FormValue[] | { readonly [key: string]: FormValue };

/** How a schema is entered; `number` may be left empty where the schema takes null. */
export type FormKind = 'group' | 'list' | 'choice' | 'number' | 'tick' | 'text';

export function kindOf(schema: FormSchema): FormKind {
  const given = plain(schema);
  if (given.properties !== undefined) return 'group';
  if (given.type === 'array') return 'list';
  if (given.enum !== undefined) return 'choice';
  if (given.type === 'number' || given.type === 'integer') return 'number';
  return given.type === 'boolean' ? 'tick' : 'text';
}

/** Without the `or null` around it; what is said of the whole stays. */
export function plain(schema: FormSchema): FormSchema {
  const only = schema.anyOf?.filter(({ type }) => type !== 'null');
  return only?.length === 1 ? { ...only[0], ...schema } : schema;
}

function takesNull({ anyOf = [] }: FormSchema): boolean {
  return anyOf.some(({ type }) => type === 'null');
}

/** The form as it opens: what is there, else what holds where nothing is said. */
export function formOf(schema: FormSchema, value: unknown): FormValue {
  const given = value ?? schema.default;
  switch (kindOf(schema)) {
    case 'group':
      return Object.fromEntries(
        Object.entries(plain(schema).properties ?? {}).map(([key, part]) => [
          key,
          formOf(part, (given as Record<string, unknown> | undefined)?.[key]),
        ]),
      );
    case 'list':
      return Array.isArray(given) ? given.map((one) => formOf(plain(schema).items ?? {}, one)) : [];
    case 'tick':
      return given === true;
    default:
      return given === null || given === undefined ? '' : String(given);
  }
}

/** What is sent. Undefined: left out. A number that is none goes as it was typed, so that the platform says what is wrong. */
export function sentOf(schema: FormSchema, form: FormValue): unknown {
  switch (kindOf(schema)) {
    case 'group':
      return Object.fromEntries(
        Object.entries(plain(schema).properties ?? {}).flatMap(([key, part]) => {
          const sent = sentOf(part, (form as Record<string, FormValue>)[key] ?? null);
          return sent === undefined ? [] : [[key, sent]];
        }),
      );
    case 'list':
      return (form as readonly FormValue[]).map((one) => sentOf(plain(schema).items ?? {}, one));
    case 'tick':
      return form;
    case 'number':
      if (form === '') return takesNull(schema) ? null : undefined;
      return Number.isNaN(Number(form)) ? form : Number(form);
    case 'choice':
      return form === '' && !plain(schema).enum?.includes('') ? undefined : form;
    default:
      return form === '' ? (takesNull(schema) ? null : undefined) : timed(schema, form as string);
  }
}

/** A local time as the browser lets one enter it, as a moment. */
function timed(schema: FormSchema, text: string): string {
  if (plain(schema).widget !== 'time') return text;
  const moment = new Date(text);
  return Number.isNaN(moment.getTime()) ? text : moment.toISOString();
}
