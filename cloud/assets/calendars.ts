import type { Clock } from '@gongfu/shared/base/clock';
import { Problem, type ProblemPlace } from '@gongfu/shared/base/problem';
import type { CalendarDefinition } from '@gongfu/shared/model/calendar';
import { type CalendarFault, calendarFaults } from '@gongfu/shared/model/calendar-fault';
import type { z } from 'zod';
import type { Principal } from '../access/principal.ts';
import { sees } from '../access/scope.ts';
import type { CalendarRecord, Records } from '../records/records.ts';
import type { calendarSchema } from './calendar-schema.ts';

/** Whose tenant, and which assets the one who asks may change. */
type Asking = Pick<Principal, 'tenantId' | 'scope'>;

export type CalendarContent = z.infer<typeof calendarSchema>;

export interface CalendarUse extends CalendarRecord {
  /** Assets that work by it, themselves or by their ancestors. */
  readonly usedBy: readonly string[];
}

const faultTexts: Readonly<Record<CalendarFault['code'], string>> = {
  twice: 'stands twice',
  'no-day': 'names no day of the week, so that the shift never starts',
  'break-empty': 'ends when it starts',
  'break-outside': 'lies outside its shift',
  'breaks-overlap': 'overlaps another break of the shift',
};

/** The shift calendars of the tenants. What has begun is changed only by somebody who says so. */
export class Calendars {
  readonly #records: Pick<Records, 'calendars' | 'assets'>;
  readonly #refresh: () => Promise<void>;
  readonly #clock: Clock;

  /** `refresh` is called after every change, before it is answered. */
  constructor(options: {
    records: Pick<Records, 'calendars' | 'assets'>;
    refresh: () => Promise<void>;
    clock: Clock;
  }) {
    this.#records = options.records;
    this.#refresh = options.refresh;
    this.#clock = options.clock;
  }

  /** Of the assets that work by one, those are named that are seen. */
  async list(asking: Asking): Promise<CalendarUse[]> {
    const all = await this.#all(asking.tenantId);
    return all.map((calendar) => ({ ...calendar, usedBy: calendar.usedBy.filter((assetId) => sees(asking, assetId)) }));
  }

  async #all(tenantId: string): Promise<CalendarUse[]> {
    const calendars = await this.#records.calendars.find({ tenantId }).sort({ calendarId: 1 }).lean<CalendarRecord[]>();
    const assets = await this.#records.assets.find({ tenantId }).select({ assetId: 1, calendarId: 1 }).lean();
    return calendars.map((calendar) => ({
      ...calendar,
      usedBy: assets.filter(({ calendarId }) => calendarId === calendar.calendarId).map(({ assetId }) => assetId),
    }));
  }

  /** @throws Problem `calendar-invalid`, `calendar-exists` */
  async create(tenantId: string, content: CalendarContent): Promise<CalendarUse> {
    refuseFaults(content);
    const { id, ...rest } = content;
    const record: CalendarRecord = { _id: `${tenantId}/${id}`, tenantId, calendarId: id, ...rest, revision: 1 };
    try {
      await this.#records.calendars.create(record);
    } catch (error) {
      if ((error as { code?: unknown }).code === 11_000) throw exists(id);
      throw error;
    }
    await this.#refresh();
    return { ...record, usedBy: [] };
  }

  /** @throws Problem `calendar-invalid`, `calendar-unknown`, `calendar-shared`, `calendar-changed-meanwhile`, `calendar-past-change` */
  async replace(
    asking: Asking,
    content: CalendarContent,
    options: { revision: number; changesPast: boolean },
  ): Promise<CalendarUse> {
    refuseFaults(content);
    const { id, ...rest } = content;
    const { revision } = options;
    const before = await this.#own(asking, id);
    if ((before.revision ?? 1) !== revision) throw changedMeanwhile(id);
    if (before.usedBy.length > 0 && !options.changesPast) this.#refuseOtherPast(before, { calendarId: id, ...rest });
    const filter = { _id: before._id, ...(before.revision === undefined ? {} : { revision }) };
    const next = { ...rest, revision: revision + 1 };
    const { matchedCount } = await this.#records.calendars.updateOne(filter, { $set: next });
    if (matchedCount !== 1) throw changedMeanwhile(id);
    await this.#refresh();
    return { ...before, ...next };
  }

  /** @throws Problem `calendar-unknown`, `calendar-shared`, `calendar-in-use` */
  async remove(asking: Asking, id: string): Promise<void> {
    const { _id, usedBy } = await this.#own(asking, id);
    if (usedBy.length > 0) throw inUse(id, usedBy);
    await this.#records.calendars.deleteOne({ _id });
    await this.#refresh();
  }

  /** One that no asset works by that the one who asks may not change. */
  async #own(asking: Asking, id: string): Promise<CalendarUse> {
    const found = (await this.#all(asking.tenantId)).find(({ calendarId }) => calendarId === id);
    if (found?.usedBy.every((assetId) => sees(asking, assetId)) === true) return found;
    if (found !== undefined) throw sharedCalendar(id);
    throw new Problem({
      code: 'calendar-unknown',
      detail: `there is no calendar ${id}`,
      advice: 'Take the id from GET /api/v1/calendars.',
      reaction: 'drop',
      status: 404,
    });
  }

  #refuseOtherPast(before: CalendarDefinition, after: CalendarDefinition): void {
    const today = localDate(before.timeZone, this.#clock.now());
    const [was, is] = [pastOf(before, today), pastOf(after, today)];
    const places = Object.keys(was)
      .filter((part) => JSON.stringify(was[part]) !== JSON.stringify(is[part]))
      .map((part) => ({ where: `body.${part}`, what: `differs on ${today} or earlier` }));
    if (places.length === 0) return;
    throw new Problem({
      code: 'calendar-past-change',
      detail: `this changes what calendar ${before.calendarId} says of ${today} or earlier, and so figures already shown`,
      advice: 'Put it into changes from tomorrow on; or, to correct the past, send "changesPast": true.',
      reaction: 'drop',
      status: 409,
      places,
    });
  }
}

