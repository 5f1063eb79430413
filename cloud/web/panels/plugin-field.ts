import type { LocalText } from '@gongfu/shared/model/asset';
import { unitSymbol } from '@gongfu/shared/model/unit-symbol';
import type { PageField } from '@gongfu/shared/sdk/page';
import type { Asset } from '../api-shapes.ts';
import type { Formats } from '../formats.ts';

const thinSpace = '\u2009';
const ownZone = new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** A row of a plugin's answer; what is not as the page declared it is shown as absent. */
export type PluginRow = Readonly<Record<string, unknown>>;

export interface FieldReading {
  /** As people read it; null where there is no value. */
  readonly text: string | null;
  /** For sorting and for files. */
  readonly plain: string | number | null;
  readonly attention: boolean;
}

const absent: FieldReading = { text: null, plain: null, attention: false };

/** One value of a row, in the language of the page. */
export function fieldReading(
  formats: Formats,
  field: PageField,
  row: PluginRow,
  assets: readonly Asset[],
): FieldReading {
  const value = row[field.field];
  if (value === null || value === undefined) return absent;
  const reading = (text: string, plain: string | number = text): FieldReading => ({ text, plain, attention: false });
  switch (field.format) {
    case 'local-text':
      return isLocalText(value) ? reading(formats.name(value)) : absent;
    case 'asset': {
      const asset = assets.find(({ id }) => id === value);
      return reading(asset === undefined ? String(value) : formats.name(asset.name));
    }
    case 'window':
      return reading(windowText(formats, String(value), assets), String(value));
    case 'number':
      return typeof value === 'number' ? reading(numberText(formats, field, row, value), value) : absent;
    case 'percent':
      return typeof value === 'number' ? reading(formats.percent(value), value) : absent;
    case 'time':
      return typeof value === 'number' ? reading(formats.stamp(value, ownZone), new Date(value).toISOString()) : absent;
    case 'choice': {
      const text = field.texts?.[String(value)];
      if (text === undefined) return reading(String(value));
      return { ...reading(formats.name(text)), attention: text.attention === true };
    }
    default:
      return reading(String(value));
  }
}

export function numberOf(field: PageField, row: PluginRow): number | null {
  const value = row[field.field];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

export function isNumeric({ format }: PageField): boolean {
  return format === 'number' || format === 'percent';
}

function numberText(formats: Formats, field: PageField, row: PluginRow, value: number): string {
  const text = formats.fixed(value, field.decimals ?? 1);
  const unit = field.unitField === undefined ? field.unit : row[field.unitField];
  return typeof unit === 'string' && unit !== '' ? `${text}${thinSpace}${unitSymbol(unit)}` : text;
}

/** `2026-11-23 early` with the shift's own name, `2026-11-23 21:00+08:00` as the plant's clock has it, a day as a day. */
function windowText({ name, dateText }: Formats, label: string, assets: readonly Asset[]): string {
  const [, date, rest] = /^(\d{4}-\d{2}-\d{2})(?: (.+))?$/.exec(label) ?? [];
  if (date === undefined) return label;
  const shifts = assets.flatMap(({ calendar }) => calendar?.shifts ?? []);
  const shift = shifts.find(({ id }) => id === rest);
  const hour = rest?.replace(/(Z|[+-]\d{2}:\d{2})$/, '');
  return [dateText(date), shift === undefined ? hour : name(shift.name)].filter(Boolean).join(' ');
}

function isLocalText(value: unknown): value is LocalText {
  const { zh, en } = value as Partial<LocalText>;
  return typeof zh === 'string' && typeof en === 'string';
}
