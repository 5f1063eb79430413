import { expect } from 'chai';
import { io, type Socket } from 'socket.io-client';
import type { Permission } from '#cloud/access/principal';
import { permissionsOf, roles } from '#cloud/access/roles';
import type { Route } from '#cloud/api/route';
import { liveEvents } from '#cloud/live/live-events';
import { addUser } from './access-fixture.ts';
import { fillMatrixPlant, idsOf, type Mark, MarkedGateway, marks, scopeTried } from './matrix-plant.ts';
import { declaredRoutes, nameOf } from './route-list.ts';
import { password, ServiceFixture } from './service-fixture.ts';

interface Asker {
  readonly name: string;
  readonly tenantId: string;
  readonly role: string;
  readonly scope: string[] | null;
  readonly may: ReadonlySet<Permission>;
  /** What may be in an answer to this one. */
  readonly seen: readonly Mark[];
  token: string;
}

const wholeHome: readonly Mark[] = ['mark-in', 'mark-out', 'mark-above', 'mark-none', 'mark-wide'];
const inScope: readonly Mark[] = ['mark-in', 'mark-wide'];

/** Every role, and one nobody defined, with the whole tenant and with a part of it, and every role of another tenant. */
const askers: Asker[] = [...Object.keys(roles), 'nobody-defined'].flatMap((role) => [
  asker('home', role, null, wholeHome),
  asker('part', role, scopeTried, inScope),
  asker('far', role, null, ['mark-far']),
]);

function asker(where: 'home' | 'part' | 'far', role: string, scope: string[] | null, seen: readonly Mark[]): Asker {
  const tenantId = where === 'far' ? 'elsewhere' : 'default';
  return { name: `${where}.${role}`, tenantId, role, scope, seen, may: permissionsOf(role, scope), token: '' };
}

/** Those whose session the request ends: asked last, each with a session of its own. */
const endsSession = ['DELETE /api/v1/sessions/current', 'DELETE /api/v1/sessions'];

/** A request that gets past the door and then fails: an id nobody has, a key no body knows. */
function harmless(route: Route): { address: string; body?: unknown } {
  const address = route.path.replace(/\{\w+\}/g, 'no-such');
  return route.body === undefined ? { address } : { address, body: { 'no-such-key': true } };
}

/** Every question a GET route could be asked about the ids of the plant. An id of an unknown kind fails the test. */
function questions(route: Route): string[] {
  const inPath = [...route.path.matchAll(/\/(\w[\w-]*)\/\{\w+\}/g)].map(([, kind]) => kind ?? '');
  const paths = inPath.reduce(
    (found, kind, place) => {
      // What stands below an id of a known kind may be of a kind nobody has to know.
      const ids = place === 0 ? known(kind, route) : (idsOf[kind] ?? ['no-such']);
      return found.flatMap((path) => ids.map((id) => path.replace(/\{\w+\}/, encodeURIComponent(id))));
    },
    [route.path],
  );
  const shape = (route.query as { shape?: Record<string, unknown> } | undefined)?.shape ?? {};
  const aboutIds = Object.keys(shape).filter((key) => idsOf[key] !== undefined);
  return paths.flatMap((path) => [
    path,
    ...aboutIds.flatMap((key) => known(key, route).map((id) => `${path}?${key}=${encodeURIComponent(id)}`)),
  ]);
}

function known(kind: string, route: Route): readonly string[] {
  const ids = idsOf[kind];
  if (ids === undefined) throw new Error(`${nameOf(route)}: teach matrix-plant.ts which ids stand behind ${kind}`);
  return ids;
}

/** Ids of tags and assets that must not come over a socket. */
function hiddenIds({ tenantId, scope }: Asker): string[] {
  if (tenantId !== 'default') return ['11', '12', '13', 'hall', 'hall.i', 'hall.o'];
  return scope === null ? ['14', 'abroad'] : ['12', '13', '14', 'hall', 'hall.o', 'abroad'];
}

/** What the audit calls it. */
function actionOf(route: Route): string {
  return (route.permission === 'public' ? undefined : route.action) ?? `${route.method} ${route.path}`;
}

function marksIn(text: string): Mark[] {
  return marks.filter((mark) => text.includes(mark));
}

