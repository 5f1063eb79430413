import { leaves, type Taken, timeOf } from './json-payload.ts';
import { isObject, type Json, parseJson } from './json-text.ts';
import { jsonValue } from './json-value.ts';

/** Topics of ThingsBoard's device and gateway interfaces that carry data to the platform. */
export const thingsBoardTopics = [
  'v1/devices/me/telemetry',
  'v1/devices/me/attributes',
  'v1/gateway/telemetry',
  'v1/gateway/attributes',
] as const;

/** Where a device or gateway asks the platform something. */
export const thingsBoardQuestions = 'v1/devices/me/rpc/request/+';

/**
 * The answer to what a client asks before it sends anything: how much it may send. thingsboard-gateway waits for it without
 * end; an empty object is no limit. Nothing else is answered. Never throws.
 */
export function answerThingsBoard(topic: string, text: string): { topic: string; text: string } | undefined {
  const id = /^v1\/devices\/me\/rpc\/request\/(\d{1,10})$/.exec(topic)?.[1];
  if (id === undefined || methodOf(text) !== 'getSessionLimits') return undefined;
  return { topic: `v1/devices/me/rpc/response/${id}`, text: '{"rateLimits":{},"gatewayRateLimits":{}}' };
}

function methodOf(text: string): Json | undefined {
  try {
    const asked = parseJson(text);
    return isObject(asked) ? asked.method : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Messages as devices and gateways of ThingsBoard send them. A device does not say who it is in the topic: its source is
 * the one given. Attributes are kept as tags `attributes.<name>`, at the time they arrived. Never throws.
 */
export function takeThingsBoard(topic: string, text: string, options: { source: string; arrivedAt: number }): Taken {
  const taken: Taken = { readings: [], rejections: [] };
  let json: Json;
  try {
    json = parseJson(text);
  } catch (error) {
    taken.rejections.push({ where: topic, reason: `not readable as JSON: ${(error as Error).message.slice(0, 160)}` });
    return taken;
  }
  const before = topic.endsWith('/attributes') ? 'attributes.' : '';
  const { arrivedAt } = options;
  if (!topic.startsWith('v1/gateway/')) {
    takeEntries(taken, json, { where: topic, source: options.source, before, arrivedAt });
    return taken;
  }
  if (!isObject(json)) {
    taken.rejections.push({ where: topic, reason: 'expected an object with one key a device' });
    return taken;
  }
  for (const [device, entries] of Object.entries(json)) {
    takeEntries(taken, entries, { where: `${topic} ${device}`, source: device, before, arrivedAt });
  }
  return taken;
}

interface Place {
  readonly where: string;
  readonly source: string;
  readonly before: string;
  readonly arrivedAt: number;
}

/** `{k: v}`, `{ts, values: {k: v}}`, or a list of either. */
function takeEntries(taken: Taken, json: Json, place: Place): void {
  if (Array.isArray(json)) {
    for (const [index, entry] of (json as readonly Json[]).entries()) {
      if (Array.isArray(entry)) taken.rejections.push({ where: place.where, reason: `[${index}] is a list` });
      else takeEntries(taken, entry, { ...place, where: `${place.where} [${index}]` });
    }
    return;
  }
  if (!isObject(json)) {
    taken.rejections.push({ where: place.where, reason: 'expected an object of values' });
    return;
  }
  const timed = Object.hasOwn(json, 'ts') && isObject(json.values);
  const sourceTime = timed ? timeOf(json.ts, 'ms') : place.arrivedAt;
  if (sourceTime === undefined) {
    taken.rejections.push({ where: `${place.where} ts`, reason: 'ts is not a time in milliseconds' });
    return;
  }
  const { source, before } = place;
  for (const [name, value] of leaves(timed ? (json.values as { [key: string]: Json }) : json)) {
    const read = jsonValue(value);
    if (typeof read === 'string') taken.rejections.push({ where: `${place.where} ${name}`, reason: read });
    else taken.readings.push({ source, name: before + name, unit: '', sourceTime, ...read });
  }
}
