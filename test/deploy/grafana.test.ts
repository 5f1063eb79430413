import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { ServiceFixture, userNames } from '../cloud/access/service-fixture.ts';
import { checkoutFolder } from '../kit/source-tree.ts';

interface Column {
  readonly selector: string;
  readonly text: string;
  readonly type: 'string' | 'number' | 'timestamp';
}

/** A question of the data source Infinity, as far as ours use it. */
interface Question {
  readonly type: string;
  readonly source: string;
  readonly parser: string;
  readonly url: string;
  readonly url_options: { readonly method: string; readonly params: readonly { key: string; value: string }[] };
  readonly root_selector: string;
  readonly columns: readonly Column[];
  readonly datasource?: { readonly uid: string; readonly type: string };
}

interface Dashboard {
  readonly uid: string;
  readonly panels: readonly { readonly title: string; readonly targets: readonly Question[] }[];
  readonly templating: {
    readonly list: readonly { name: string; type: string; query: string | { infinityQuery: Question } }[];
  };
}

interface ApiDocument {
  readonly paths: Readonly<Record<string, { get?: { parameters?: { name: string }[]; responses: ApiResponses } }>>;
}
type ApiResponses = Readonly<Record<string, { content: Readonly<Record<string, { schema: Schema }>> }>>;
interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

const folder = join(checkoutFolder, 'deploy/grafana');
const dashboard = JSON.parse(readFileSync(join(folder, 'dashboard.json'), 'utf8')) as Dashboard;
const variables = dashboard.templating.list;
const questions: readonly (readonly [string, Question])[] = [
  ...dashboard.panels.flatMap(({ title, targets }) => targets.map((target) => [title, target] as const)),
  ...variables.flatMap(({ name, query }) =>
    typeof query === 'string' ? [] : [[`variable ${name}`, query.infinityQuery] as const],
  ),
];

/** As Grafana puts variables in: `${name}` and `${name:format}`. @throws Error for one nobody defines */
function filled(text: string, values: Readonly<Record<string, readonly string[]>>): string {
  return text.replace(/\$\{(\w+)(?::(\w+))?\}/g, (_, name: string, format = '') => {
    const value = values[name];
    if (value === undefined) throw new Error(`nobody defines ${name}`);
    if (value.length > 1 && format !== 'csv') throw new Error(`${name} holds several values without a format`);
    return value.join(',');
  });
}

/** A selector of the plugin's backend parser: names joined by dots. */
function at(value: unknown, selector: string): unknown {
  return selector
    .split('.')
    .reduce<unknown>((found, name) => (found as Record<string, unknown> | undefined)?.[name], value);
}

function fits(value: unknown, type: Column['type']): boolean {
  if (value === null) return true;
  if (type === 'number') return typeof value === 'number';
  if (type === 'timestamp') return typeof value === 'string' && new Date(value).toISOString() === value;
  return ['string', 'number', 'boolean'].includes(typeof value);
}

function schemaAt(schema: Schema | undefined, selector: string): Schema | undefined {
  return selector.split('.').reduce<Schema | undefined>((found, name) => {
    // Of several forms of an answer the first is the one that comes unless another is asked for.
    const form = found?.anyOf?.[0] ?? found;
    return form?.properties?.[name];
  }, schema);
}

