import { z } from 'zod';
import { calendarSchema } from '../assets/calendar-schema.ts';
import type { Calendars, CalendarUse } from '../assets/calendars.ts';
import { guardedRoute, type Route } from './route.ts';

const calendarField = calendarSchema.extend({
  revision: z.number().int().describe('counts changes; a change names the one it is made to'),
  usedBy: z.array(z.string()).describe('ids of the assets that work by it'),
});

const params = z.object({ id: z.string().min(1).max(64) });

export function calendarRoutes(calendars: Pick<Calendars, 'list' | 'create' | 'replace' | 'remove'>): Route[] {
  return [
    guardedRoute({
      method: 'get',
      path: '/api/v1/calendars',
      permission: 'assets:read',
      summary: 'Shift calendars of the tenant, with changes to come',
      status: 200,
      reply: z.object({ items: z.array(calendarField) }),
      handle: async (_request, principal) => ({ items: (await calendars.list(principal)).map(calendarJson) }),
    }),
    guardedRoute({
      method: 'post',
      path: '/api/v1/calendars',
      permission: 'assets:write',
      action: 'calendar-create',
      summary: 'Make a shift calendar',
      body: calendarSchema,
      status: 201,
      reply: calendarField,
      handle: async ({ body }, { tenantId }) => calendarJson(await calendars.create(tenantId, body)),
    }),
    guardedRoute({
      method: 'put',
      path: '/api/v1/calendars/{id}',
      permission: 'assets:write',
      action: 'calendar-change',
      told: ({ body: { changesPast } }) => (changesPast ? 'also the past' : ''),
      summary:
        'Change a shift calendar: from a day on, or with changesPast what figures already shown are computed from',
      params,
      body: calendarSchema.omit({ id: true }).extend({
        revision: z.number().int().min(1).describe('as last read'),
        changesPast: z.boolean().default(false).describe('also what holds for today and earlier'),
      }),
      status: 200,
      reply: calendarField,
      handle: async ({ params, body }, principal) => {
        const { revision, changesPast, ...content } = body;
        const changed = await calendars.replace(principal, { id: params.id, ...content }, { revision, changesPast });
        return calendarJson(changed);
      },
    }),
    guardedRoute({
      method: 'delete',
      path: '/api/v1/calendars/{id}',
      permission: 'assets:write',
      action: 'calendar-remove',
      summary: 'Remove a shift calendar that no asset works by',
      params,
      status: 204,
      reply: null,
      handle: async ({ params }, principal) => {
        await calendars.remove(principal, params.id);
        return null;
      },
    }),
  ];
}

function calendarJson(record: CalendarUse): z.infer<typeof calendarField> {
  const { calendarId, timeZone, shifts, holidays, extraDays = [], changes = [], revision = 1, usedBy } = record;
  const written = ({ id, name, start, end, days, breaks }: CalendarUse['shifts'][number]) => ({
    ...{ id, name, start, end },
    days: [...days],
    breaks: [...breaks],
  });
  return {
    ...{ id: calendarId, timeZone, revision },
    shifts: shifts.map(written),
    holidays: [...holidays],
    extraDays: [...extraDays],
    changes: changes.map(({ from, shifts: later }) => ({ from, shifts: later.map(written) })),
    usedBy: [...usedBy],
  };
}