/** What the calendar says of days up to and with `today`, part by part. */
function pastOf(calendar: CalendarDefinition, today: string): Record<string, unknown> {
  const { timeZone, shifts, holidays, extraDays = [], changes = [] } = calendar;
  return {
    timeZone,
    shifts: shifts.map(plain),
    holidays: holidays.filter((date) => date <= today).toSorted(),
    extraDays: extraDays
      .filter(({ date }) => date <= today)
      .map(({ date, like }) => `${date} ${like}`)
      .toSorted(),
    changes: changes
      .filter(({ from }) => from <= today)
      .toSorted((a, b) => a.from.localeCompare(b.from))
      .map(({ from, shifts: later }) => ({ from, shifts: later.map(plain) })),
  };
}

/** A new name changes no figure. */
function plain({ id, start, end, days, breaks }: CalendarDefinition['shifts'][number]) {
  return [id, start, end, days.toSorted(), breaks.map((pause) => [pause.start, pause.end])];
}

function localDate(timeZone: string, time: number): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(time);
}

function refuseFaults(content: CalendarContent): void {
  const places: ProblemPlace[] = calendarFaults(content).map(({ path, code }) => ({
    where: ['body', ...path].join('.'),
    what: faultTexts[code],
  }));
  if (places.length === 0) return;
  throw new Problem({
    code: 'calendar-invalid',
    detail: places.map(({ where, what }) => `${where} ${what}`).join('; '),
    advice: 'Correct the places named; nothing was changed.',
    reaction: 'drop',
    status: 422,
    places,
  });
}

function exists(id: string): Problem {
  return new Problem({
    code: 'calendar-exists',
    detail: `there is a calendar ${id} already`,
    advice: 'Choose another id, or change that calendar.',
    reaction: 'drop',
    status: 409,
  });
}

function changedMeanwhile(id: string): Problem {
  return new Problem({
    code: 'calendar-changed-meanwhile',
    detail: `calendar ${id} was changed by somebody else since it was read`,
    advice: 'Read it again and make the change anew.',
    reaction: 'drop',
    status: 409,
  });
}

function sharedCalendar(id: string): Problem {
  return new Problem({
    code: 'calendar-shared',
    detail: `assets outside your part of the plant work by calendar ${id} too`,
    advice: 'Make a calendar of your own, or ask somebody who sees the whole plant.',
    reaction: 'drop',
    status: 403,
  });
}

function inUse(id: string, usedBy: readonly string[]): Problem {
  return new Problem({
    code: 'calendar-in-use',
    detail: `${usedBy.length} assets work by calendar ${id}: ${usedBy.slice(0, 3).join(', ')}${usedBy.length > 3 ? ' …' : ''}`,
    advice: 'Give them another calendar first.',
    reaction: 'drop',
    status: 409,
  });
}
