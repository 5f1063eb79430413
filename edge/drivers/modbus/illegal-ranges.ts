import { type Area, parseAddress } from './address.ts';

/** Addresses a source must never be asked for, both ends included; of every unit when it names none. */
export interface IllegalRange {
  readonly unitId?: number;
  readonly area: Area;
  readonly first: number;
  readonly last: number;
}

/** `holding:100..199`, `2!400101..400200`, `coil:7`. The range, or one sentence that says what is wrong with the text. */
export function parseIllegalRange(text: string): IllegalRange | string {
  const [from = '', to = from, ...more] = text.split('..');
  if (more.length > 0) return `"${text}" is not a range; write it as holding:100..199`;
  const first = parseAddress(from);
  if (typeof first === 'string') return first;
  // Behind a zero-based beginning the end may be the bare number.
  const end = /^\d+$/.test(to) && from.includes(':') ? `${first.area}:${to}` : to;
  const last = parseAddress(end);
  if (typeof last === 'string') return last;
  if (first.bit !== undefined || last.bit !== undefined)
    return `"${text}" names a bit, but only whole registers can be left out`;
  if (last.area !== first.area || last.register < first.register) {
    return `"${text}" does not end behind its beginning in the same area`;
  }
  const { unitId, area, register } = first;
  return { ...(unitId === undefined ? {} : { unitId }), area, first: register, last: last.register };
}

/** The first illegal range that overlaps with `count` addresses from `start` on. */
export function illegalWithin(
  ranges: readonly IllegalRange[],
  { unitId, area, start, count }: { unitId: number; area: Area; start: number; count: number },
): IllegalRange | undefined {
  return ranges.find(
    (range) =>
      range.area === area &&
      (range.unitId === undefined || range.unitId === unitId) &&
      range.first < start + count &&
      range.last >= start,
  );
}
