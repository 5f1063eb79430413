import { z } from 'zod';
import type { Route } from '#cloud/api/route';
import { foreign } from '../access/foreign-requests.ts';
import { nameOf } from '../access/route-list.ts';

/** A request of a route that is right but for what a test puts into it. */
export interface Request {
  readonly address: string;
  readonly body?: unknown;
}

/** One scalar of a request that an attacker may choose. */
export interface Place {
  readonly part: 'path' | 'query' | 'body';
  readonly keys: readonly (string | number)[];
}

const name = { zh: '名', en: 'Name' };
const shift = {
  id: 'night',
  name,
  start: '22:00',
  end: '06:00',
  days: [1],
  breaks: [{ start: '23:00', end: '23:10' }],
};
const calendar = {
  timeZone: 'UTC',
  shifts: [shift],
  holidays: ['2026-10-01'],
  extraDays: [{ date: '2026-10-04', like: 1 }],
  changes: [{ from: '2026-11-01', shifts: [shift] }],
};
const signal = { role: 'state', gateway: 'line-1', source: 'plc', tag: 'speed', rolloverAt: null };
const asset = {
  parent: 'site',
  level: 'work-unit',
  name,
  calendar: 'day',
  stateMapping: 'simple',
  plannedCycleMs: 1_000,
  targetOee: 0.5,
  signals: [signal],
};

/** Bodies in which everything their schemas know is said. `turn`: no two requests make the same thing. */
const bodies: Readonly<Record<string, (turn: number) => readonly unknown[]>> = {
  'POST /api/v1/sessions': () => [{ user: 'nobody-here', password: 'not it', code: '000000' }],
  'POST /api/v1/sessions/refresh': () => [{ refreshToken: 'A'.repeat(43) }],
  'POST /api/v1/enrolments': () => [
    { code: 'AAAA-BBBB', gatewayName: 'line-9', publicKey: { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) } },
  ],
  'POST /api/v1/decommissions': () => [{ token: 'x.y.z', lost: { samples: 1, fromTime: 0, toTime: 1 } }],
  'POST /api/v1/oidc/sessions': () => [{ proof: 'x', parameters: { code: 'x', state: 'y' } }],
  'POST /api/v1/api-keys': (turn) => [
    { name: `key-${turn}`, permissions: ['assets:read'], scope: ['site.line-1'], expiresAt: '2026-12-31T00:00:00Z' },
  ],
  'POST /api/v1/assets': (turn) => [{ ...asset, id: `unit-${turn}` }],
  'PATCH /api/v1/assets/{id}': () => [
    {
      name,
      order: 1,
      calendar: 'day',
      stateMapping: 'simple',
      kpiFrom: ['site.line-9'],
      signals: [signal],
      plannedCycleMs: 1_000,
      targetOee: 0.5,
      validFrom: '2026-12-01T00:00:00Z',
      changesPast: true,
    },
  ],
  'POST /api/v1/calendars': (turn) => [{ id: `calendar-${turn}`, ...calendar }],
  'PUT /api/v1/calendars/{id}': () => [{ ...calendar, revision: 1_000, changesPast: true }],
  'POST /api/v1/commands': (turn) => [{ tag: '1', value: 7, reason: 'test', expiresInMs: 30_000, key: `key-${turn}` }],
  'POST /api/v1/gateways/{id}/configurations': () => [{ text: 'sources: []', note: 'test' }],
  'POST /api/v1/exports': () => [
    { tags: ['1'], from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z', format: 'csv', timeZone: 'UTC' },
  ],
  'POST /api/v1/latest': () => [{ tags: ['1'], form: 'columns' }],
  'POST /api/v1/portal/items': () => [
    { kind: 'notice', title: name, text: name, until: '2027-01-01T00:00:00Z' },
    { kind: 'service', title: name, text: name, category: 'policy', link: 'https://example.com/' },
  ],
  'PUT /api/v1/portal/plugins/{id}/settings': () => [
    { value: { meters: [{ line: 'site.line-1', tag: '1', unit: '', rolloverAt: null }], currency: 'CNY' } },
  ],
  'POST /api/v1/tenants': (turn) => [{ id: `tenant-${turn}`, name, administrator: `tenant-${turn}` }],
  'POST /api/v1/users': (turn) => [{ name: `user-${turn}`, role: 'viewer', scope: ['site.line-1'] }],
  'PATCH /api/v1/users/{name}': () => [{ role: 'viewer', scope: ['site.line-1'], disabled: false }],
  'POST /api/v1/plugins/energy/exchanges': () => [
    { tag: '1', at: '2026-01-01T00:00:00Z', oldReading: 1, newReading: 0 },
  ],
};

