import { expect } from 'chai';
import { type Answer, ServiceFixture, userNames } from '../access/service-fixture.ts';

const night = {
  id: 'night',
  name: { zh: '夜班', en: 'Night' },
  start: '22:00',
  end: '06:00',
  days: [1, 2, 3, 4, 5],
  breaks: [{ start: '01:00', end: '01:30' }],
};
const dayMs = 86_400_000;
const dateIn = (days: number) => new Date(Date.now() + days * dayMs).toISOString().slice(0, 10);

describe('assets: shift calendars over HTTP', () => {
  const service = new ServiceFixture();
  let token: string;

  before(async () => {
    await service.start();
    token = await service.tokenOf(userNames.administrator);
  });
  after(() => service.stop());

  const ask = (method: string, path: string, body?: unknown) => service.ask(method, `/api/v1${path}`, { token, body });
  const codeOf = ({ body }: Answer) => body.code;
  const whereOf = ({ body }: Answer) => (body.places as { where: string }[]).map(({ where }) => where);
  const listed = async (id: string) => {
    const { items } = (await ask('get', '/calendars')).body as { items: { id: string }[] };
    return items.find((item) => item.id === id);
  };

  it('are made, listed with who works by them, and removed while nobody does', async () => {
    const made = await ask('post', '/calendars', { id: 'nights', timeZone: 'Asia/Shanghai', shifts: [night] });
    expect(made.status).to.equal(201);
    expect(await listed('nights')).to.deep.include({ revision: 1, usedBy: [], shifts: [night], changes: [] });
    expect(await listed('day')).to.deep.include({ usedBy: ['site', 'site.line-1', 'site.line-2'] });
    expect(codeOf(await ask('post', '/calendars', { id: 'nights', timeZone: 'UTC', shifts: [night] }))).to.equal(
      'calendar-exists',
    );
    expect((await ask('delete', '/calendars/nights')).status).to.equal(204);
    expect(await listed('nights')).to.equal(undefined);
    expect(codeOf(await ask('delete', '/calendars/nights'))).to.equal('calendar-unknown');
    expect(codeOf(await ask('delete', '/calendars/day'))).to.equal('calendar-in-use');
  });

  it('have shifts with names of one line and of at most 200 characters', async () => {
    const named = (name: { zh: string; en: string }) =>
      ask('post', '/calendars', { id: 'named', timeZone: 'UTC', shifts: [{ ...night, name }] });
    const wrong = await named({ zh: '夜\0班', en: 'n'.repeat(201) });
    expect([wrong.status, codeOf(wrong), whereOf(wrong)]).to.deep.equal([
      400,
      'request-invalid',
      ['body.shifts.0.name.zh', 'body.shifts.0.name.en'],
    ]);
    expect(wrong.body.text).to.have.keys('zh', 'en');
    expect((await named({ zh: '夜 🌙', en: 'n'.repeat(200) })).status).to.equal(201);
  });

  it('are refused with every fault at once, and with where', async () => {
    const malformed = await ask('post', '/calendars', {
      id: 'Bad id',
      timeZone: 'Mars/Olympus',
      shifts: [{ ...night, start: '25:00', days: [8] }],
    });
    expect(malformed.status).to.equal(400);
    expect(whereOf(malformed)).to.have.members([
      'body.id',
      'body.timeZone',
      'body.shifts.0.start',
      'body.shifts.0.days.0',
    ]);
    const breaks = [
      { start: '23:00', end: '23:30' },
      { start: '23:15', end: '23:45' },
      { start: '07:00', end: '07:10' },
      { start: '02:00', end: '02:00' },
    ];
    const senseless = await ask('post', '/calendars', {
      id: 'senseless',
      timeZone: 'UTC',
      shifts: [
        { ...night, breaks },
        { ...night, days: [] },
      ],
      holidays: ['2026-10-01', '2026-10-01'],
      changes: [{ from: '2027-01-01', shifts: [{ ...night, breaks: [{ start: '21:00', end: '22:30' }] }] }],
    });
    expect(senseless.status).to.equal(422);
    expect(whereOf(senseless)).to.have.members([
      'body.shifts.0.breaks.1',
      'body.shifts.0.breaks.2',
      'body.shifts.0.breaks.3',
      'body.shifts.1.id',
      'body.shifts.1.days',
      'body.holidays.1',
      'body.changes.0.shifts.0.breaks.0',
    ]);
    expect(await listed('senseless')).to.equal(undefined);
  });

  it('take other shifts from a day to come without touching the past, which needs a word of its own', async () => {
    const { body } = await ask('get', '/calendars');
    const {
      id: _id,
      usedBy: _used,
      ...day
    } = (body.items as Record<string, unknown>[]).find(({ id }) => id === 'day')!;
    const change = (more: object) => ask('put', '/calendars/day', { ...day, ...more });
    const past = await change({ shifts: [night], holidays: ['2020-01-01'] });
    expect(codeOf(past)).to.equal('calendar-past-change');
    expect(whereOf(past)).to.have.members(['body.shifts', 'body.holidays']);
    expect(codeOf(await change({ changes: [{ from: dateIn(-2), shifts: [night] }] }))).to.equal('calendar-past-change');
    const coming = { changes: [{ from: dateIn(3), shifts: [night] }], holidays: [dateIn(5)] };
    const changed = await change(coming);
    expect(changed.status, JSON.stringify(changed.body)).to.equal(200);
    expect(changed.body).to.deep.include({ ...coming, revision: 2 });
    expect(codeOf(await change({})), 'an old revision').to.equal('calendar-changed-meanwhile');
    const forced = await change({ ...coming, revision: 2, shifts: [night], changesPast: true });
    expect(forced.body).to.deep.include({ revision: 3, shifts: [night] });
  });

  it('give a machine its shifts: the windows of its KPIs follow', async () => {
    const from = Date.now() - dayMs;
    const shiftIds = async () => {
      const { body } = await ask('get', `/kpis?asset=site.line-1&window=shift&from=${from}&to=${Date.now()}`);
      return new Set((body.items as { shiftId: string }[] | undefined)?.map(({ shiftId }) => shiftId));
    };
    expect([...(await shiftIds())]).to.deep.equal(['night']);
    const halves = ['00:00', '12:00'].map((start, half) => ({
      ...{ id: `half-${half}`, name: night.name, start, end: half === 0 ? '12:00' : '00:00' },
    }));
    await ask('post', '/calendars', { id: 'halves', timeZone: 'UTC', shifts: halves });
    expect(codeOf(await ask('patch', '/assets/site.line-1', { calendar: 'halves' }))).to.equal('asset-past-change');
    expect((await ask('patch', '/assets/site.line-1', { calendar: 'halves', changesPast: true })).status).to.equal(204);
    expect([...(await shiftIds())]).to.have.members(['half-0', 'half-1']);
  });
});
