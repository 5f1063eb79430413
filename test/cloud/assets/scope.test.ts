import { expect } from 'chai';
import { ServiceFixture, userNames } from '../access/service-fixture.ts';

const name = { zh: '名称', en: 'Name' };
const shift = { id: 'day', name, start: '08:00', end: '16:00' };

describe('assets: editing within a part of the plant', () => {
  const service = new ServiceFixture();
  let token: string;
  let part: string;

  const ask = (method: string, path: string, body?: unknown, by = part) =>
    service.ask(method, `/api/v1${path}`, { token: by, body });

  before(async () => {
    await service.start();
    token = await service.tokenOf(userNames.administrator);
    await ask('post', '/assets', { parent: null, id: 'hall', level: 'site', name, calendar: 'day' }, token);
    const made = await ask('post', '/users', { name: 'ma', role: 'plant-manager', scope: ['hall'] }, token);
    const first = await service.ask('post', '/api/v1/sessions', { body: { user: 'ma', password: made.body.password } });
    const change = { current: made.body.password, next: 'seven green umbrellas' };
    await ask('post', '/sessions/current/password', change, String(first.body.token));
    part = String(first.body.token);
  });
  after(() => service.stop());

  it('reaches what is under the scope', async () => {
    expect((await ask('post', '/assets', { parent: 'hall', id: 'line', level: 'line', name })).status).to.equal(201);
    expect((await ask('patch', '/assets/hall.line', { targetOee: 0.5 })).status).to.equal(204);
    expect((await ask('post', '/calendars', { id: 'own', timeZone: 'UTC', shifts: [shift] })).status).to.equal(201);
    expect((await ask('delete', '/calendars/own')).status).to.equal(204);
  });

  it('reaches nothing else: it is as if it were not there', async () => {
    const requests: [string, string, unknown?][] = [
      ['patch', '/assets/site.line-1', { targetOee: 0.5 }],
      ['post', '/assets/site.line-1/retirement'],
      ['delete', '/assets/site.line-1/retirement'],
      ['post', '/assets', { parent: 'site.line-1', id: 'x', level: 'work-unit', name }],
      ['post', '/assets', { parent: null, id: 'x', level: 'site', name }],
    ];
    for (const [method, path, body] of requests) {
      expect((await ask(method, path, body)).status, `${method} ${path}`).to.equal(404);
    }
  });

  it('leaves alone a calendar that others work by too, and does not name them', async () => {
    const { body } = await ask('get', '/calendars');
    const day = (body.items as { id: string; usedBy: string[] }[]).find(({ id }) => id === 'day');
    expect(day?.usedBy).to.deep.equal(['hall', 'hall.line']);
    const change = { revision: 1, timeZone: 'UTC', shifts: [shift], changesPast: true };
    expect((await ask('put', '/calendars/day', change)).body.code).to.equal('calendar-shared');
    expect((await ask('delete', '/calendars/day')).body.code).to.equal('calendar-shared');
  });
});
