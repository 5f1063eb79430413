import { nameFault } from '@gongfu/shared/model/name-text';
import { isBad } from '@gongfu/shared/model/quality';
import { isSourceTime } from '@gongfu/shared/model/source-time';
import { textFault } from '@gongfu/shared/model/text-value';
import { type ColumnKind, columnKindOf, type Value, type ValueType } from '@gongfu/shared/model/value-type';
import type { ForeignRow, RowFault } from './row-door.ts';

/** What is wrong with a row by itself; undefined when nothing is. */
export function rowFault(row: ForeignRow, now: number): RowFault | undefined {
  const { source, name, sourceTime } = row;
  for (const [what, text] of [
    ['source', source],
    ['name', name],
  ] as const) {
    const wrong = nameFault(text);
    if (wrong !== undefined) return { code: 'row-name-invalid', reason: `the ${what} ${wrong}` };
  }
  if (!isSourceTime(sourceTime, now)) {
    return { code: 'row-time-invalid', reason: `the time ${sourceTime} lies before 1970 or more than ten years ahead` };
  }
  if (isBad(row.status)) return undefined;
  const textWrong = typeof row.value === 'string' ? textFault(row.value) : undefined;
  if (textWrong !== undefined) return { code: 'row-value-invalid', reason: textWrong };
  return convert(row.value, columnKindOf(row.type)) === undefined
    ? { code: 'row-value-invalid', reason: `the value is not ${row.type}` }
    : undefined;
}

/** The value as a tag of that kind carries it, if it can be without losing anything. */
export function convert(value: Value, kind: ColumnKind): Exclude<Value, null> | undefined {
  switch (kind) {
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'text':
      return typeof value === 'string' ? value : undefined;
    case 'number':
      if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
      return typeof value === 'bigint' && BigInt(Number(value)) === value ? Number(value) : undefined;
    default: {
      const whole = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
      if (typeof whole !== 'bigint') return undefined;
      const same = kind === 'integer64' ? BigInt.asIntN(64, whole) : BigInt.asUintN(64, whole);
      return same === whole ? whole : undefined;
    }
  }
}

/** What a fault says of a row whose tag has another type. */
export function typeDiffers(row: ForeignRow, type: ValueType): RowFault {
  const shown = String(row.value).slice(0, 40);
  return {
    code: 'row-type-differs',
    reason: `the tag is ${type} since its first value; ${shown} (${row.type}) does not fit`,
  };
}
