import { type ColumnKind, columnKindOf, type ValueType } from '@gongfu/shared/model/value-type';
import type { WriteBounds, WrittenValue } from './command-shapes.ts';

interface WrittenTag {
  readonly type: string;
  readonly scaled: boolean;
  readonly writable: WriteBounds | null;
}

export type ValueFault = 'missing' | 'number' | 'whole' | 'range';

export function kindOf({ type, scaled }: Pick<WrittenTag, 'type' | 'scaled'>): ColumnKind {
  return columnKindOf(type as ValueType, scaled);
}

/** What somebody has typed as the value it means for the tag, or what is wrong with it. The platform and the gateway check again. */
export function writtenValue(
  tag: WrittenTag,
  typed: string,
): { readonly value: WrittenValue } | { readonly fault: ValueFault } {
  const kind = kindOf(tag);
  if (kind === 'text') return { value: typed };
  const text = typed.trim();
  if (text === '') return { fault: 'missing' };
  if (kind === 'boolean') return { value: text === 'true' };
  const isWhole = /int/.test(tag.type) && !tag.scaled;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return { fault: 'number' };
  if (isWhole && !/^-?\d+$/.test(text)) return { fault: 'whole' };
  const { minimum, maximum } = tag.writable ?? { minimum: null, maximum: null };
  const figure = kind === 'number' ? Number(text) : BigInt(text);
  // 1e400: JSON would make null of it.
  if (figure === Number.POSITIVE_INFINITY || figure === Number.NEGATIVE_INFINITY) return { fault: 'range' };
  if ((minimum !== null && figure < minimum) || (maximum !== null && figure > maximum)) return { fault: 'range' };
  return { value: typeof figure === 'bigint' ? figure.toString() : figure };
}

/** A 32-bit float read into a 64-bit one shows digits nobody measured. */
export function valueText(value: WrittenValue | null | undefined): string {
  if (value === null || value === undefined) return '—';
  return typeof value === 'number' && !Number.isInteger(value) ? String(Number(value.toPrecision(7))) : String(value);
}
