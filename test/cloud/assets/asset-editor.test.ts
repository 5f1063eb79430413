import { expect } from 'chai';
import { type Answer, ServiceFixture, userNames } from '../access/service-fixture.ts';

interface AssetJson {
  readonly id: string;
  readonly name: { en: string };
  readonly targetOee: number | null;
  readonly plannedCycleMs: number | null;
  readonly targetChanges: readonly { from: string }[];
  readonly retiredAt: string | null;
  readonly calendar: { id: string } | null;
}

const name = { zh: '名称', en: 'Name' };

describe('assets: editing the tree over HTTP', () => {
  const service = new ServiceFixture();
  let token: string;

  before(async () => {
    await service.start();
    token = await service.tokenOf(userNames.administrator);
  });
  after(() => service.stop());

  const ask = (method: string, path: string, body?: unknown) =>
    service.ask(method, `/api/v1/assets${path}`, { token, body });
  const assets = async (query = '') => (await ask('get', query)).body.items as AssetJson[];
  const asset = async (id: string) => (await assets('?retired=true')).find((one) => one.id === id);
  const add = (parent: string | null, id: string, level: string, more: object = {}) =>
    ask('post', '', { parent, id, level, name, ...more });
  const whereOf = ({ body }: Answer) => (body.places as { where: string }[] | undefined)?.map(({ where }) => where);

  it('adds an asset under another one, which gives it its calendar', async () => {
    expect((await add(null, 'hall', 'site', { calendar: 'day' })).body).to.deep.equal({ id: 'hall' });
    expect((await add('hall', 'line-9', 'line')).body).to.deep.equal({ id: 'hall.line-9' });
    const signals = [{ role: 'state', gateway: 'line-1', source: 'plc', tag: 'speed' }];
    expect((await add('hall.line-9', 'robot', 'work-unit', { signals, stateMapping: 'simple' })).status).to.equal(201);
    expect(await asset('hall.line-9.robot')).to.deep.include({ name, targetOee: null });
    expect((await asset('hall.line-9.robot'))?.calendar?.id).to.equal('day');
    // Its signal is resolved at once: figures can be asked for.
    const states = await ask('get', '/hall.line-9.robot/states');
    expect(states.status).to.equal(200);
  });

  it('refuses what cannot stand there, with every fault at once', async () => {
    const refused = await add('hall.line-9', 'area-1', 'area', { calendar: 'none', stateMapping: 'none' });
    expect(refused.status).to.equal(422);
    expect(whereOf(refused)).to.have.members(['body.level', 'body.calendar', 'body.stateMapping']);
    expect(whereOf(await add('nowhere', 'x', 'line'))).to.deep.equal(['body.parent']);
    expect((await add('hall', 'line-9', 'line')).body.code).to.equal('asset-exists');
    expect(whereOf(await add('hall', 'Line 9', 'line'))).to.deep.equal(['body.id']);
    expect((await ask('patch', '/nowhere', { name })).body.code).to.equal('asset-unknown');
    expect(whereOf(await ask('patch', '/hall', { kpiFrom: ['hall.line-9', 'site.line-1'] }))).to.deep.equal([
      'body.kpiFrom.1',
    ]);
  });

  it('refuses names that are no line, or longer than a name, of the asset and of what feeds it', async () => {
    const signal = { role: 'signal', gateway: 'line-1', source: 'plc\n', tag: 't'.repeat(201) };
    const named = { name: { zh: '压\0机', en: 'n'.repeat(65_536) }, signals: [signal] };
    const places = ['body.name.zh', 'body.name.en', 'body.signals.0.source', 'body.signals.0.tag'];
    const added = await add('hall', 'press', 'line', named);
    expect([added.status, added.body.code, whereOf(added)]).to.deep.equal([400, 'request-invalid', places]);
    expect(added.body.text).to.have.keys('zh', 'en');
    expect(whereOf(await ask('patch', '/hall', named))).to.deep.equal(places);
    expect((await ask('patch', '/hall', { name: { zh: '车间 🏭', en: 'n'.repeat(200) } })).status).to.equal(204);
  });

  it('lets a scope connect only what it sees already: naming a tag is seeing it', async () => {
    const scoped = await service.tokenOf(userNames.scoped);
    const connect = (method: string, path: string, signal: object, more: object = {}) =>
      service.ask(method, `/api/v1/assets${path}`, {
        token: scoped,
        body: { ...more, changesPast: true, signals: [{ role: 'signal', gateway: 'line-1', ...signal }] },
      });
    const own = { source: 'plc-2', tag: 'torque' };
    for (const foreign of [
      { source: 'plc', tag: 'speed' },
      { source: 'plc-2', tag: 'of-no-asset' },
      { source: 'plc-2', tag: 'not-yet' },
    ]) {
      const refused = await connect('patch', '/site.line-2', foreign);
      expect([refused.status, whereOf(refused)]).to.deep.equal([422, ['body.signals.0']]);
    }
    expect((await connect('patch', '/site.line-2', { ...own, role: 'state' })).status).to.equal(204);
  });

  it('gives targets from a moment on: the first at once, later ones without a word about the past', async () => {
    const robot = '/hall.line-9.robot';
    await ask('patch', robot, { targetOee: 0.6, plannedCycleMs: 2_000 });
    expect(await asset('hall.line-9.robot')).to.deep.include({ targetOee: 0.6, targetChanges: [] });
    await ask('patch', robot, { targetOee: 0.7 });
    const changed = await asset('hall.line-9.robot');
    expect(changed).to.deep.include({ targetOee: 0.7, plannedCycleMs: 2_000 });
    expect(changed?.targetChanges).to.have.length(1);
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    await ask('patch', robot, { targetOee: 0.8, validFrom: tomorrow });
    expect(await asset('hall.line-9.robot')).to.deep.include({ targetOee: 0.7 });
    const past = await ask('patch', robot, { targetOee: 0.9, validFrom: '2026-01-01T00:00:00Z' });
    expect(past.body.code).to.equal('asset-past-change');
    expect(whereOf(past)).to.deep.equal(['body.validFrom']);
  });

  it('retires a subtree and takes it back; what is retired is no part of the list', async () => {
    expect((await ask('post', '/hall.line-9/retirement')).status).to.equal(204);
    const ids = (await assets()).map(({ id }) => id);
    expect(ids).to.include('hall').and.not.include.members(['hall.line-9', 'hall.line-9.robot']);
    expect((await asset('hall.line-9.robot'))?.retiredAt).to.be.a('string');
    expect(whereOf(await add('hall.line-9', 'other', 'work-unit'))).to.deep.equal(['body.parent']);
    const orphan = await ask('delete', '/hall.line-9.robot/retirement');
    expect(orphan.body.code).to.equal('asset-invalid');
    expect((await ask('delete', '/hall.line-9/retirement')).status).to.equal(204);
    expect((await assets()).map(({ id }) => id)).to.include('hall.line-9.robot');
  });
});
