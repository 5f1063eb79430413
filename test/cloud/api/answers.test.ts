import { expect } from 'chai';
import { ServiceFixture, userNames } from '../access/service-fixture.ts';

/** The outward paths of the interface: they may be added to, never taken away. */
const promised = [
  'GET /healthz',
  'GET /readyz',
  'GET /metrics',
  'GET /version',
  'GET /api/openapi.json',
  'POST /api/v1/sessions',
  'GET /api/v1/gateways',
  'POST /api/v1/gateways',
  'POST /api/v1/enrolments',
  'POST /api/v1/decommissions',
  'GET /api/v1/assets',
  'GET /api/v1/tags',
  'GET /api/v1/tags/{id}/samples',
  'GET /api/v1/tags/{id}/series',
  'GET /api/v1/series',
  'GET /api/v1/statistics',
  'POST /api/v1/exports',
  'GET /api/v1/latest',
  'POST /api/v1/latest',
  'GET /api/v1/kpis',
  'GET /api/v1/gaps',
];

interface Schema {
  readonly type?: string | string[];
  readonly properties?: Record<string, Schema>;
  readonly required?: string[];
  readonly items?: Schema;
  readonly anyOf?: Schema[];
}

interface Operation {
  readonly responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
}

describe('api: what the service really answers', () => {
  const service = new ServiceFixture();
  let token = '';
  let paths: Record<string, Record<string, Operation>> = {};

  before(async () => {
    await service.start();
    token = await service.tokenOf(userNames.administrator);
    paths = (await service.ask('get', '/api/openapi.json')).body.paths as typeof paths;
  });

  after(() => service.stop());

  it('keeps every promised path', () => {
    const present = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(present).to.include.members(promised);
  });

  it('answers as the OpenAPI document says, key by key', async () => {
    const range = 'from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z';
    const asked = {
      '/healthz': '/healthz',
      '/readyz': '/readyz',
      '/version': '/version',
      '/api/v1/sessions/current': '/api/v1/sessions/current',
      '/api/v1/gateways': '/api/v1/gateways',
      '/api/v1/assets': '/api/v1/assets',
      '/api/v1/tags': '/api/v1/tags?limit=10',
      '/api/v1/tags/{id}/samples': `/api/v1/tags/1/samples?${range}`,
      '/api/v1/tags/{id}/series': `/api/v1/tags/1/series?${range}&points=10`,
      '/api/v1/series': `/api/v1/series?tags=1,2&${range}&points=10`,
      '/api/v1/statistics': `/api/v1/statistics?tags=1,2&${range}`,
      '/api/v1/latest': '/api/v1/latest?tags=1',
      '/api/v1/kpis': `/api/v1/kpis?asset=site.line-1&window=shift&${range}`,
      '/api/v1/gaps': `/api/v1/gaps?${range}`,
    };
    for (const path of [
      '/api/v1/tags/1/samples',
      '/api/v1/tags/1/series',
      '/api/v1/series?tags=1',
      '/api/v1/statistics?tags=1',
      '/api/v1/series?tags=1&from=-1000&to=9999999999999',
      '/api/v1/kpis?asset=site.line-1',
      '/api/v1/gaps',
    ]) {
      expect((await service.ask('get', path, { token })).status, `${path} without times`).to.equal(200);
    }
    for (const [path, request] of Object.entries(asked)) {
      const { status, body } = await service.ask('get', request, { token });
      expect(status, request).to.equal(200);
      const schema = paths[path]?.get?.responses['200']?.content?.['application/json']?.schema;
      expect(schema, path).not.to.equal(undefined);
      expect(differences(schema!, body, path)).to.deep.equal([]);
      if (schema!.anyOf === undefined) continue;
      const { body: inColumns } = await service.ask('get', `${request}&form=columns`, { token });
      expect(inColumns).to.include.keys('time', 'value', 'status');
      expect(differences(schema!, inColumns, path)).to.deep.equal([]);
    }
  });

  it('is ready with every part named, and counts in Prometheus text', async () => {
    const ready = await service.ask('get', '/readyz');
    expect(JSON.stringify(ready.body)).to.contain('"history"').and.to.contain('"records"');
    const metrics = await service.ask('get', '/metrics');
    expect(metrics.type).to.contain('text/plain');
    expect(metrics.body.text).to.match(/^gongfu_cloud_samples_total 0$/m);
    expect(metrics.body.text).not.to.contain('default');
  });

  it('sends an export as a file, tells the audit, and refuses what cannot be meant', async () => {
    const asked = { tags: ['1', '2'], from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z', format: 'csv' };
    const body = { ...asked, timeZone: 'Asia/Shanghai' };
    const file = await service.ask('post', '/api/v1/exports', { token, body });
    expect([file.status, file.type]).to.deep.equal([200, 'text/csv; charset=utf-8']);
    expect(file.body.text).to.match(/^time \(Asia\/Shanghai\),tag/);
    const audit = await service.ask('get', '/api/v1/audit?limit=2', { token });
    const told = audit.body.items as { action: string; outcome: string; detail: string }[];
    expect(told.map(({ action, outcome }) => `${action} ${outcome}`)).to.deep.equal([
      'samples-export done',
      'samples-export begun',
    ]);
    expect(told[0]!.detail).to.equal('csv 2026-01-01T00:00:00.000Z/2026-01-02T00:00:00.000Z 1,2');
    for (const [part, where] of [
      [{ timeZone: "UTC'; DROP TABLE gaps --" }, 'body.timeZone'],
      [{ timeZone: 'Mars/Base' }, 'body.timeZone'],
      [{ format: 'exe' }, 'body.format'],
      [{ tags: [] }, 'body.tags'],
      [{ tags: ['1; DROP'] }, 'body.tags.0'],
      [{ to: asked.from }, 'body.to'],
    ] as const) {
      const wrong = await service.ask('post', '/api/v1/exports', { token, body: { ...asked, ...part } });
      expect([wrong.status, (wrong.body.places as { where: string }[])[0]?.where]).to.deep.equal([400, where]);
    }
  });

  it('refuses values that cannot be meant, naming them', async () => {
    const wrong = {
      '/api/v1/tags/1/samples?from=yesterday&to=2026-01-01T00:00:00Z': 'query.from',
      '/api/v1/tags/1/samples?from=2026-01-01T00:00:00&to=2026-01-01T00:00:00Z': 'query.from',
      '/api/v1/tags/1/samples?from=0&to=1&limit=-1': 'query.limit',
      '/api/v1/tags/1/samples?from=0&to=1&limit=1e9': 'query.limit',
      '/api/v1/tags/1/series?from=0&to=1&points=0': 'query.points',
      "/api/v1/tags/1'%20or%201=1/samples?from=0&to=1": 'path.id',
      '/api/v1/latest?tags=1,x': 'query.tags.1',
      '/api/v1/series?tags=1,1': 'query.tags',
      "/api/v1/series?tags=1'%20OR%201=1": 'query.tags.0',
      [`/api/v1/series?tags=${Array.from({ length: 2000 }, (_, i) => i).join(',')}`]: 'query.tags',
      '/api/v1/series?tags=1&from=0&to=3155760000000&points=3155760000': 'query.points',
      '/api/v1/statistics?tags=1&from=9&to=9': 'query.to',
      '/api/v1/kpis?asset=site.line-1&window=week&from=0&to=1': 'query.window',
    };
    for (const [path, where] of Object.entries(wrong)) {
      const { status, body } = await service.ask('get', path, { token });
      expect([status, body.code], path).to.deep.equal([400, 'request-invalid']);
      expect(
        (body.places as { where: string }[]).map((place) => place.where),
        path,
      ).to.include(where);
    }
    expect((await service.ask('get', '/api/v1/tags/999/samples?from=0&to=1', { token })).status).to.equal(404);
    // As long as one of gaps on InfluxDB is, with the id of a gateway in it.
    const long = `newest.1700000000000.1700000000000.123456.0.${'A'.repeat(32)}.x`;
    for (const path of ['tags/1/samples?from=0&to=1&cursor=broken', `gaps?cursor=${long}`]) {
      expect((await service.ask('get', `/api/v1/${path}`, { token })).body.code, path).to.equal('cursor-invalid');
    }
  });
});

/** Where an answer has a key the schema does not know, lacks one it requires, or is of another type. */
function differences(schema: Schema, value: unknown, where: string): string[] {
  if (schema.anyOf !== undefined) {
    const tried = schema.anyOf.map((one) => differences(one, value, where));
    return tried.some((found) => found.length === 0) ? [] : tried.flat();
  }
  if (Array.isArray(value)) {
    return schema.items === undefined
      ? [`${where}: a list`]
      : value.flatMap((one, n) => differences(schema.items!, one, `${where}[${n}]`));
  }
  if (typeof value !== 'object' || value === null || schema.properties === undefined) return [];
  const known = schema.properties;
  const extra = Object.keys(value).filter((key) => !(key in known));
  const missing = (schema.required ?? []).filter((key) => !(key in value));
  return [
    ...extra.map((key) => `${where}.${key}: not in the schema`),
    ...missing.map((key) => `${where}.${key}: missing`),
    ...Object.entries(known).flatMap(([key, inner]) =>
      key in value ? differences(inner, (value as Record<string, unknown>)[key], `${where}.${key}`) : [],
    ),
  ];
}
