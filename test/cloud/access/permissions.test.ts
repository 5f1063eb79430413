import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { permissions } from '#cloud/access/principal';
import { permissionsOf, roles } from '#cloud/access/roles';
import { edgeEvents } from '#cloud/gateways/edge-events';
import { liveEvents } from '#cloud/live/live-events';
import { checkoutFolder, sourceFiles } from '../../kit/source-tree.ts';
import { declaredRoutes, nameOf } from './route-list.ts';

/** What anybody may ask. A new public route is a decision: it is made by adding it here. */
const publicRoutes = [
  'GET /healthz',
  'GET /readyz',
  'GET /metrics',
  'GET /version',
  'GET /api/openapi.json',
  'GET /ping',
  'GET /health',
  'POST /api/v1/sessions',
  'POST /api/v1/sessions/refresh',
  'POST /api/v1/enrolments',
  'POST /api/v1/decommissions',
  'GET /api/v1/sign-in-methods',
  'POST /api/v1/oidc/attempts',
  'POST /api/v1/oidc/sessions',
];

/** Events every Socket.IO socket has by itself. */
const reservedEvents = ['connection', 'disconnect', 'disconnecting', 'error'];

const cloudSources = sourceFiles().filter(({ path }) => path.startsWith('cloud/') && !path.startsWith('cloud/web/'));

/** `path: what` of each match of the first group. */
function findAll(pattern: RegExp, within = cloudSources): string[] {
  return within.flatMap(({ path, text }) =>
    [...text.matchAll(pattern)].map((match) => `${path}: ${match[1]?.replace(/\s+/g, '')}`),
  );
}

