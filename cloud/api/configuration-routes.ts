import { configurationStates } from '@gongfu/shared/model/configuration-state';
import { z } from 'zod';
import type { Principal } from '../access/principal.ts';
import type { ConfigurationRecord } from '../records/configuration-record.ts';
import { limitParameter, timeField, timeText } from './fields.ts';
import { notFound } from './problem-response.ts';
import { guardedRoute, type Route } from './route.ts';

/** What the routes need of the configurations room; undefined: no such gateway, or no such version. */
export interface ConfigurationDoor {
  upload(
    principal: Principal,
    gatewayId: string,
    version: { readonly text: string; readonly note: string },
  ): Promise<ConfigurationRecord | undefined>;
  list(
    principal: Principal,
    gatewayId: string,
    limit: number,
  ): Promise<
    | {
        readonly gatewayName: string;
        readonly takes: boolean | null;
        readonly versions: readonly ConfigurationRecord[];
      }
    | undefined
  >;
  find(principal: Principal, gatewayId: string, number: number): Promise<ConfigurationRecord | undefined>;
}

const versionField = z.object({
  number: z.number().int(),
  state: z
    .enum(configurationStates)
    .describe(
      'waiting: the gateway does not have it; trying: it has, and no result is known; replaced: a newer one came first',
    ),
  note: z.string(),
  createdBy: z.string(),
  createdAt: timeField,
  receivedAt: timeField.nullable().describe('when the gateway had it on its disk'),
  endedAt: timeField.nullable(),
  result: z
    .object({
      code: z.string().describe('why it does not run; empty where it does'),
      detail: z.string(),
      places: z.array(z.object({ where: z.string(), what: z.string() })).describe('all that is wrong with it'),
      at: timeField.describe('by the clock of the gateway'),
    })
    .nullable(),
});

const gatewayParams = z.object({ id: z.string().min(1).max(100) });
const path = '/api/v1/gateways/{id}/configurations';

export function configurationRoutes(configurations: ConfigurationDoor): Route[] {
  return [
    guardedRoute({
      method: 'post',
      path,
      permission: 'gateways:configure',
      action: 'configuration-upload',
      summary: 'Give a gateway other sources: YAML with the key `sources`; it tries them and goes back by itself',
      params: gatewayParams,
      body: z.strictObject({ text: z.string().min(1), note: z.string().trim().max(500).default('') }),
      status: 201,
      reply: versionField,
      handle: async ({ params: { id }, body }, principal) =>
        json(found(await configurations.upload(principal, id, body), `gateway ${id}`)),
    }),
    guardedRoute({
      method: 'get',
      path,
      permission: 'gateways:configure',
      summary: 'Versions of the sources of a gateway and what became of each, newest first',
      params: gatewayParams,
      query: z.strictObject({ limit: limitParameter(50, 500) }),
      status: 200,
      reply: z.object({
        gateway: z.object({
          name: z.string(),
          takes: z.boolean().nullable().describe('whether it takes versions by its own file; null while not connected'),
        }),
        items: z.array(versionField),
      }),
      handle: async ({ params: { id }, query }, principal) => {
        const told = found(await configurations.list(principal, id, query.limit), `gateway ${id}`);
        return { gateway: { name: told.gatewayName, takes: told.takes }, items: told.versions.map(json) };
      },
    }),
    guardedRoute({
      method: 'get',
      path: `${path}/{number}`,
      permission: 'gateways:configure',
      summary: 'One version with its text',
      params: gatewayParams.extend({ number: z.string().regex(/^[1-9]\d{0,8}$/, 'expected a whole number') }),
      status: 200,
      reply: versionField.extend({ text: z.string() }),
      handle: async ({ params: { id, number } }, principal) => {
        const version = found(await configurations.find(principal, id, Number(number)), `version ${number}`);
        return { ...json(version), text: version.text };
      },
    }),
  ];
}

function found<T>(one: T | undefined, what: string): T {
  if (one === undefined) throw notFound(what);
  return one;
}

function json(version: ConfigurationRecord): z.infer<typeof versionField> {
  const { number, state, note, author, createdAt, receivedAt, endedAt, result } = version;
  return {
    ...{ number, state, note, createdBy: author.name, createdAt: timeText(createdAt) },
    receivedAt: time(receivedAt),
    endedAt: time(endedAt),
    result: result && { ...result, at: timeText(result.at) },
  };
}

function time(value: number | null): string | null {
  return value === null ? null : timeText(value);
}
