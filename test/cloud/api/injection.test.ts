import { expect } from 'chai';
import type { Route } from '#cloud/api/route';
import { expectNoInside } from '../../kit/problem.ts';
import { type Stores, storeKinds } from '../../kit/servers/stores.ts';
import { declaredRoutes, nameOf } from '../access/route-list.ts';
import { ServiceFixture, userNames } from '../access/service-fixture.ts';
import { altered, type Place, placeName, placesOf, type Request, rightRequests, untold } from './injection-requests.ts';

/** What takes a question apart in Flux, SQL, a query of MongoDB, a template or a path. */
const payloads = [
  '") |> drop() //',
  'r._value) or true',
  'from(bucket:"x") |> range(start: 0)',
  "'; DROP TABLE samples; --",
  '1 OR 1=1',
  "1); ATTACH 'x' AS y; --",
  "1' UNION ALL SELECT 1",
  '../../x',
  'a\u0000b',
  '$where',
  '{"$ne":null}',
  `${'$'}{7*7}`,
  'a'.repeat(10_000),
];
/** As a value of JSON it is no text at all. */
const operator = { $ne: null };

/** Free text by their schemas: taken, kept to the letter, and shown again. */
const freeTexts = new Set([
  'POST /api/v1/assets body.name.zh',
  'POST /api/v1/assets body.name.en',
  // What a machine is read by: names a gateway gives, known or not yet.
  'POST /api/v1/assets body.signals.*.gateway',
  'POST /api/v1/assets body.signals.*.source',
  'POST /api/v1/assets body.signals.*.tag',
  'POST /api/v1/calendars body.shifts.*.name.zh',
  'POST /api/v1/calendars body.shifts.*.name.en',
  'POST /api/v1/calendars body.changes.*.shifts.*.name.zh',
  'POST /api/v1/calendars body.changes.*.shifts.*.name.en',
  'POST /api/v1/commands body.reason',
  'POST /api/v1/gateways/{id}/configurations body.note',
  'POST /api/v1/portal/items body.title.zh',
  'POST /api/v1/portal/items body.title.en',
  'POST /api/v1/portal/items body.text.zh',
  'POST /api/v1/portal/items body.text.en',
  'PUT /api/v1/portal/plugins/{id}/settings body.value.currency',
  'POST /api/v1/tenants body.name.zh',
  'POST /api/v1/tenants body.name.en',
]);

/** Compared with what is there, and nothing is called so. */
const filters = new Set([
  'GET /api/v1/audit query.actor',
  'GET /api/v1/alarms query.gateway',
  'GET /api/v1/commands query.gateway',
  'GET /api/v1/audit query.action',
  'GET /api/v1/audit query.object',
  'GET /api/v1/tags query.gateway',
  'GET /api/v1/plugins/energy/by-window query.line',
  'GET /api/v1/plugins/energy/current query.line',
  'GET /api/v1/plugins/energy/meters query.line',
]);

/** Secrets, and what is not looked at before something else is right: refused like every other wrong one. */
const otherwise: readonly (readonly [RegExp, readonly number[]])[] = [
  [/^POST \/api\/v1\/(sessions|decommissions) body|refresh body|^POST \/write query\.p$|path\.token$/, [401, 429]],
  [/^POST \/api\/v1\/(sessions\/current\/password|account\/second-factor) body/, [429]],
  [/second-factor\/\S+ body\.code$/, [409]],
  [/^POST \/api\/v1\/enrolments body\.code$/, [403, 429]],
  [/^POST \/api\/v1\/oidc\/sessions body/, [404]],
  // Kept and compared, whatever it is, and never shown.
  [/^POST \/api\/v1\/commands body\.key$/, [201]],
  // Asked with an old revision: nothing is replaced.
  [/^PUT \/api\/v1\/calendars\/\{id\} body\.\S*name/, [409]],
];

/** Questions and writes that reach the history. */
const ofHistory =
  /\/(samples|series|statistics|latest|exports|gaps|kpis|states|losses|windows|write|telemetry|attributes)\b/;

interface Census {
  readonly tags: string;
  readonly samples: string;
  readonly users: readonly string[];
  readonly assets: readonly string[];
}

interface Told {
  readonly status: number;
  readonly text: string;
}

