import { aroundTheClock, plannedIn, shiftsOf, windowsOf } from '@gongfu/shared/kpi/calendar';
import type { CalendarDefinition, ShiftDefinition } from '@gongfu/shared/model/calendar';
import { expect } from 'chai';
import fc from 'fast-check';

const hour = 3_600_000;
const everyDay = [1, 2, 3, 4, 5, 6, 7];

function shift(id: string, start: string, end: string, more: Partial<ShiftDefinition> = {}): ShiftDefinition {
  return { id, name: { zh: '班', en: id }, start, end, days: everyDay, breaks: [], ...more };
}

function calendar(timeZone: string, shifts: ShiftDefinition[], holidays: string[] = []): CalendarDefinition {
  return { calendarId: 'c', timeZone, shifts, holidays };
}

const threeShifts = [
  shift('early', '06:00', '14:00'),
  shift('late', '14:00', '22:00'),
  shift('night', '22:00', '06:00'),
];

describe('calendar: shifts', () => {
  it('run over midnight and belong to the day they start on', () => {
    const shanghai = calendar('Asia/Shanghai', threeShifts);
    const at = Date.UTC(2026, 10, 23, 16, 30); // 00:30 on the 24th in Shanghai
    const [night, ...others] = shiftsOf(shanghai, at, at + 1);
    expect(others).to.deep.equal([]);
    expect(night).to.include({
      shiftId: 'night',
      day: '2026-11-23',
      from: Date.UTC(2026, 10, 23, 14),
      to: Date.UTC(2026, 10, 23, 22),
    });
  });

  it('leave out breaks, also those after midnight and over it', () => {
    const breaks = [
      { start: '23:45', end: '00:15' },
      { start: '03:00', end: '03:30' },
      { start: '05:50', end: '06:20' },
    ];
    const utc = calendar('UTC', [shift('night', '22:00', '06:00', { breaks })]);
    const [night] = shiftsOf(utc, Date.UTC(2026, 0, 5, 23), Date.UTC(2026, 0, 6));
    const clock = (day: number, h: number, m: number) => Date.UTC(2026, 0, day, h, m);
    expect(night?.planned).to.deep.equal([
      [clock(5, 22, 0), clock(5, 23, 45)],
      [clock(6, 0, 15), clock(6, 3, 0)],
      [clock(6, 3, 30), clock(6, 5, 50)],
    ]);
    expect(night?.breaks.at(-1)).to.deep.equal([clock(6, 5, 50), clock(6, 6, 0)]);
  });

  it('last 7 and 9 hours in the nights the clock is changed, and follow each other without a hole', () => {
    const berlin = calendar('Europe/Berlin', threeShifts);
    for (const [month, day, length] of [
      [2, 28, 7],
      [9, 24, 9],
      [5, 10, 8],
    ] as const) {
      const date = `2026-${String(month + 1).padStart(2, '0')}-${day}`;
      const noon = Date.UTC(2026, month, day, 12);
      const shifts = shiftsOf(berlin, noon, noon + 36 * hour);
      const night = shifts.find(({ shiftId, day: on }) => shiftId === 'night' && on === date)!;
      expect((night.to - night.from) / hour, date).to.equal(length);
      for (const [i, { from }] of shifts.entries()) if (i > 0) expect(from).to.equal(shifts[i - 1]!.to);
    }
  });

  it('keep the length of a break that meets the changed hour', () => {
    const breaks = [{ start: '02:30', end: '03:00' }];
    const berlin = calendar('Europe/Berlin', [shift('night', '22:00', '06:00', { breaks })]);
    for (const [month, day] of [
      [2, 28],
      [9, 24],
    ] as const) {
      const [night] = shiftsOf(berlin, Date.UTC(2026, month, day, 22), Date.UTC(2026, month, day, 23));
      expect(night!.breaks.map(([from, to]) => to - from)).to.deep.equal([hour / 2]);
    }
  });

  it('do not start on a holiday nor on a day that is not theirs', () => {
    const weekdays = { days: [1, 2, 3, 4, 5] };
    const works = calendar('Asia/Shanghai', [shift('night', '22:00', '06:00', weekdays)], ['2026-11-25']);
    const monday = Date.UTC(2026, 10, 23);
    const days = shiftsOf(works, monday, monday + 8 * 24 * hour).map(({ day }) => day);
    expect(days).to.deep.equal(['2026-11-23', '2026-11-24', '2026-11-26', '2026-11-27', '2026-11-30']);
  });

  it('start on an extra day as on the day it is like, holiday or not', () => {
    const weekdays = { days: [1, 2, 3, 4, 5] };
    const works = {
      ...calendar('Asia/Shanghai', [shift('day', '08:00', '16:00', weekdays)], ['2026-11-28']),
      extraDays: [
        { date: '2026-11-28', like: 1 },
        { date: '2026-11-25', like: 7 },
      ],
    };
    const monday = Date.UTC(2026, 10, 23);
    const days = shiftsOf(works, monday, monday + 7 * 24 * hour).map(({ day }) => day);
    expect(days).to.deep.equal(['2026-11-23', '2026-11-24', '2026-11-26', '2026-11-27', '2026-11-28']);
  });

  it('take a change from its day on and leave what started before it alone', () => {
    const day = fc
      .integer({ min: 0, max: 40 })
      .map((n) => new Date(Date.UTC(2026, 9, 10 + n)).toISOString().slice(0, 10));
    const changes = fc.uniqueArray(
      fc.record({ from: day, shifts: fc.constantFrom([shift('a', '05:00', '17:00')], [shift('b', '20:00', '04:00')]) }),
      { selector: ({ from }) => from, maxLength: 4 },
    );
    const start = Date.UTC(2026, 9, 1);
    const end = start + 60 * 24 * hour;
    fc.assert(
      fc.property(changes, day, (known, from) => {
        const before = { ...calendar('Europe/Berlin', threeShifts), changes: known };
        const after = { ...before, changes: [{ from, shifts: [shift('new', '07:00', '19:00')] }, ...known] };
        const was = shiftsOf(before, start, end);
        const is = shiftsOf(after, start, end);
        const earlier = (shifts: typeof was) => shifts.filter((one) => one.day < from);
        expect(earlier(is)).to.deep.equal(earlier(was));
        const next =
          known
            .map((change) => change.from)
            .filter((other) => other >= from)
            .sort()[0] ?? '9';
        const ruled = is.filter((one) => one.day >= from && one.day < next);
        expect(new Set(ruled.map(({ shiftId }) => shiftId)).size).to.equal(next === from ? 0 : 1);
      }),
      { numRuns: 60 },
    );
  });

  it('plan overlapping time once, clipped to the question', () => {
    const overlap = calendar('UTC', [shift('a', '06:00', '14:00'), shift('b', '13:00', '20:00')]);
    const day = Date.UTC(2026, 0, 5);
    expect(plannedIn(overlap, day + 7 * hour, day + 19 * hour)).to.deep.equal([[day + 7 * hour, day + 19 * hour]]);
  });

  it('are refused with an unknown zone or a malformed time', () => {
    expect(() => shiftsOf(calendar('Mars/Olympus', threeShifts), 0, 1)).to.throw(RangeError);
    expect(() => shiftsOf(calendar('UTC', [shift('a', '25:00', '26:00')]), 0, 1)).to.throw(RangeError);
  });
});

