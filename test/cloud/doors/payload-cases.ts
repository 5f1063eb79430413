/** One row as a device means it. Bytes are sent as they are, whether or not they are a text. */
export interface SentRow {
  readonly name: string | Uint8Array;
  /** Of none: null. Of several levels: a list or an object, which only JSON can say. */
  readonly value: number | string | null | Uint8Array | object;
  /** UTC epoch ms; what is no number only text can say. */
  readonly time: number | bigint | string;
}

/**
 * What becomes of a case: `stored` with these values in the order of their times, null where the sample is bad; `refused`
 * alone, with these words; `whole`: with these words and all that stands in the same message. Undefined: it cannot be said
 * to that door.
 */
export type Outcome =
  | { readonly stored: readonly unknown[] }
  | { readonly refused: RegExp }
  | { readonly whole: RegExp }
  | undefined;

export const doorNames = ['line protocol', 'ThingsBoard HTTP', 'MQTT JSON', 'ThingsBoard MQTT', 'Sparkplug'] as const;
export type DoorName = (typeof doorNames)[number];

export interface PayloadCase {
  readonly what: string;
  readonly rows: readonly SentRow[];
  readonly outcome: (door: DoorName) => Outcome;
}

export const start = Date.UTC(2026, 10, 23);
const dayMs = 86_400_000;

const isJson = (door: DoorName): boolean => door !== 'line protocol' && door !== 'Sparkplug';
const everywhere = (outcome: Outcome) => () => outcome;
/** Of line protocol, of JSON, of Sparkplug. */
const each = (line: Outcome, json: Outcome, sparkplug: Outcome) => (door: DoorName) =>
  isJson(door) ? json : door === 'Sparkplug' ? sparkplug : line;
const inJson = (outcome: Outcome) => each(undefined, outcome, undefined);

function one(what: string, row: Partial<SentRow>, outcome: PayloadCase['outcome']): PayloadCase {
  return { what, rows: [{ name: what, value: 1, time: start, ...row }], outcome };
}

/** The payload row of the list of bad input. */
export const payloadCases: readonly PayloadCase[] = [
  one(
    'not a number',
    { value: Number.NaN },
    each({ refused: /no value that can be read: NaN/ }, { whole: /JSON/ }, { stored: [null] }),
  ),
  one(
    'infinity',
    { value: Number.POSITIVE_INFINITY },
    each({ refused: /larger than any float64/ }, { stored: [null] }, { stored: [null] }),
  ),
  one(
    'nothing',
    { value: null },
    each({ refused: /no value that can be read: nothing/ }, { refused: /null has no type/ }, { stored: [null] }),
  ),
  {
    what: 'a text where numbers were',
    rows: [
      { name: 'typed', value: 1, time: start },
      { name: 'typed', value: 'warm', time: start + 1 },
    ],
    outcome: everywhere({ refused: /the tag is float64 since its first value; warm/ }),
  },
  one('a text of a million', { value: 'x'.repeat(1_000_000) }, everywhere({ refused: /1000000 characters, at most/ })),
  one('a text of many', { value: 'y'.repeat(65_536) }, everywhere({ stored: ['y'.repeat(65_536)] })),
  one('a text with NUL', { value: 'a\0b' }, everywhere({ stored: ['a\0b'] })),
  one(
    'a text with half a character',
    { value: 'a\ud800b' },
    each({ refused: /not UTF-8/ }, { refused: /no proper Unicode/ }, { refused: /not UTF-8/ }),
  ),
  one(
    'a text of bytes',
    { value: Uint8Array.of(0x61, 0xff, 0xfe) },
    each({ refused: /not UTF-8/ }, { whole: /not UTF-8/ }, { refused: /not UTF-8/ }),
  ),
  one('a long name', { name: 'n'.repeat(65_536) }, everywhere({ refused: /has 65536 characters, at most 200/ })),
  one('a name with NUL', { name: 'a\0b' }, everywhere({ refused: /control characters/ })),
  one(
    'a name with a line end',
    { name: 'a\nb' },
    each(undefined, { refused: /control characters/ }, { refused: /control characters/ }),
  ),
  one(
    'a name with half a character',
    { name: 'a\udfffb' },
    each({ refused: /not UTF-8/ }, { refused: /halves of characters/ }, { refused: /not UTF-8/ }),
  ),
  one('a name of signs', { name: 'a b,c=d"é🙂שלום' }, everywhere({ stored: [1] })),
  one('__proto__', {}, everywhere({ stored: [1] })),
  one('constructor', {}, everywhere({ stored: [1] })),
  one('toString', {}, everywhere({ stored: [1] })),
  one('the first moment', { time: 0 }, everywhere({ stored: [1] })),
  one('before the first moment', { time: -1 }, everywhere({ refused: /lies before 1970/ })),
  one('tomorrow', { time: start + dayMs }, everywhere({ stored: [1] })),
  one('in eleven years', { time: start + 4_020 * dayMs }, everywhere({ refused: /more than ten years ahead/ })),
  one(
    'nanoseconds for milliseconds',
    { time: BigInt(start) * 1_000_000n },
    each({ refused: /ten years ahead/ }, { refused: /not a time|not readable as ms/ }, { refused: /ten years ahead/ }),
  ),
  one(
    'a time in words',
    { time: 'soon' },
    each({ refused: /not a whole number/ }, { refused: /not a time|not readable as ms/ }, undefined),
  ),
  {
    what: 'equal and descending times',
    rows: [5, 3, 5, 4].map((value) => ({ name: 'shuffled', value, time: start + value })),
    outcome: everywhere({ stored: [3, 4, 5] }),
  },
  one('a list', { value: [1, 2] }, inJson({ refused: /a list is not a single value/ })),
  one('levels without end', { value: nested(100) }, inJson({ whole: /nested deeper than 32/ })),
];

function nested(levels: number): object {
  let object: object = {};
  for (let level = 0; level < levels; level += 1) object = { deeper: object };
  return object;
}