for (const { name: kind, open } of storeKinds) {
  describe(`Flux and SQL in every parameter of every route, over ${kind}`, function () {
    this.timeout(300_000);
    let stores: Stores;
    let service: ServiceFixture;
    let routes: Route[];
    let token: string;
    let first: Census;
    let turn = 1;
    const taking = new Set<string>();

    before(async function () {
      stores = await open(this);
      service = new ServiceFixture(undefined, '', stores.env);
      await service.start();
      token = await service.tokenOf(userNames.administrator);
      routes = (await declaredRoutes()).filter(({ path }) => path !== '/api/v1/sessions/current');
      const row = 'injected value=1 1767225600000';
      expect((await send('post', '/api/v2/write?org=o&bucket=b&precision=ms', row)).status).to.equal(204);
      first = await census();
    });
    after(async () => {
      await service?.stop();
      await stores?.stop();
    });

    async function send(method: string, address: string, body: unknown, signedIn = true): Promise<Told> {
      const response = await fetch(service.url + address, {
        method: method.toUpperCase(),
        headers: {
          ...(signedIn ? { authorization: `Bearer ${token}` } : {}),
          ...(body === undefined
            ? {}
            : { 'content-type': typeof body === 'string' ? 'text/plain' : 'application/json' }),
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      return { status: response.status, text: await response.text() };
    }

    async function census(): Promise<Census> {
      const list = async (address: string) =>
        (JSON.parse((await send('get', address, undefined)).text) as { items: Record<string, unknown>[] }).items;
      const tags = await list('/api/v1/tags');
      const range = 'from=2025-01-01T00:00:00Z&to=2028-01-01T00:00:00Z';
      const samples = await Promise.all(tags.map(({ id }) => list(`/api/v1/tags/${id}/samples?${range}`)));
      const names = (items: Record<string, unknown>[]) => items.map(({ id, name }) => String(id ?? name));
      return {
        tags: JSON.stringify(tags),
        samples: JSON.stringify(samples),
        users: names(await list('/api/v1/users')),
        assets: names(await list('/api/v1/assets')),
      };
    }

    /** What of an answer is not as it must be; undefined where all is well. */
    function fault(route: Route, place: Place, payload: unknown, { status, text }: Told): string | undefined {
      const where = `${nameOf(route)} ${placeName(place)}`;
      expectNoInside(text.replaceAll('SELECT 1', ''));
      if (status === 400) return refusedElsewhere(place, text);
      if (status === 404 && /^path\.|\b(asset|gateway|line|tags?|scope|parent)\b/.test(placeName(place)))
        return undefined;
      if (status === 422 && !ofHistory.test(route.path)) return undefined;
      if (otherwise.some(([places, statuses]) => places.test(where) && statuses.includes(status))) return undefined;
      if (status === 200 && filters.has(where)) {
        const { items } = JSON.parse(text) as { items: { object?: unknown }[] };
        return items.every(({ object }) => object === payload) ? undefined : `found ${text}`;
      }
      return `${status} ${text}`;
    }

    /** A refusal names the place that was attacked, and no other. */
    function refusedElsewhere({ part, keys }: Place, text: string): string | undefined {
      const told = JSON.parse(text);
      const { code, places } = (told.problem ?? told) as { code: string; places: { where: string }[] };
      if (code !== 'request-invalid') return undefined;
      const attacked = [part, ...keys].join('.');
      // Of a plugin's settings the place is named within them.
      const named = [attacked, attacked.replace(/^body\.value/, 'settings')];
      const isIt = ({ where }: { where: string }) =>
        named.some((one) => where.startsWith(one) || one.startsWith(where));
      return places.every(isIt) ? undefined : `refused for another place: ${text}`;
    }

    async function attack(route: Route, which: number, place: Place, payload: unknown): Promise<Told> {
      turn += 1;
      const request = altered(route, rightRequests(route, turn)[which] as Request, place, payload);
      if (!('foreign' in route)) return send(route.method, request.address, request.body);
      const isToken = ['token', 'p'].includes(String(place.keys[0]));
      return send(route.method, request.address, 'injected value=2 1767225601000', !isToken);
    }

    /** All payloads at one place. */
    async function attackAll(route: Route, which: number, place: Place): Promise<string[]> {
      const where = `${nameOf(route)} ${placeName(place)}`;
      const tried: { payload: unknown; told: Told }[] = [];
      const attackWith = async (payload: unknown) =>
        void tried.push({ payload, told: await attack(route, which, place, payload) });
      const all = place.part === 'body' ? [...payloads, operator] : payloads;
      // What replaces one and the same thing is looked at before the next one does.
      if (route.method === 'put') for (const payload of all) await attackWith(payload);
      else await Promise.all(all.map(attackWith));
      const isTaken = ({ payload, told }: (typeof tried)[number]) =>
        freeTexts.has(where) && typeof payload === 'string' && [200, 201].includes(told.status);
      const taken = tried.filter(isTaken);
      if (taken.length > 0) taking.add(where);
      const shown = taken.length === 0 ? '' : (await send('get', route.path, undefined)).text;
      return [
        ...taken.flatMap(({ payload, told }) =>
          (told.text + shown).includes(JSON.stringify(payload)) ? [] : [`${where}: changed ${payload}`],
        ),
        ...tried.flatMap((one) => {
          const wrong = isTaken(one) ? undefined : fault(route, place, one.payload, one.told);
          return wrong === undefined
            ? []
            : [`${where} with ${JSON.stringify(one.payload).slice(0, 40)}: ${wrong.slice(0, 300)}`];
        }),
      ];
    }

    it('answers the questions of the history as long as nothing is put into them', async () => {
      const asked = routes.filter(
        ({ method, path }) => method === 'get' && ofHistory.test(path) && !path.includes('plugins'),
      );
      expect(asked.length).to.be.greaterThan(8);
      for (const route of asked) {
        const { status, text } = await send('get', (rightRequests(route, 0)[0] as Request).address, undefined);
        expect(status, `${nameOf(route)}: ${text}`).to.equal(200);
      }
    });

    it('refuses them, or keeps them as the text they are, and nothing else happens', async () => {
      const faults: string[] = [];
      let places = 0;
      for (const route of routes.filter(({ path }) => kind === 'embedded stores' || ofHistory.test(path))) {
        const requests = rightRequests(route, 0);
        faults.push(...untold(route, requests).map((path) => `${nameOf(route)} body.${path}: no request tells it`));
        for (const [which, request] of requests.entries()) {
          for (const place of placesOf(route, request)) {
            places += 1;
            faults.push(...(await attackAll(route, which, place)));
          }
        }
      }
      expect(faults, faults.join('\n')).to.deep.equal([]);
      expect(places).to.be.greaterThan(40);
      if (kind === 'embedded stores') expect([...taking]).to.have.members([...freeTexts]);
      const last = await census();
      expect(last.samples).to.equal(first.samples);
      expect(last.tags).to.equal(first.tags);
      expect(last.users).to.include.members([...first.users]);
      expect(last.assets).to.include.members([...first.assets]);
    });
  });
}
