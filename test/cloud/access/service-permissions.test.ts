import { expect } from 'chai';
import { io, type Socket } from 'socket.io-client';
import type { Permission } from '#cloud/access/principal';
import { permissionsOf } from '#cloud/access/roles';
import type { Route } from '#cloud/api/route';
import { bothSee, foreign } from './foreign-requests.ts';
import { declaredRoutes, isOfPlugin, nameOf } from './route-list.ts';
import { ServiceFixture, userNames } from './service-fixture.ts';

/** An address of the route with every parameter filled. */
function addressOf(route: Route): string {
  return route.path.replace(/\{\w+\}/g, '1');
}

describe('permissions at the running service', function () {
  this.timeout(60_000);
  const service = new ServiceFixture();
  let guarded: Route[];
  const sockets: Socket[] = [];

  before(async () => {
    await service.start();
    guarded = (await declaredRoutes()).filter((route) => route.permission !== 'public');
  });
  after(async () => {
    for (const socket of sockets) socket.disconnect();
    await service.stop();
  });

  it('serves exactly the routes the code declares', async () => {
    const { body } = await service.ask('get', '/api/openapi.json');
    const served = Object.entries(body.paths as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(served).to.have.members((await declaredRoutes()).map(nameOf));
  });

  it('answers 401 without a token and with a wrong one, on every guarded route', async () => {
    expect(guarded.length).to.be.greaterThan(8);
    for (const route of guarded) {
      for (const token of [undefined, 'x', 'A'.repeat(43)]) {
        const { status, type } = await service.ask(route.method, addressOf(route), { token });
        expect(status, nameOf(route)).to.equal(401);
        const told = 'foreign' in route ? 'json' : 'application/problem+json';
        expect(type).to.include(told);
      }
    }
  });

  it('answers 403 to whoever lacks the permission, on every guarded route', async () => {
    const powerless = await service.tokenOf(userNames.powerless);
    const viewer = await service.tokenOf(userNames.viewer);
    const refusedToViewer: string[] = [];
    for (const route of guarded) {
      expect((await service.ask(route.method, addressOf(route), { token: powerless })).status, nameOf(route)).to.equal(
        403,
      );
      // Signing out is the viewer's right; it would end this test.
      if (nameOf(route) === 'DELETE /api/v1/sessions/current') continue;
      const { status } = await service.ask(route.method, addressOf(route), { token: viewer });
      expect(status, nameOf(route)).to.not.equal(401);
      if (status === 403 && !isOfPlugin(route)) refusedToViewer.push(nameOf(route));
    }
    expect(refusedToViewer).to.have.members([
      'POST /api/v1/gateways',
      'DELETE /api/v1/gateways/{id}',
      'GET /api/v1/roles',
      'GET /api/v1/users',
      'POST /api/v1/users',
      'PATCH /api/v1/users/{name}',
      'POST /api/v1/users/{name}/password',
      'DELETE /api/v1/users/{name}/second-factor',
      'DELETE /api/v1/users/{name}',
      'GET /api/v1/users/{name}/sessions',
      'DELETE /api/v1/users/{name}/sessions',
      'GET /api/v1/audit',
      'GET /api/v1/api-keys',
      'POST /api/v1/api-keys',
      'DELETE /api/v1/api-keys/{id}',
      'GET /api/v1/tenants',
      'POST /api/v1/tenants',
      'POST /api/v1/tenants/{id}/suspension',
      'DELETE /api/v1/tenants/{id}/suspension',
      'POST /api/v1/calendars',
      'PUT /api/v1/calendars/{id}',
      'DELETE /api/v1/calendars/{id}',
      'POST /api/v1/assets',
      'PATCH /api/v1/assets/{id}',
      'POST /api/v1/assets/{id}/retirement',
      'DELETE /api/v1/assets/{id}/retirement',
      'POST /api/v1/commands',
      'GET /api/v1/commands',
      'GET /api/v1/commands/{id}',
      'POST /api/v1/commands/{id}/approval',
      'DELETE /api/v1/commands/{id}',
      'GET /api/v1/command-settings',
      'PUT /api/v1/command-settings',
      'POST /api/v1/gateways/{id}/configurations',
      'GET /api/v1/gateways/{id}/configurations',
      'GET /api/v1/gateways/{id}/configurations/{number}',
      'POST /api/v1/exports',
      'POST /api/v2/write',
      'POST /write',
      'POST /api/v1/{token}/telemetry',
      'POST /api/v1/{token}/attributes',
      'POST /api/v1/portal/items',
      'DELETE /api/v1/portal/items/{id}',
      'GET /api/v1/portal/plugins/{id}/settings',
      'PUT /api/v1/portal/plugins/{id}/settings',
      'PUT /api/v1/portal/plugins/{id}/state',
      'GET /api/v1/brokers',
      'GET /api/v1/webhooks',
      'POST /api/v1/webhooks/{name}/ping',
      'GET /api/v1/webhook-deliveries',
      'POST /api/v1/webhook-deliveries/{id}/retry',
    ]);
  });

  it('shows and touches nothing of another tenant, on every guarded route', async () => {
    expect(Object.keys(foreign)).to.have.members(guarded.filter((route) => !isOfPlugin(route)).map(nameOf));
    const stranger = await service.tokenOf(userNames.stranger);
    const administrator = await service.tokenOf(userNames.administrator);
    const scoped = await service.tokenOf(userNames.scoped);
    const mayScoped = permissionsOf('plant-manager', ['site.line-2']);
    for (const [name, { address, body: given, own, other }] of Object.entries(foreign)) {
      const [method = ''] = name.split(' ');
      // User names are unique over all tenants: each asks for its own.
      const bodyOf = (user: string) =>
        name === 'POST /api/v1/users'
          ? { ...(given as object), name: `${user}-2` }
          : name === 'POST /api/v1/tenants'
            ? { ...(given as object), id: `${user}-new`, administrator: `${user}-3` }
            : given;
      const foreignAnswer = await service.ask(method, address, { token: stranger, body: bodyOf('zhou') });
      if (other === 'not-found') expect(foreignAnswer.status, name).to.equal(404);
      else if (other === 'forbidden') expect(foreignAnswer.status, name).to.equal(403);
      else expect(foreignAnswer.status, name).to.equal(own);
      if (other === 'empty') expect(foreignAnswer.body.items, name).to.deep.equal([]);
      const shown = JSON.stringify(foreignAnswer.body);
      for (const secret of [userNames.administrator, 'speed', '"line-1"']) expect(shown, name).to.not.include(secret);
      // What is asked for here lies beside the scope of this one, whose role has the permission.
      const route = guarded.find((one) => nameOf(one) === name);
      if (other === 'not-found' && !bothSee.includes(name) && mayScoped.has(route?.permission as Permission)) {
        const beside = await service.ask(method, address, { token: scoped, body: bodyOf('chen') });
        expect(beside.status, `${name} beside the scope: ${JSON.stringify(beside.body)}`).to.equal(404);
      }
      // The same question from inside, after the stranger's: it is there, so the test above could have failed.
      const ownAnswer = await service.ask(method, address, { token: administrator, body: bodyOf('wang') });
      expect(ownAnswer.status, `${name} from inside: ${JSON.stringify(ownAnswer.body)}`).to.equal(own);
      if (other === 'empty') expect(ownAnswer.body.items, name).to.not.deep.equal([]);
    }
  });

  it('has told the audit every one of these changes, before and after', async () => {
    const token = await service.tokenOf(userNames.administrator);
    const { body } = await service.ask('get', `/api/v1/audit?actor=${userNames.administrator}&limit=1000`, { token });
    const told = (body.items as { action: string; outcome: string }[]).map(
      ({ action, outcome }) => `${action} ${outcome}`,
    );
    const isChange = (route: Route) => route.method !== 'get' && !('changesNothing' in route);
    const changing = guarded.filter((route) => isChange(route) && !('foreign' in route) && !isOfPlugin(route));
    expect(changing.length).to.be.greaterThan(15);
    for (const route of changing) {
      const action = route.permission === 'public' ? '' : route.action;
      expect(told, nameOf(route)).to.include(`${action} begun`);
      expect(told.includes(`${action} done`) || told.includes(`${action} refused`), nameOf(route)).to.equal(true);
    }
  });

  const connect = (namespace: string, token?: string): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const auth = token === undefined ? {} : { token };
      const socket = io(service.url + namespace, {
        transports: ['websocket'],
        auth,
        reconnection: false,
        forceNew: true,
      });
      sockets.push(socket);
      socket.on('connect', () => resolve(socket));
      socket.on('connect_error', reject);
    });

  it('opens neither socket namespace without its own token', async () => {
    const user = await service.tokenOf(userNames.administrator);
    for (const [namespace, token] of [['/live'], ['/edge'], ['/live', 'x'], ['/edge', 'x'], ['/edge', user]] as const) {
      const refused = await connect(namespace, token).then(
        () => undefined,
        (error: Error) => error,
      );
      expect(refused, `${namespace} ${token ?? 'without token'}`).to.be.instanceOf(Error);
    }
  });

  it('lets nobody follow a tag or asset of another tenant, nor without the permission', async () => {
    const subscribe = async (user: string, request: object) =>
      (await (await connect('/live', await service.tokenOf(user))).emitWithAck('subscribe', request)) as {
        ok: boolean;
        gateways?: unknown[];
        problem?: { code: string };
      };
    expect((await subscribe(userNames.viewer, { tags: ['1'], assets: ['site.line-1'] })).ok).to.equal(true);
    expect(await subscribe(userNames.stranger, { tags: ['1'] })).to.have.nested.property(
      'problem.code',
      'live-tag-unknown',
    );
    const assets = await subscribe(userNames.stranger, { assets: ['site.line-1'] });
    expect(assets).to.have.nested.property('problem.code', 'live-asset-unknown');
    expect((await subscribe(userNames.stranger, {})).gateways).to.deep.equal([]);
    const powerless = await subscribe(userNames.powerless, { tags: ['1'] });
    expect(powerless).to.have.nested.property('problem.code', 'live-permission-missing');
  });

  it('cuts the sockets of a session that signs out, and refuses its token at once', async () => {
    const token = await service.tokenOf(userNames.viewer);
    const socket = await connect('/live', token);
    const cut = new Promise<string>((resolve) => socket.on('disconnect', resolve));
    expect((await service.ask('delete', '/api/v1/sessions/current', { token })).status).to.equal(204);
    expect((await service.ask('get', '/api/v1/sessions/current', { token })).status).to.equal(401);
    expect(await cut).to.be.oneOf(['io server disconnect', 'transport close']);
  });
});
