import { keysOf, schemaAt } from '@gongfu/shared/config/known-key';
import { z } from 'zod';
import { type DriverId, drivers } from '../drivers/registry.ts';
import { tagSchemaWith } from '../tag-config.ts';

/** Columns whose texts are free, so that a spreadsheet could take one for a formula. */
const freeTexts = ['name', 'description', 'unit', 'expression', 'address', 'nodeId'];
const formulaLike = /^'*[=+\-@\t\r]/;

/** Every key a tag of this driver may have, in the order of a table: what all tags have, then the driver's. */
export function columnsOf(driver: DriverId): string[] {
  return [...new Set(['name', 'type', ...keysOf(drivers[driver].tagSchema), ...keysOf(tagSchemaWith({}))])];
}

/** One value of the configuration as a cell; absent is empty. */
export function cellOf(key: string, value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'object') return JSON.stringify(value);
  const text = String(value);
  // A quote in front keeps a spreadsheet from running it; `cellValue` takes it away again.
  return freeTexts.includes(key) && formulaLike.test(text) ? `'${text}` : text;
}

/** The value a cell stands for: of all it could mean, the first the key's schema takes. */
export function cellValue(driver: DriverId, key: string, cell: string, decimalComma: boolean): unknown {
  if (freeTexts.includes(key)) {
    const text = key === 'name' || key === 'description' ? cell : cell.trim();
    return text.startsWith("'") && formulaLike.test(text) ? text.slice(1) : text;
  }
  const text = cell.trim();
  const schema = schemaOf(driver, key);
  const meanings = [text, ...otherMeanings(text, decimalComma)];
  // What no schema takes is judged by its last meaning: "77 is too big" says more than "77 is no number".
  return meanings.find((meaning) => schema?.safeParse(meaning).success === true) ?? meanings.at(-1);
}

function otherMeanings(text: string, decimalComma: boolean): unknown[] {
  const plain = decimalComma ? text.replace(',', '.') : text;
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain))
    return [Number(plain), ...(text === '0' || text === '1' ? [text === '1'] : [])];
  if (/^(true|yes|是|wahr)$/i.test(text)) return [true];
  if (/^(false|no|否|falsch)$/i.test(text)) return [false];
  if (!/^[{[]/.test(text)) return [];
  try {
    return [JSON.parse(text) as unknown];
  } catch {
    return [];
  }
}

function schemaOf(driver: DriverId, key: string): z.ZodType | undefined {
  const schema =
    schemaAt(tagSchemaWith(drivers[driver].types ?? {}), [key]) ?? schemaAt(drivers[driver].tagSchema, [key]);
  return schema instanceof z.ZodType ? schema : undefined;
}
