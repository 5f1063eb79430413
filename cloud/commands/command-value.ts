import type { CommandValue } from '@gongfu/shared/wire/command';
import type { TagRecord } from '../records/records.ts';
import { outOfRange, valueUnfit } from './command-problems.ts';

type WrittenTag = Pick<TagRecord, 'type' | 'scaled' | 'kind'>;
type Bounds = NonNullable<TagRecord['writable']>;

/** What an unscaled integer of the source can hold, both included. */
const integerBounds: Readonly<Record<string, readonly [bigint, bigint]>> = Object.fromEntries(
  [8n, 16n, 32n, 64n].flatMap((bits) => [
    [`int${bits}`, [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n]],
    [`uint${bits}`, [0n, (1n << bits) - 1n]],
  ]),
);

const wanted = {
  number: 'a number',
  integer64: 'a whole number as text, so that it stays exact: "-9007199254740993"',
  unsigned64: 'a whole number as text, so that it stays exact: "18446744073709551615"',
  boolean: 'true or false',
  text: 'a text',
} as const;

/**
 * The value as it goes over the wire. It is refused, never mended: what is not of the tag's type is another value.
 * @throws Problem `command-value-unfit`, `command-out-of-range`
 */
export function requireWritableValue(tag: WrittenTag, bounds: Bounds, value: unknown): CommandValue {
  const { kind, type, scaled } = tag;
  if (kind === 'boolean' || kind === 'text') {
    if (typeof value !== (kind === 'boolean' ? 'boolean' : 'string')) throw valueUnfit(wanted[kind]);
    return value as CommandValue;
  }
  const isText = kind !== 'number';
  if (isText ? !isWholeText(value) : typeof value !== 'number' || !Number.isFinite(value)) {
    throw valueUnfit(wanted[kind]);
  }
  const figure = isText ? BigInt(value as string) : (value as number);
  const own = scaled ? undefined : integerBounds[type];
  if (own !== undefined && typeof figure === 'number' && !Number.isInteger(figure)) throw valueUnfit('a whole number');
  if (own !== undefined && (figure < own[0] || figure > own[1])) throw outOfRange(String(value), own[0], own[1]);
  const { minimum, maximum } = bounds;
  // JavaScript compares a bigint with a number exactly.
  if ((minimum !== null && figure < minimum) || (maximum !== null && figure > maximum)) {
    throw outOfRange(String(value), minimum, maximum);
  }
  return typeof figure === 'bigint' ? figure.toString() : figure;
}

/** In the one form a number has: a request that comes again is known by its value. */
function isWholeText(value: unknown): value is string {
  return typeof value === 'string' && /^(?:0|-?[1-9]\d{0,19})$/.test(value);
}