describe('permissions of routes', () => {
  it('every route has exactly one known permission, or is one of the public ones', async () => {
    const routes = await declaredRoutes();
    expect(routes.length).to.be.greaterThan(15);
    for (const route of routes) expect([...permissions, 'public'], nameOf(route)).to.include(route.permission);
    const open = routes.filter((route) => route.permission === 'public').map(nameOf);
    expect(open).to.have.members(publicRoutes);
    const asking = routes.filter((route) => route.permission !== 'public' && route.changesNothing === true);
    expect(asking.map(nameOf), 'questions too long for an address').to.deep.equal(['POST /api/v1/latest']);
    const changing = routes.filter(({ method, permission }) => method !== 'get' && permission !== 'public');
    for (const route of changing.filter((one) => !asking.includes(one)))
      expect(route, nameOf(route))
        .to.have.property('action')
        .that.matches(/^[a-z-]+$/);
    expect(new Set(routes.map(nameOf)).size, 'no route is declared twice').to.equal(routes.length);
  });

  it('every path a route function could declare is in the list made from the code', async () => {
    const declared = new Set((await declaredRoutes()).map((route) => route.path));
    const written = findAll(/^\s*path: '(\/[^']*)'/gm);
    expect(written.length).to.be.greaterThan(15);
    // A plugin writes its paths from its own root.
    const isDeclared = (found: string): boolean => {
      const [file = '', path = ''] = found.split(': ');
      const mounted = (route: string) => route.startsWith('/api/v1/plugins/') && route.endsWith(path);
      return declared.has(path) || (file.startsWith('cloud/plugins/') && [...declared].some(mounted));
    };
    expect(written.filter((found) => !isDeclared(found))).to.deep.equal([]);
  });

  it('nothing answers HTTP beside the declared routes', () => {
    const registered = [
      ...findAll(/\b((?:\w+)\.(?:get|post|put|patch|delete|all|head|options|use|route)\(\s*['"`]\/[^'"`]*)/g),
      ...findAll(/(\w+\[[\w.]+\]\(\s*path)/g),
    ];
    expect(registered).to.have.members([
      "cloud/api/router.ts: router.use('/api",
      "cloud/api/router.ts: router.use('/api",
      'cloud/api/router.ts: router[route.method](path',
      // The web page, which is for everybody: it shows nothing before signing in.
      "cloud/api/page-files.ts: router.use('/assets",
      "cloud/api/page-files.ts: router.get('/{*path}",
    ]);
    expect(findAll(/(createServer\(|'request',)/g)).to.have.members([
      'cloud/listening/listener.ts: createServer(',
      "cloud/service.ts: 'request',",
      // Watches how a body flows; ends one that does not, and answers nothing else.
      "cloud/listening/body-patience.ts: 'request',",
      // A socket in the data folder that only the user of the service may open.
      'cloud/backup/backup-door.ts: createServer(',
      // Only remembers which answer has begun.
      "cloud/api/unreadable-request.ts: 'request',",
    ]);
    // The guard only borrows its reading of forwarded addresses.
    expect(findAll(/\b(express\(\))/g)).to.have.members([
      'cloud/api/application.ts: express()',
      'cloud/api/socket-guard.ts: express()',
    ]);
  });

  it('every permission is asked for somewhere, and the platform administrator has all', async () => {
    const asked = new Set<string>([...(await declaredRoutes()), ...liveEvents].map(({ permission }) => permission));
    const unasked = permissions.filter((permission) => !asked.has(permission));
    expect(unasked).to.deep.equal([]);
    expect(roles['platform-admin']).to.have.members([...permissions]);
  });

  it('the table in deploy/docs is what the roles are', () => {
    const page = readFileSync(join(checkoutFolder, 'deploy/docs/access.md'), 'utf8');
    const [head = [], , ...rows] = [...page.matchAll(/^\| (?=Permission|`|-).*\|$|^\|(?:---\|){8}$/gm)].map(([line]) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
    expect(head.slice(1)).to.deep.equal(Object.keys(roles));
    const told = new Map(rows.map(([name = '', ...cells]) => [/`([^`]+)`/.exec(name)?.[1], { name, cells }]));
    expect([...told.keys()]).to.have.members([...permissions]);
    for (const permission of permissions) {
      const { name = '', cells } = told.get(permission) ?? {};
      const expected = Object.keys(roles).map((role) => (permissionsOf(role).has(permission) ? 'yes' : ''));
      expect(cells, permission).to.deep.equal(expected);
      expect(name.endsWith('*'), `${permission} with a scope`).to.equal(
        !permissionsOf('platform-admin', ['a']).has(permission),
      );
    }
  });
});

describe('permissions of socket events', () => {
  const live = cloudSources.filter(({ path }) => path.startsWith('cloud/live/'));
  const gateways = cloudSources.filter(({ path }) => path.startsWith('cloud/gateways/'));
  const heard = (within: typeof cloudSources) =>
    findAll(/(?:socket|#on|namespace|io)\s*(?:\.on(?:ce)?)?\(\s*'([\w-]+)'/g, within).map(
      (found) => found.split(': ')[1],
    );

  it('every event is declared with a permission', () => {
    expect(liveEvents.length).to.be.greaterThan(3);
    expect(edgeEvents.length).to.be.greaterThan(3);
    for (const { event, permission } of liveEvents) expect(permissions, event).to.include(permission);
    for (const { event, permission } of edgeEvents) expect(permission, event).to.equal('gateway-token');
  });

  it('the namespaces are the two known, each with its guard', () => {
    expect(findAll(/\.of\('(\/[^']*)'\)/g)).to.have.members([
      'cloud/live/live-hub.ts: /live',
      'cloud/gateways/edge-namespace.ts: /edge',
      // Closed to everybody.
      'cloud/live/message-guard.ts: /',
    ]);
    for (const path of ['cloud/live/live-hub.ts', 'cloud/gateways/edge-namespace.ts']) {
      const text = cloudSources.find((file) => file.path === path)?.text ?? '';
      expect(text.match(/amespace\.use\(/g), path).to.have.length(1);
    }
  });

  it('no socket listens to an event that is not declared, and every declared one is listened to', () => {
    const liveIn = liveEvents.filter(({ direction }) => direction === 'in').map(({ event }) => event as string);
    const edgeIn = edgeEvents.map(({ event }) => event as string);
    expect(heard(live).filter((event) => !reservedEvents.includes(event ?? ''))).to.have.members(liveIn);
    expect(heard(gateways).filter((event) => !reservedEvents.includes(event ?? ''))).to.have.members(edgeIn);
    const elsewhere = cloudSources.filter((file) => !live.includes(file) && !gateways.includes(file));
    expect(findAll(/(?<!request\.)\b((?:socket|io|namespace)\.(?:on|once|use)\()/g, elsewhere)).to.deep.equal([]);
    // Refuses what is not declared, and hands on nothing.
    expect(findAll(/(\.(?:onAny|prependAny|onAnyOutgoing)\()/g)).to.deep.equal(['cloud/live/live-hub.ts: .onAny(']);
  });

  it('a socket is sent declared events only, each behind its permission', () => {
    const outlet = /send: \(event, items, trail\) => \{\s*(if \([^;]*return;)/.exec(
      live.find(({ path }) => path.endsWith('live-client.ts'))?.text ?? '',
    );
    expect(outlet?.[1], 'the outlet asks before it sends').to.equal(
      'if (this.gone || !this.may(permissionOf(event))) return;',
    );
    expect(findAll(/((?:socket|io|amespace)\.(?:emit|send|to|in|local|volatile)\b)/g)).to.deep.equal([
      'cloud/live/live-client.ts: socket.emit',
      'cloud/live/live-client.ts: socket.emit',
      // Why it is cut: the last it hears, and nothing of the plant.
      'cloud/live/live-client.ts: socket.emit',
    ]);
  });
});