describe('calendar: windows', () => {
  it('days of a changed clock have 23 and 25 hours, each hour its own label', () => {
    const berlin = calendar('Europe/Berlin', threeShifts);
    for (const [month, day, length] of [
      [2, 29, 23],
      [9, 25, 25],
    ] as const) {
      const [whole] = windowsOf(berlin, 'day', Date.UTC(2026, month, day, 12), Date.UTC(2026, month, day, 13));
      expect((whole!.to - whole!.from) / hour).to.equal(length);
      const hours = windowsOf(berlin, 'hour', whole!.from, whole!.to);
      expect(hours).to.have.length(length);
      expect(new Set(hours.map(({ label }) => label)).size).to.equal(length);
    }
    const labels = windowsOf(berlin, 'hour', Date.UTC(2026, 9, 25), Date.UTC(2026, 9, 25, 2)).map(({ label }) => label);
    expect(labels).to.deep.equal(['2026-10-25 02:00+02:00', '2026-10-25 02:00+01:00']);
  });

  it('say the shift with its day, and UTC where there is no calendar', () => {
    const at = Date.UTC(2026, 10, 23, 5, 30);
    const label = (of: CalendarDefinition, kind: 'hour' | 'shift' | 'day') => windowsOf(of, kind, at, at + 1)[0]?.label;
    const shanghai = calendar('Asia/Shanghai', threeShifts);
    expect(label(shanghai, 'shift')).to.equal('2026-11-23 early');
    expect(label(shanghai, 'hour')).to.equal('2026-11-23 13:00+08:00');
    expect(label(shanghai, 'day')).to.equal('2026-11-23');
    expect(label(aroundTheClock, 'shift')).to.equal('2026-11-23 24/7 UTC');
    expect(label(aroundTheClock, 'hour')).to.equal('2026-11-23 05:00 UTC');
    expect(label(aroundTheClock, 'day')).to.equal('2026-11-23 UTC');
    const shiftId = (of: CalendarDefinition, kind: 'day' | 'shift') => windowsOf(of, kind, at, at + 1)[0]?.shiftId;
    expect(shiftId(shanghai, 'shift')).to.equal('early');
    expect(shiftId(shanghai, 'day')).to.equal(null);
    expect(shiftId(aroundTheClock, 'shift')).to.equal(null);
  });

  it('hours and days follow each other and are the same whatever range was asked for', () => {
    const zones = ['Europe/Berlin', 'Asia/Shanghai', 'Asia/Kolkata', 'Australia/Lord_Howe', 'America/Sao_Paulo'];
    const start = Date.UTC(2017, 0, 1);
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.constantFrom('hour' as const, 'day' as const),
        fc.integer({ min: 0, max: 10 * 365 * 24 * 60 }),
        fc.integer({ min: 1, max: 3 * 24 * 60 }),
        (zone, kind, minute, length) => {
          const of = calendar(zone, threeShifts);
          const from = start + minute * 60_000;
          const to = from + length * 60_000;
          const windows = windowsOf(of, kind, from, to);
          expect(windows[0]!.from).to.be.at.most(from);
          expect(windows.at(-1)!.to).to.be.at.least(to);
          for (const [i, window] of windows.entries()) {
            expect(window.to).to.be.above(window.from);
            if (i > 0) expect(window.from).to.equal(windows[i - 1]!.to);
          }
          const last = windows.at(-1)!;
          expect(windowsOf(of, kind, to - 1, to)).to.deep.equal([last]);
        },
      ),
      { numRuns: 150 },
    );
  });
});
