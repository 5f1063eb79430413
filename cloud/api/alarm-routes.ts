import { alarmEnds } from '@gongfu/shared/model/alarm-end';
import { z } from 'zod';
import type { Principal } from '../access/principal.ts';
import type { AlarmView } from '../alarms/alarms.ts';
import { timeField, timeText } from './fields.ts';
import {
  type AskedPage,
  askedPage,
  type NumberedPage,
  numberedPageQuery,
  numberedPageReply,
  pageJson,
} from './numbered-page.ts';
import { guardedRoute, type Route } from './route.ts';

/** What the routes need of the alarms room. */
export interface AlarmDoor {
  list(
    principal: Principal,
    asked: AskedPage & { readonly open?: boolean | undefined },
  ): Promise<NumberedPage<AlarmView>>;
}

const stateField = z.boolean().nullable().describe('null: the condition knows no such state');

const alarmField = z.object({
  id: z.string(),
  gateway: z.string().describe('name of the gateway'),
  gatewayId: z.string(),
  source: z.string(),
  name: z.string().describe('of the condition'),
  origin: z.string().describe('what in the machine it is about'),
  type: z.string().describe('OPC UA event type'),
  message: z.string(),
  severity: z.number().int().nullable().describe('1 (least) to 1000, as the machine says it; null: it does not'),
  active: stateField,
  acknowledged: stateField,
  confirmed: stateField,
  open: z.boolean().describe('still of interest: active, or waiting for somebody at the machine'),
  openedAt: timeField,
  activeSince: timeField.nullable(),
  changedAt: timeField,
  endedAt: timeField.nullable(),
  ended: z
    .enum(alarmEnds)
    .nullable()
    .describe(
      'unwatched: it was over when the machine was asked again, at endedAt at the latest; gateway-revoked, source-removed: nobody watches it since endedAt, by the clock of the cloud',
    ),
  watched: z.boolean().describe('false: nobody hears from the machine now; shown is what it said last'),
  unwatchedSince: timeField.nullable(),
});

export function alarmRoutes(alarms: AlarmDoor): Route[] {
  return [
    guardedRoute({
      method: 'get',
      path: '/api/v1/alarms',
      permission: 'alarms:read',
      summary: 'Alarms the machines themselves report, newest first; times by the clock of the machine',
      query: z.strictObject({ state: z.enum(['open', 'ended']).optional(), ...numberedPageQuery }),
      status: 200,
      reply: numberedPageReply(alarmField),
      handle: async ({ query: { state, ...query } }, principal) => {
        const open = state === undefined ? undefined : state === 'open';
        return pageJson(await alarms.list(principal, { ...askedPage(query), open }), alarmJson);
      },
    }),
  ];
}

function alarmJson(alarm: AlarmView): z.input<typeof alarmField> {
  const { _id: id, gateway, gatewayId, source, name, origin, type, message, severity } = alarm;
  const { active, acknowledged, confirmed, open, ended, watched } = alarm;
  const time = (ms: number | null): string | null => (ms === null ? null : timeText(ms));
  return {
    ...{ id, gateway, gatewayId, source, name, origin, type, message, severity },
    ...{ active, acknowledged, confirmed, open, ended, watched },
    openedAt: timeText(alarm.openedAt),
    activeSince: time(alarm.activeSince),
    changedAt: timeText(alarm.changedAt),
    endedAt: time(alarm.endedAt),
    unwatchedSince: time(alarm.unwatchedSince),
  };
}
