import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from '@gongfu/shared/base/problem';
import { type CommandState, commandStates } from '@gongfu/shared/model/command-state';
import { commandOutcomes } from '@gongfu/shared/wire/command';
import { z } from 'zod';
import type { Principal } from '../access/principal.ts';
import type { AskedCommand } from '../commands/commands.ts';
import type { CommandRecord } from '../records/command-record.ts';
import { historyNumberParameter, timeField, timeText } from './fields.ts';
import {
  type AskedPage,
  askedPage,
  type NumberedPage,
  numberedPageQuery,
  numberedPageReply,
  pageJson,
} from './numbered-page.ts';
import { notFound } from './problem-response.ts';
import { guardedRoute, type Route } from './route.ts';
import type { FindTags } from './tag-choice.ts';

/** What the routes need of the commands room; what is not there, or not seen, is undefined or false. */
export interface CommandDoor {
  request(principal: Principal, asked: AskedCommand): Promise<CommandRecord>;
  list(
    principal: Principal,
    asked: AskedPage & { readonly state?: CommandState | undefined; readonly tag?: number | undefined },
  ): Promise<NumberedPage<CommandRecord>>;
  find(principal: Principal, id: string): Promise<CommandRecord | undefined>;
  approve(principal: Principal, id: string): Promise<CommandRecord | undefined>;
  withdraw(principal: Principal, id: string): Promise<boolean>;
  isOwn(command: CommandRecord, principal: Principal): boolean;
}

export const expiryMs = { standard: 30_000, shortest: 1_000, longest: 600_000 } as const;

const valueField = z.union([z.number(), z.boolean(), z.string().max(65_536)]);

const commandField = z.object({
  id: z.string(),
  state: z
    .enum(commandStates)
    .describe('sent: it may have reached the gateway, and no result is known; expired: it never left the cloud'),
  tag: z.string(),
  gateway: z.string(),
  source: z.string(),
  name: z.string(),
  value: valueField.describe('64-bit integers as text'),
  valueBefore: valueField.nullable().describe('the last value when it was asked for; null: bad, or never seen'),
  reason: z.string(),
  requestedBy: z.string(),
  own: z.boolean().describe('you, or a key of yours, asked for it: somebody else must approve it'),
  approvedBy: z.string().nullable(),
  requestedAt: timeField,
  expiresAt: timeField,
  approvedAt: timeField.nullable(),
  sentAt: timeField.nullable(),
  receivedAt: timeField.nullable().describe('when the gateway had it on its disk'),
  endedAt: timeField.nullable(),
  result: z
    .object({
      outcome: z.enum(commandOutcomes),
      code: z.string(),
      detail: z.string(),
      readBack: valueField.nullable().describe('what the source held afterwards'),
      at: timeField.describe('by the clock of the gateway'),
    })
    .nullable(),
});

const params = z.object({ id: z.string().min(1).max(100) });