describe('every route, role, tenant, scope and live event (made from the code)', function () {
  this.timeout(120_000);
  const gateway = new MarkedGateway();
  const sockets: Socket[] = [];
  let guarded: Route[];
  const service = new ServiceFixture(async (records) => {
    await fillMatrixPlant(records);
    for (const { name, tenantId, role, scope } of askers)
      await addUser(records, { name, tenantId, role, scope, password });
  });

  before(async () => {
    await service.start();
    guarded = (await declaredRoutes()).filter(({ permission }) => permission !== 'public');
    for (const one of askers) one.token = await service.tokenOf(one.name);
    await gateway.connect(service.url);
    await gateway.deliver(1, Date.now() - 5_000);
    gateway.beat();
  });
  after(async () => {
    gateway.disconnect();
    for (const socket of sockets) socket.disconnect();
    await service.stop();
  });

  it('opens a route to exactly those who have its permission', async () => {
    expect(guarded.length).to.be.greaterThan(40);
    for (const route of guarded) {
      const { address, body } = harmless(route);
      const ask = async (one: Asker) => {
        const token = endsSession.includes(nameOf(route)) ? await service.tokenOf(one.name) : one.token;
        const answer = await service.ask(route.method, address, { token, body });
        // A program of another server is told in its own form, with ours in it.
        const { code } = (answer.body.problem ?? answer.body) as { code?: unknown };
        const isRefused = answer.status === 403 && code === 'not-permitted';
        const what = `${nameOf(route)} for ${one.name}: ${answer.status} ${code}`;
        expect(isRefused, what).to.equal(!one.may.has(route.permission as Permission));
        expect(answer.status, what).to.not.be.oneOf([401, 500]);
        if (nameOf(route) === 'DELETE /api/v1/sessions') one.token = token;
      };
      await Promise.all(askers.map(ask));
    }
  });

  it('tells the audit every request that was refused for lack of a permission', async () => {
    const { token } = askers.find(({ name }) => name === 'home.platform-admin') ?? {};
    for (const one of askers.filter(({ name }) => ['home.viewer', 'part.plant-manager'].includes(name))) {
      const { body } = await service.ask('get', `/api/v1/audit?actor=${one.name}&outcome=refused&limit=1000`, {
        token,
      });
      const told = (body.items as { action: string; detail: string }[])
        .filter(({ detail }) => detail.startsWith('not-permitted '))
        .map(({ action }) => action);
      const refused = guarded.filter((route) => !one.may.has(route.permission as Permission)).map(actionOf);
      expect(refused.length).to.be.greaterThan(10);
      // Two routes of a plugin may have one name; the same denial is told once a minute.
      expect(new Set(told), one.name).to.deep.equal(new Set(refused));
    }
  });

  it('says nothing of another tenant, and nothing outside of a scope, whatever it is asked', async () => {
    const told = new Map<string, Set<Mark>>();
    const silent: string[] = [];
    for (const route of guarded.filter(({ method }) => method === 'get')) {
      const everyQuestion = questions(route);
      let answered = false;
      for (const one of askers.filter(({ may }) => may.has(route.permission as Permission))) {
        for (const address of everyQuestion) {
          const { status, body } = await service.ask('get', address, { token: one.token });
          expect(status, `${address} for ${one.name}`).to.be.below(500);
          answered ||= status === 200;
          const found = marksIn(JSON.stringify(body));
          const leaked = found.filter((mark) => !one.seen.includes(mark));
          expect(leaked, `${address} told ${one.name} ${JSON.stringify(body)}`).to.deep.equal([]);
          for (const mark of found) told.set(one.name, (told.get(one.name) ?? new Set()).add(mark));
        }
      }
      if (!answered) silent.push(nameOf(route));
    }
    expect(silent, 'a route that never answers is not tested: teach matrix-plant.ts what it is asked').to.deep.equal(
      [],
    );
    // What is not forbidden was really there to be seen.
    expect([...(told.get('home.platform-admin') ?? [])]).to.have.members([...wholeHome]);
    expect([...(told.get('part.plant-manager') ?? [])]).to.have.members([...inScope]);
    expect([...(told.get('far.tenant-admin') ?? [])]).to.deep.equal(['mark-far']);
  });

  it('answers for an id outside of the scope as for one of another tenant', async () => {
    const ids = { tags: ['12', '13', '14'], assets: ['hall', 'hall.o', 'abroad'] };
    const part = askers.find(({ name }) => name === 'part.plant-manager');
    for (const route of guarded.filter(({ method, path }) => method === 'get' && /(tags|assets)\/\{/.test(path))) {
      const kind = route.path.includes('/tags/') ? 'tags' : 'assets';
      const codes = await Promise.all(
        ids[kind].map(async (id) => {
          const { body } = await service.ask('get', route.path.replace(/\{\w+\}/, id), { token: part?.token });
          return [body.status, body.code, String(body.detail).replaceAll(id, 'ID')].join(' ');
        }),
      );
      expect(new Set(codes).size, `${nameOf(route)}: ${codes.join(', ')}`).to.equal(1);
      expect(codes[0]).to.match(/^404 /);
    }
  });

  it('tells each socket what its permissions and its scope allow, and nothing else', async () => {
    const out = liveEvents.filter(({ direction }) => direction === 'out').map(({ event }) => event);
    expect(out).to.include.members(['samples', 'kpis', 'gateways', 'alarms']);
    const heard = new Map<string, Map<string, string>>();
    const wanted = { tags: ['11', '12', '13'], assets: ['hall', 'hall.i', 'hall.o'] };
    for (const one of askers) {
      const events = new Map<string, string>();
      heard.set(one.name, events);
      const socket = io(`${service.url}/live`, {
        transports: ['websocket'],
        auth: { token: one.token },
        reconnection: false,
        forceNew: true,
      });
      sockets.push(socket);
      socket.onAny((event: string, items: unknown) =>
        events.set(event, (events.get(event) ?? '') + JSON.stringify(items)),
      );
      await new Promise<void>((resolve, reject) => {
        socket.once('connect', resolve);
        socket.once('connect_error', reject);
      });
      // One by one: a request with one that is not seen is refused as a whole.
      for (const tag of [...wanted.tags, '14']) {
        const answer = (await socket.emitWithAck('subscribe', { tags: [tag] })) as { ok: boolean };
        const sees = one.tenantId === 'default' ? (one.scope === null ? tag !== '14' : tag === '11') : tag === '14';
        expect(answer.ok, `${one.name} tag ${tag}`).to.equal(
          one.may.has('live:follow') && one.may.has('samples:read') && sees,
        );
        expect(marksIn(JSON.stringify(answer)).filter((mark) => !one.seen.includes(mark))).to.deep.equal([]);
      }
      for (const asset of [...wanted.assets, 'abroad']) {
        const answer = (await socket.emitWithAck('subscribe', { assets: [asset] })) as { ok: boolean };
        const isHome = one.tenantId === 'default';
        const sees = isHome ? (one.scope === null ? asset !== 'abroad' : asset === 'hall.i') : asset === 'abroad';
        expect(answer.ok, `${one.name} asset ${asset}`).to.equal(
          one.may.has('live:follow') && one.may.has('kpis:read') && sees,
        );
        expect(marksIn(JSON.stringify(answer)).filter((mark) => !one.seen.includes(mark))).to.deep.equal([]);
      }
    }
    await gateway.deliver(2, Date.now());
    await gateway.alarm(Date.now());
    gateway.beat();
    const expected = (one: Asker) => ({
      samples: one.tenantId === 'default' && one.may.has('samples:read'),
      kpis: one.may.has('kpis:read'),
      gateways: one.tenantId === 'default' && one.may.has('gateways:read'),
      alarms: one.tenantId === 'default' && one.may.has('alarms:read'),
    });
    const owed = () =>
      askers.flatMap((one) =>
        Object.entries(expected(one)).flatMap(([event, due]) =>
          due && heard.get(one.name)?.has(event) !== true ? [`${one.name} ${event}`] : [],
        ),
      );
    // The test's own time limit ends a wait in vain; what nobody should hear has had the same time to come.
    for (let tries = 0; owed().length > 0 && tries < 400; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(owed()).to.deep.equal([]);
    for (const one of askers) {
      for (const [event, items] of heard.get(one.name) ?? []) {
        expect(expected(one), `${one.name} heard ${event}`).to.have.property(event, true);
        const leaked = marksIn(items).filter((mark) => !one.seen.includes(mark));
        expect(leaked, `${one.name} heard ${event} ${items}`).to.deep.equal([]);
        for (const id of hiddenIds(one)) expect(items, `${one.name} ${event}`).to.not.include(`"${id}"`);
      }
    }
  });
});
