import { expect } from 'chai';
import { ServiceFixture, userNames } from '../access/service-fixture.ts';

interface Row {
  readonly tag?: string;
  readonly sourceTime: string;
  readonly value: unknown;
  readonly status: number;
}

const start = Date.UTC(2026, 10, 23);
const range = `from=${start}&to=${start + 3_600_000}`;

describe('api: samples as columns', function () {
  this.timeout(60_000);
  const service = new ServiceFixture();
  let token: string;
  let key: string;

  before(async () => {
    await service.start();
    token = await service.tokenOf(userNames.administrator);
    const body = { name: 'columns', permissions: ['samples:write'] };
    key = String((await service.ask('post', '/api/v1/api-keys', { token, body })).body.key);
  });
  after(() => service.stop());

  async function write(lines: readonly string[]): Promise<void> {
    const { status } = await fetch(`${service.url}/api/v2/write?org=o&bucket=b&precision=ms`, {
      method: 'POST',
      headers: { authorization: `Token ${key}` },
      body: lines.join('\n'),
    });
    expect(status).to.equal(204);
  }
  async function ask(address: string): Promise<Record<string, unknown>> {
    const { status, body } = await service.ask('get', address, { token });
    expect(status, JSON.stringify(body)).to.equal(200);
    return body;
  }
  async function tagsOf(source: RegExp): Promise<{ id: string; name: string }[]> {
    const { items } = await ask('/api/v1/tags?limit=10000');
    return (items as { id: string; name: string; source: string }[]).filter((tag) => source.test(tag.source));
  }

  it('hold what the rows hold, of every type and page by page', async () => {
    const fields = (i: number) => `speed=${i / 4},pieces=${2n ** 62n + BigInt(i)}i,on=${i % 2 === 0},job="A${i}"`;
    await write(Array.from({ length: 50 }, (_, i) => `press ${fields(i)} ${start + i * 1_000}`));
    const tags = await tagsOf(/^press$/);
    expect(tags.map(({ name }) => name)).to.have.members(['speed', 'pieces', 'on', 'job']);
    for (const { id } of tags) {
      const rows = (await ask(`/api/v1/tags/${id}/samples?${range}`)).items as Row[];
      expect(rows).to.have.length(50);
      const found: Row[] = [];
      let next = '';
      do {
        const page = await ask(`/api/v1/tags/${id}/samples?${range}&form=columns&limit=20${next}`);
        const { time, value, status } = page as { time: number[]; value: unknown[]; status: number[] };
        for (const [i, at] of time.entries())
          found.push({ sourceTime: new Date(at).toISOString(), value: value[i], status: status[i]! });
        next = page.cursor === undefined ? '' : `&cursor=${page.cursor}`;
      } while (next !== '');
      expect(found).to.deep.equal(rows.map(({ sourceTime, value, status }) => ({ sourceTime, value, status })));
      const latest = await ask(`/api/v1/latest?tags=${id}&form=columns`);
      expect(latest).to.deep.equal({
        tag: [id],
        time: [start + 49_000],
        value: [rows.at(-1)!.value],
        status: [0],
      });
    }
  });

  it('give the newest of thousands of tags in one question, more than an address holds', async () => {
    const count = 6_000;
    for (let from = 0; from < count; from += 2_000)
      await write(Array.from({ length: 2_000 }, (_, i) => `many,no=${from + i} value=${from + i} ${start}`));
    const tags = (await tagsOf(/^many/)).map(({ id }) => id);
    expect(tags).to.have.length(count);
    const body = { tags };
    const rows = (await service.ask('post', '/api/v1/latest', { token, body })).body.items as Row[];
    expect(rows.map(({ tag }) => tag)).to.deep.equal(tags);
    expect(new Set(rows.map(({ value }) => value)).size).to.equal(count);
    const columns = await service.ask('post', '/api/v1/latest', { token, body: { tags, form: 'columns' } });
    expect(columns.body).to.deep.equal({
      tag: tags,
      time: tags.map(() => start),
      value: rows.map(({ value }) => value),
      status: tags.map(() => 0),
    });
  });

  it('are refused whole for one tag that is not there, and the audit hears of it as of a GET', async () => {
    const tags = ['1', '999999'];
    const refused = await service.ask('post', '/api/v1/latest', { token, body: { tags } });
    expect([refused.status, refused.body.code]).to.deep.equal([404, 'not-found']);
    const { items } = await ask('/api/v1/audit?limit=1000');
    const told = (items as { action: string; object: string; outcome: string }[]).filter(({ action }) =>
      action.endsWith('/latest'),
    );
    expect(told.map(({ action, object, outcome }) => [action, object, outcome])).to.deep.equal([
      ['post /api/v1/latest', '1,999999', 'refused'],
    ]);
    const many = Array.from({ length: 10_001 }, (_, i) => String(i));
    for (const [wrong, where] of [
      [{ tags: [] }, 'body.tags'],
      [{ tags: many }, 'body.tags'],
      [{ tags: ['1', 'x'] }, 'body.tags.1'],
      [{ tags: ['1'], form: 'rows,columns' }, 'body.form'],
    ] as const) {
      const { status, body } = await service.ask('post', '/api/v1/latest', { token, body: wrong });
      expect([status, (body.places as { where: string }[])[0]?.where]).to.deep.equal([400, where]);
    }
  });
});