export function commandRoutes({ commands, findTags }: { commands: CommandDoor; findTags: FindTags }): Route[] {
  const json = (command: CommandRecord, principal: Principal) =>
    commandJson(command, commands.isOwn(command, principal));
  return [
    guardedRoute({
      method: 'post',
      path: '/api/v1/commands',
      permission: 'commands:request',
      action: 'command-request',
      summary: 'Write a value to a tag; needs a key of your own as header Idempotency-Key or as `key`',
      told: ({ body }) => `tag ${body?.tag} = ${String(body?.value).slice(0, 200)}: ${body?.reason}`,
      body: z.strictObject({
        tag: historyNumberParameter,
        value: valueField,
        reason: z.string().trim().min(1, 'expected a reason').max(500),
        expiresInMs: z
          .number()
          .int()
          .min(expiryMs.shortest)
          .max(expiryMs.longest)
          .default(expiryMs.standard)
          .describe('how long from now it may be written'),
        key: z.string().optional().describe('the same key again is the same command'),
      }),
      status: 201,
      reply: commandField,
      handle: async ({ body, headers }, principal) => {
        const key = keyOf(headers, body.key);
        const [tag] = await findTags(principal, [body.tag]);
        const { value, reason, expiresInMs } = body;
        return json(await commands.request(principal, { tag: tag!, value, reason, expiresInMs, key }), principal);
      },
    }),
    guardedRoute({
      method: 'get',
      path: '/api/v1/commands',
      permission: 'commands:read',
      summary: 'What was to be written and what became of it, newest first',
      query: z.strictObject({
        state: z.enum(commandStates).optional(),
        tag: historyNumberParameter.optional(),
        ...numberedPageQuery,
      }),
      status: 200,
      reply: numberedPageReply(commandField),
      handle: async ({ query: { tag, ...query } }, principal) => {
        const asked = { ...askedPage(query), tag: tag === undefined ? undefined : Number(tag) };
        return pageJson(await commands.list(principal, asked), (command) => json(command, principal));
      },
    }),
    guardedRoute({
      method: 'get',
      path: '/api/v1/commands/{id}',
      permission: 'commands:read',
      summary: 'One command as it is now',
      params,
      status: 200,
      reply: commandField,
      handle: async ({ params: { id } }, principal) => json(found(await commands.find(principal, id), id), principal),
    }),
    guardedRoute({
      method: 'post',
      path: '/api/v1/commands/{id}/approval',
      permission: 'commands:approve',
      action: 'command-approve',
      summary: 'Approve what somebody else asked for; it is sent now',
      params,
      status: 201,
      reply: commandField,
      handle: async ({ params: { id } }, principal) =>
        json(found(await commands.approve(principal, id), id), principal),
    }),
    guardedRoute({
      method: 'delete',
      path: '/api/v1/commands/{id}',
      permission: 'commands:request',
      action: 'command-withdraw',
      summary: 'Withdraw a command that was not sent yet',
      params,
      status: 204,
      reply: null,
      handle: async ({ params: { id } }, principal) => {
        if (!(await commands.withdraw(principal, id))) throw notFound(`command ${id}`);
      },
    }),
  ];
}

/** @throws Problem `command-key-unfit` */
function keyOf(headers: IncomingHttpHeaders, inBody: string | undefined): string {
  const header = headers['idempotency-key'];
  const key = header ?? inBody;
  const isOne = header === undefined || inBody === undefined || header === inBody;
  if (typeof key === 'string' && isOne && /^[\x21-\x7e]{1,100}$/.test(key)) return key;
  throw new Problem({
    code: 'command-key-unfit',
    detail: isOne ? 'the request carries no usable idempotency key' : 'header and body carry different keys',
    advice: 'Send one key of your own, 1 to 100 printable characters, as the header Idempotency-Key or as `key`.',
    reaction: 'drop',
    status: 400,
  });
}

function found(command: CommandRecord | undefined, id: string): CommandRecord {
  if (command === undefined) throw notFound(`command ${id}`);
  return command;
}

function commandJson(command: CommandRecord, own: boolean): z.infer<typeof commandField> {
  const { _id: id, state, tag, gatewayId: gateway, source, name, value, valueBefore, reason, result } = command;
  const { requester, approver, requestedAt, expiresAt, approvedAt, sentAt, receivedAt, endedAt } = command;
  return {
    ...{ id, state, tag: String(tag), gateway, source, name, value, valueBefore, reason },
    ...{ requestedBy: requester.name, own, approvedBy: approver?.name ?? null },
    requestedAt: timeText(requestedAt),
    expiresAt: timeText(expiresAt),
    approvedAt: time(approvedAt),
    sentAt: time(sentAt),
    receivedAt: time(receivedAt),
    endedAt: time(endedAt),
    result: result && { ...result, at: timeText(result.at) },
  };
}

function time(value: number | null): string | null {
  return value === null ? null : timeText(value);
}
