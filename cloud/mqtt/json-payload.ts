import type { ValueType } from '@gongfu/shared/model/value-type';
import { isObject, type Json, type ListPiece, listPieces, parseJson } from './json-text.ts';
import { jsonValue } from './json-value.ts';
import type { Reading, Rejection } from './reading.ts';
import { fillTemplate, TopicPattern } from './topic-pattern.ts';

export type TimeUnit = 's' | 'ms' | 'us' | 'ns' | 'iso';

/** How the messages of one topic pattern become readings; `topics[]` of the configuration. */
export interface TopicMapping {
  readonly topic: string;
  /** `json`: an object of fields or a list of such; `value`: one bare value. */
  readonly payload: 'json' | 'value';
  readonly source: string;
  /** Of a bare value the name; of fields what stands before their own name. '' for nothing. */
  readonly tag: string;
  /** Path of the field that holds the time; without one it is the time of arrival. */
  readonly time?: string | undefined;
  readonly timeUnit: TimeUnit;
  /** Path of a field → its tag; without any, every field is taken by its path. */
  readonly fields?:
    | Readonly<Record<string, { tag?: string | undefined; type?: ValueType | undefined; unit: string }>>
    | undefined;
  readonly type?: ValueType | undefined;
  readonly unit: string;
}

export interface Taken {
  readonly readings: Reading[];
  readonly rejections: Rejection[];
}

/** The mapping of one topic pattern, ready for its messages. */
export class JsonPayload {
  readonly pattern: TopicPattern;
  readonly #mapping: TopicMapping;

  constructor(mapping: TopicMapping) {
    this.#mapping = mapping;
    this.pattern = new TopicPattern(mapping.topic);
  }

  /** What `take` is to be given one after the other. */
  piecesOf(text: string): Iterable<ListPiece> {
    return this.#mapping.payload === 'json' ? listPieces(text) : [{ text, before: 0 }];
  }

  /** Undefined: the topic is none of this pattern. `before`: entries of the list in the pieces before. Never throws. */
  take(topic: string, text: string, arrivedAt: number, before = 0): Taken | undefined {
    const names = this.pattern.match(topic);
    if (names === undefined) return undefined;
    const taken: Taken = { readings: [], rejections: [] };
    const source = fillTemplate(this.#mapping.source, names);
    const tag = fillTemplate(this.#mapping.tag, names);
    const message = { topic, source, tag, text, arrivedAt };
    if (this.#mapping.payload === 'value') this.#takeValue(taken, message);
    else this.#takeJson(taken, message, before);
    return taken;
  }

  #takeValue(taken: Taken, message: Message): void {
    const { type, unit } = this.#mapping;
    const { topic, source, tag, text, arrivedAt } = message;
    const value = jsonValue(bareValue(text.trim(), type), type);
    if (typeof value === 'string') taken.rejections.push({ where: topic, reason: value });
    else taken.readings.push({ source, name: tag, unit, sourceTime: arrivedAt, ...value });
  }

  #takeJson(taken: Taken, message: Message, before: number): void {
    const { topic, text } = message;
    let json: Json;
    try {
      json = parseJson(text);
    } catch (error) {
      taken.rejections.push({
        where: topic,
        reason: `not readable as JSON: ${(error as Error).message.slice(0, 160)}`,
      });
      return;
    }
    const entries = Array.isArray(json) ? json : [json];
    for (const [place, entry] of entries.entries()) {
      const where = Array.isArray(json) ? `${topic} [${before + place}]` : topic;
      if (isObject(entry)) this.#takeEntry(taken, entry, { ...message, topic: where });
      else taken.rejections.push({ where, reason: 'expected an object of fields' });
    }
  }

  #takeEntry(taken: Taken, entry: { readonly [key: string]: Json }, { topic, source, tag, arrivedAt }: Message): void {
    const { time, timeUnit, fields } = this.#mapping;
    const sourceTime = time === undefined ? arrivedAt : timeOf(at(entry, time), timeUnit);
    if (sourceTime === undefined) {
      taken.rejections.push({
        where: topic,
        reason: `the time in "${time}" is missing or not readable as ${timeUnit}`,
      });
      return;
    }
    const found =
      fields === undefined ? leaves(entry).filter(([path]) => path !== time) : chosen(entry, Object.keys(fields));
    for (const [path, json] of found) {
      const field = fields?.[path];
      const value = jsonValue(json, field?.type);
      if (typeof value === 'string') {
        taken.rejections.push({ where: `${topic} ${path}`, reason: value });
        continue;
      }
      const own = field?.tag ?? path;
      const name = tag === '' ? own : `${tag}.${own}`;
      taken.readings.push({ source, name, unit: field?.unit ?? '', sourceTime, ...value });
    }
  }
}

interface Message {
  readonly topic: string;
  readonly source: string;
  readonly tag: string;
  readonly text: string;
  readonly arrivedAt: number;
}

/** A number, true, false or null as JSON has them; whatever else is a text. */
function bareValue(text: string, type: ValueType | undefined): Json {
  if (type === 'string') return text;
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}

/** Every single value with its path, dots between the steps. Lists stay whole, to be named as what they are. */
export function leaves(entry: { readonly [key: string]: Json }, before = ''): [string, Json][] {
  return Object.entries(entry).flatMap(([key, json]): [string, Json][] =>
    isObject(json) ? leaves(json, `${before}${key}.`) : [[`${before}${key}`, json]],
  );
}

function chosen(entry: Json, paths: readonly string[]): [string, Json][] {
  return paths.flatMap((path): [string, Json][] => {
    const json = at(entry, path);
    return json === undefined ? [] : [[path, json]];
  });
}

function at(entry: Json, path: string): Json | undefined {
  let here: Json | undefined = entry;
  for (const step of path.split('.')) here = isObject(here) && Object.hasOwn(here, step) ? here[step] : undefined;
  return here;
}

const unitsPerMs = { us: 1_000, ns: 1_000_000 } as const;

/** UTC epoch ms, whole; undefined where it is no time. */
export function timeOf(json: Json | undefined, unit: TimeUnit): number | undefined {
  if (json === undefined || json === null || typeof json === 'object' || typeof json === 'boolean') return undefined;
  if (unit === 'iso') {
    const zoned = typeof json === 'string' && /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:?\d\d)$/.test(json);
    const time = zoned ? Date.parse(json) : Number.NaN;
    return Number.isNaN(time) ? undefined : time;
  }
  const time = millisecondOf(json, unit);
  return json === '' || !Number.isSafeInteger(time) ? undefined : time;
}

/** The one it lies in. */
function millisecondOf(json: number | bigint | string, unit: Exclude<TimeUnit, 'iso'>): number {
  const time = Number(json);
  if (unit === 'ms') return Math.floor(time);
  // A decimal of seconds is mostly a hair beside what was meant.
  if (unit === 's') return Math.floor(Math.round(time * 1e6) / 1e3);
  // Nanoseconds of today have more digits than a number holds: every third time would be a millisecond too early.
  const isWhole = /^\d{1,20}$/.test(String(json));
  return isWhole ? Number(BigInt(json) / BigInt(unitsPerMs[unit])) : Math.floor(time / unitsPerMs[unit]);
}