/** What a parameter of a question is where the table of access does not say it. */
const values: Readonly<Record<string, string>> = {
  asset: 'site.line-1',
  tag: '1',
  at: '2026-01-01T00:00:00Z',
};

/** Every request of a route that is right, whole. The path is that of something that is there wherever that is harmless. */
export function rightRequests(route: Route, turn: number): Request[] {
  const called = nameOf(route);
  const known = foreign[called];
  const question = Object.keys(shapeOf(route.query)).flatMap((key) => (key in values ? [`${key}=${values[key]}`] : []));
  const address = known?.address ?? `${route.path}${question.length > 0 ? `?${question.join('&')}` : ''}`;
  if (route.body === undefined) return [{ address }];
  return (bodies[called]?.(turn) ?? [known?.body]).map((body) => ({ address, body }));
}

/** Every scalar a request of the route may hold, by its schemas. */
export function placesOf(route: Route, request: Request): Place[] {
  const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, key = '']): Place => ({ part: 'path', keys: [key] }));
  const inQuery = Object.keys(shapeOf(route.query)).map((key): Place => ({ part: 'query', keys: [key] }));
  return [...inPath, ...inQuery, ...leaves(request.body).map((keys): Place => ({ part: 'body', keys }))];
}

/** Paths of the text a body may hold by its schema and none of the requests does, as `shifts.*.name.zh`. */
export function untold(route: Route, requests: readonly Request[]): string[] {
  if (route.body === undefined) return [];
  const schema = z.toJSONSchema(route.body, { io: 'input', unrepresentable: 'any' });
  const told = new Set(requests.flatMap(({ body }) => leaves(body).map(wild)));
  return textPaths(schema as JsonSchema).filter((path) => !told.has(path));
}

/** The request with another value at the place. */
export function altered(route: Route, request: Request, place: Place, value: unknown): Request {
  const [path = '', query = ''] = request.address.split('?');
  const key = String(place.keys[0]);
  if (place.part === 'body') return { ...request, body: replaced(request.body, place.keys, value) };
  if (place.part === 'query') {
    const asked = new URLSearchParams(query);
    asked.set(key, String(value));
    return { ...request, address: `${path}?${asked}` };
  }
  const segments = route.path.split('/');
  const at = segments.indexOf(`{${key}}`);
  const parts = path.split('/').with(at, encodeURIComponent(String(value)));
  return { ...request, address: parts.join('/') + (query === '' ? '' : `?${query}`) };
}

/** `query.tags`, `body.shifts.*.name.zh` */
export function placeName({ part, keys }: Place): string {
  return `${part}.${wild(keys)}`;
}

function wild(keys: readonly (string | number)[]): string {
  return keys.map((key) => (typeof key === 'number' ? '*' : key)).join('.');
}

function shapeOf(query: unknown): Record<string, unknown> {
  if (query === undefined) return {};
  const schema = z.toJSONSchema(query as z.ZodType, { io: 'input', unrepresentable: 'any' });
  return schema.properties ?? {};
}

function leaves(value: unknown): (string | number)[][] {
  if (value === undefined) return [];
  if (value === null || typeof value !== 'object') return [[]];
  const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([key, inner]) => leaves(inner).map((path) => [key, ...path]));
}

function replaced(within: unknown, [key, ...rest]: readonly (string | number)[], value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(within)) return within.with(key as number, replaced(within[key as number], rest, value));
  const object = within as Record<string, unknown>;
  return { ...object, [key]: replaced(object[key], rest, value) };
}

interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

function textPaths(schema: JsonSchema): string[] {
  const within = [
    ...Object.entries(schema.properties ?? {}).flatMap(([key, one]) => textPaths(one).map((path) => joined(key, path))),
    ...(schema.items === undefined ? [] : textPaths(schema.items).map((path) => joined('*', path))),
    ...[...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap(textPaths),
  ];
  return schema.type === 'string' ? [...within, ''] : [...new Set(within)];
}

function joined(key: string, path: string): string {
  return path === '' ? key : `${key}.${path}`;
}
