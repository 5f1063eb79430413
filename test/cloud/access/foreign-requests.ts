const shift = { id: 'night', name: { zh: '夜班', en: 'Night' }, start: '22:00', end: '06:00' };
const time = 'from=2026-01-01T00:00:00.000Z&to=2026-01-02T00:00:00.000Z';

type Foreign = 'not-found' | 'empty' | 'own' | 'forbidden';

/**
 * For each guarded route a request for what belongs to tenant `default`, and what the administrator of another tenant
 * gets: 404, or a list with nothing in it. A guarded route that is not here fails the test. `address` is left out where it is
 * the route's own.
 */
const requests: Record<string, { address?: string; body?: unknown; own: number; other: Foreign }> = {
  'GET /api/v1/sessions/current': { own: 200, other: 'own' },
  'GET /api/v1/sessions': { own: 200, other: 'own' },
  'DELETE /api/v1/sessions/{id}': { address: '/api/v1/sessions/no-such', own: 404, other: 'not-found' },
  'GET /api/v1/gateways': { own: 200, other: 'empty' },
  'POST /api/v1/gateways': { body: { name: 'line-2' }, own: 201, other: 'own' },
  'GET /api/v1/assets': { own: 200, other: 'empty' },
  'GET /api/v1/tags': { address: '/api/v1/tags?gateway=gateway-1', own: 200, other: 'empty' },
  'GET /api/v1/tags/{id}/samples': { address: `/api/v1/tags/1/samples?${time}`, own: 200, other: 'not-found' },
  'GET /api/v1/tags/{id}/series': { address: `/api/v1/tags/1/series?${time}`, own: 200, other: 'not-found' },
  'POST /api/v1/exports': { body: { tags: ['1'], from: '0', to: '9', format: 'csv' }, own: 200, other: 'not-found' },
  'POST /api/v2/write': { address: '/api/v2/write?org=o&bucket=b', own: 204, other: 'own' },
  'POST /write': { address: '/write?db=b', own: 204, other: 'own' },
  'POST /api/v1/{token}/telemetry': { address: '/api/v1/x/telemetry', body: { level: [] }, own: 400, other: 'own' },
  'POST /api/v1/{token}/attributes': { address: '/api/v1/x/attributes', body: { hall: [] }, own: 400, other: 'own' },
  'POST /api/v1/commands': { body: { tag: '1', value: 7, reason: 'test', key: 'k' }, own: 201, other: 'not-found' },
  'GET /api/v1/commands': { address: '/api/v1/commands?tag=1', own: 200, other: 'empty' },
  'GET /api/v1/commands/{id}': { address: '/api/v1/commands/command-1', own: 200, other: 'not-found' },
  'POST /api/v1/commands/{id}/approval': {
    address: '/api/v1/commands/command-1/approval',
    own: 201,
    other: 'not-found',
  },
  // Approved above, and still here: its gateway is away.
  'DELETE /api/v1/commands/{id}': { address: '/api/v1/commands/command-1', own: 204, other: 'not-found' },
  'GET /api/v1/command-settings': { own: 200, other: 'own' },
  'PUT /api/v1/command-settings': {
    body: { gateway: 'gateway-1', secondApprover: false },
    own: 204,
    other: 'not-found',
  },
  'POST /api/v1/gateways/{id}/configurations': {
    address: '/api/v1/gateways/gateway-1/configurations',
    body: { text: 'sources: []' },
    own: 201,
    other: 'not-found',
  },
  'GET /api/v1/gateways/{id}/configurations': {
    address: '/api/v1/gateways/gateway-1/configurations',
    own: 200,
    other: 'not-found',
  },
  'GET /api/v1/gateways/{id}/configurations/{number}': {
    address: '/api/v1/gateways/gateway-1/configurations/1',
    own: 200,
    other: 'not-found',
  },
  'GET /api/v1/series': { address: `/api/v1/series?tags=1&${time}`, own: 200, other: 'not-found' },
  'GET /api/v1/statistics': { address: `/api/v1/statistics?tags=1&${time}`, own: 200, other: 'not-found' },
  'GET /api/v1/latest': { address: '/api/v1/latest?tags=1', own: 200, other: 'not-found' },
  'POST /api/v1/latest': { body: { tags: ['1'] }, own: 200, other: 'not-found' },
  'GET /api/v1/kpis': {
    address: `/api/v1/kpis?asset=site.line-1&window=hour&${time}`,
    own: 200,
    other: 'not-found',
  },
  'GET /api/v1/assets/{id}/states': {
    address: `/api/v1/assets/site.line-1/states?${time}`,
    own: 200,
    other: 'not-found',
  },
  'GET /api/v1/assets/{id}/losses': {
    address: `/api/v1/assets/site.line-1/losses?${time}`,
    own: 200,
    other: 'not-found',
  },
  'GET /api/v1/assets/{id}/windows': {
    address: `/api/v1/assets/site.line-1/windows?${time}`,
    own: 200,
    other: 'not-found',
  },
  'GET /api/v1/gaps': { address: `/api/v1/gaps?gateway=gateway-1&${time}`, own: 200, other: 'not-found' },
  'GET /api/v1/roles': { own: 200, other: 'own' },
  'GET /api/v1/users': { own: 200, other: 'own' },
  'POST /api/v1/users': { body: { name: 'NEW', role: 'viewer' }, own: 201, other: 'own' },
  'PATCH /api/v1/users/{name}': {
    address: '/api/v1/users/wang-2',
    body: { role: 'operator' },
    own: 200,
    other: 'not-found',
  },
  'POST /api/v1/users/{name}/password': {
    address: '/api/v1/users/wang-2/password',
    own: 201,
    other: 'not-found',
  },
  'GET /api/v1/api-keys': { own: 200, other: 'own' },
  'POST /api/v1/api-keys': { body: { name: 'bi', permissions: ['assets:read'] }, own: 201, other: 'own' },
  'DELETE /api/v1/api-keys/{id}': { address: '/api/v1/api-keys/no-such', own: 404, other: 'not-found' },
  'GET /api/v1/audit': { own: 200, other: 'own' },
  // Wrong on purpose: the others of this list need the password. accounts.test.ts changes it.
  'POST /api/v1/sessions/current/password': {
    body: { current: 'not it', next: 'another horse' },
    own: 422,
    other: 'own',
  },
  'GET /api/v1/account': { own: 200, other: 'own' },
  'GET /api/v1/account/second-factor': { own: 200, other: 'own' },
  'POST /api/v1/account/second-factor': { body: { password: 'not it' }, own: 422, other: 'own' },
  'POST /api/v1/account/second-factor/confirmation': { body: { code: '000000' }, own: 409, other: 'own' },
  'POST /api/v1/account/second-factor/recovery-codes': { body: { code: '000000' }, own: 409, other: 'own' },
  'POST /api/v1/account/second-factor/removal': { body: { code: '000000' }, own: 409, other: 'own' },
  'DELETE /api/v1/users/{name}/second-factor': {
    address: '/api/v1/users/wang-2/second-factor',
    own: 204,
    other: 'not-found',
  },
  'GET /api/v1/calendars': { own: 200, other: 'empty' },
  'GET /api/v1/state-mappings': { own: 200, other: 'empty' },
  'POST /api/v1/calendars': { body: { id: 'nights', timeZone: 'UTC', shifts: [shift] }, own: 201, other: 'own' },
  'PUT /api/v1/calendars/{id}': {
    address: '/api/v1/calendars/day',
    body: { revision: 1, changesPast: true, timeZone: 'UTC', shifts: [shift] },
    own: 200,
    other: 'not-found',
  },
  'POST /api/v1/assets': {
    body: { parent: null, id: 'annex', level: 'site', name: { zh: '附楼', en: 'Annex' } },
    own: 201,
    other: 'own',
  },
  'PATCH /api/v1/assets/{id}': {
    address: '/api/v1/assets/site.line-1',
    body: { targetOee: 0.5 },
    own: 204,
    other: 'not-found',
  },
  'POST /api/v1/assets/{id}/retirement': {
    address: '/api/v1/assets/site.line-1/retirement',
    own: 204,
    other: 'not-found',
  },
  'DELETE /api/v1/assets/{id}/retirement': {
    address: '/api/v1/assets/site.line-1/retirement',
    own: 204,
    other: 'not-found',
  },
  'GET /api/v1/portal/items': { own: 200, other: 'empty' },
  'POST /api/v1/portal/items': {
    body: { kind: 'notice', title: { zh: '通知', en: 'Notice' }, text: { zh: '正文', en: 'Text' } },
    own: 201,
    other: 'own',
  },
  'GET /api/v1/alarms': { own: 200, other: 'empty' },
  'GET /api/v1/brokers': { own: 200, other: 'own' },
  'GET /api/v1/webhooks': { own: 200, other: 'own' },
  'POST /api/v1/webhooks/{name}/ping': { address: '/api/v1/webhooks/no-such/ping', own: 404, other: 'not-found' },
  'GET /api/v1/webhook-deliveries': { own: 200, other: 'empty' },
  'POST /api/v1/webhook-deliveries/{id}/retry': {
    address: '/api/v1/webhook-deliveries/delivery-1/retry',
    own: 204,
    other: 'not-found',
  },
  'GET /api/v1/portal/plugins': { own: 200, other: 'own' },
  // The plugins of the installation are there for every tenant; what is of the tenant is tested in test/cloud/plugins.
  'GET /api/v1/portal/plugins/{id}/settings': {
    address: '/api/v1/portal/plugins/energy/settings',
    own: 200,
    other: 'own',
  },
  'PUT /api/v1/portal/plugins/{id}/settings': {
    address: '/api/v1/portal/plugins/energy/settings',
    body: { value: {} },
    own: 200,
    other: 'own',
  },
  'PUT /api/v1/portal/plugins/{id}/state': {
    address: '/api/v1/portal/plugins/energy/state',
    body: { on: true },
    own: 204,
    other: 'own',
  },
  // For those who run the installation, not for the administrator of a tenant.
  'GET /api/v1/tenants': { own: 200, other: 'forbidden' },
  'POST /api/v1/tenants': {
    body: { id: 'NEW', name: { zh: '新', en: 'New' }, administrator: 'NEW' },
    own: 201,
    other: 'forbidden',
  },
  'POST /api/v1/tenants/{id}/suspension': {
    address: '/api/v1/tenants/wang-new/suspension',
    own: 204,
    other: 'forbidden',
  },
  'DELETE /api/v1/tenants/{id}/suspension': {
    address: '/api/v1/tenants/wang-new/suspension',
    own: 204,
    other: 'forbidden',
  },
  // Those that end something come last.
  'DELETE /api/v1/calendars/{id}': { address: '/api/v1/calendars/spare', own: 204, other: 'not-found' },
  'GET /api/v1/users/{name}/sessions': { address: '/api/v1/users/wang-2/sessions', own: 200, other: 'not-found' },
  'DELETE /api/v1/users/{name}/sessions': { address: '/api/v1/users/wang-2/sessions', own: 204, other: 'not-found' },
  'DELETE /api/v1/sessions': { own: 204, other: 'own' },
  'DELETE /api/v1/portal/items/{id}': { address: '/api/v1/portal/items/item-1', own: 204, other: 'not-found' },
  'DELETE /api/v1/users/{name}': { address: '/api/v1/users/wang-2', own: 204, other: 'not-found' },
  'DELETE /api/v1/gateways/{id}': { address: '/api/v1/gateways/gateway-1', own: 204, other: 'not-found' },
  'DELETE /api/v1/sessions/current': { own: 204, other: 'own' },
};

export const foreign = Object.fromEntries(
  Object.entries(requests).map(([route, request]) => [route, { address: route.split(' ')[1]!, ...request }]),
);

/** What they ask for belongs to both lines: the gateway that reads both, the calendar both work by. */
export const bothSee = ['GET /api/v1/gaps', 'PUT /api/v1/calendars/{id}', 'DELETE /api/v1/calendars/{id}'];