describe('Grafana dashboard', function () {
  this.timeout(60_000);
  const service = new ServiceFixture();
  let key: string;
  let api: ApiDocument;
  let values: Record<string, readonly string[]>;

  before(async () => {
    await service.start();
    const token = await service.tokenOf(userNames.administrator);
    const make = async (name: string, permissions: readonly string[]) =>
      String((await service.ask('post', '/api/v1/api-keys', { token, body: { name, permissions } })).body.key);
    // The very permissions the page names.
    const page = readFileSync(join(checkoutFolder, 'deploy/docs/grafana.md'), 'utf8');
    key = await make('grafana', JSON.parse(/"permissions":(\[[^\]]*\])/.exec(page)![1]!) as string[]);
    const now = Date.now();
    const lines = Array.from({ length: 50 }, (_, i) => `oven,hall=3 heat=${i}.5,on=${i % 2 === 0} ${now - i * 1_000}`);
    const written = await fetch(`${service.url}/api/v2/write?org=o&bucket=b&precision=ms`, {
      method: 'POST',
      headers: { authorization: `Token ${await make('writer', ['samples:write'])}` },
      body: lines.join('\n'),
    });
    expect(written.status).to.equal(204);
    const { body } = await service.ask('get', '/api/v1/tags', { token: key });
    const heat = (body.items as { id: string; name: string }[]).find(({ name }) => name.includes('heat'))!;
    values = {
      __from: [String(now - 86_400_000)],
      __to: [String(now + 1_000)],
      asset: ['site.line-1'],
      window: ['hour'],
      tag: [heat.id],
    };
    api = (await service.ask('get', '/api/openapi.json', { token: key })).body as unknown as ApiDocument;
  });
  after(() => service.stop());

  const ask = async ({ url, url_options: { params } }: Question, using = values) => {
    const path = filled(url, using);
    const query = new URLSearchParams(params.map((one): [string, string] => [one.key, filled(one.value, using)]));
    return service.ask('get', `${path}?${query}`, { token: key });
  };

  it('asks by the plugin and the data source that are provided, and only what it reads', () => {
    const provided = parse(readFileSync(join(folder, 'provisioning/datasources/gongfu.yaml'), 'utf8')) as {
      datasources: { uid: string; type: string }[];
    };
    const { uid, type } = provided.datasources[0]!;
    expect(questions).to.have.length(7);
    for (const [title, question] of questions) {
      expect(question, title).to.include({ type: 'json', source: 'url', parser: 'backend' });
      expect(question.url_options.method, title).to.equal('GET');
      if (question.datasource !== undefined) expect(question.datasource, title).to.deep.equal({ uid, type });
    }
  });

  it('gets every column of every question from the service, each of its type', async () => {
    for (const [title, question] of questions) {
      const { status, body } = await ask(question);
      expect(status, `${title}: ${JSON.stringify(body)}`).to.equal(200);
      const rows = at(body, question.root_selector) as unknown[];
      // Of losses there are none here; what they look like is told by the interface's own description below.
      if (question.url !== '/api/v1/gaps') expect(rows, title).to.not.have.length(0);
      for (const row of rows)
        for (const { selector, type } of question.columns) {
          const value = at(row, selector);
          expect(value !== undefined && fits(value, type), `${title}: ${selector} is ${value}`).to.equal(true);
        }
    }
  });

  it('asks for nothing the description of the interface does not promise', () => {
    for (const [title, question] of questions) {
      const described = api.paths[question.url.replace('${tag}', '{id}')]?.get;
      const known = described?.parameters?.map(({ name }) => name) ?? [];
      expect(known, title).to.include.members(question.url_options.params.map((param) => param.key));
      const reply = Object.values(described!.responses['200']!.content)[0]!.schema;
      const row = schemaAt(reply, question.root_selector)?.items;
      for (const { selector } of question.columns)
        expect(schemaAt(row, selector), `${title}: ${selector}`).to.not.equal(undefined);
    }
  });

  it('shows what was written: its numbers, at their times', async () => {
    const [, series] = questions.find(([, { url }]) => url.endsWith('/series'))!;
    const { body } = await ask(series);
    const buckets = (body.items as { count: number; max: number | null }[]).filter(({ count }) => count > 0);
    expect(buckets.reduce((sum, { count }) => sum + count, 0)).to.equal(50);
    expect(Math.max(...buckets.map(({ max }) => max!))).to.equal(49.5);
  });

  it('has a value for each variable it names, and several signals where it offers several', async () => {
    const { tag: _tag, ...without } = values;
    const [, latest] = questions.find(([, { url }]) => url === '/api/v1/latest')!;
    expect(() => filled('${tag}', without)).to.throw('nobody defines tag');
    expect(variables.map(({ name }) => name)).to.have.members(['asset', 'window', 'tag']);
    const { body } = await service.ask('get', '/api/v1/tags', { token: key });
    const own = (body.items as { id: string; source: string }[]).filter(({ source }) => source.includes('oven'));
    expect(own).to.have.length(2);
    const answer = await ask(latest, { ...values, tag: own.map(({ id }) => id) });
    expect(answer.body.items).to.have.length(2);
  });

  it('is not the only one: what the page says of panels of your own is answered too', async () => {
    const page = readFileSync(join(checkoutFolder, 'deploy/docs/grafana.md'), 'utf8');
    const rows = [...page.matchAll(/^\|[^|]*\| `(\/api\/v1\/[^`]+)` \| (.*) \|$/gm)];
    expect(rows).to.have.length(6);
    for (const [, url, columns] of rows) {
      const { status, body } = await service.ask('get', filled(url!, values), { token: key });
      expect(status, `${url}: ${JSON.stringify(body)}`).to.equal(200);
      const named = [...columns!.matchAll(/`(\w+)`/g)].map(([, name]) => name!);
      for (const row of body.items as object[]) expect(row, url).to.include.keys(named);
    }
  });
});
