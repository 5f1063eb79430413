import { z } from 'zod';
import { limitParameter, timeField, timeText } from './fields.ts';
import { notFound } from './problem-response.ts';
import { guardedRoute, type Route } from './route.ts';

const states = ['waiting', 'sent', 'dead'] as const;

const deliveryField = z.object({
  id: z.string(),
  hook: z.string(),
  event: z.string(),
  state: z.enum(states).describe('dead: not tried any more; see fault'),
  attempts: z.number().int(),
  createdAt: timeField,
  nextAt: timeField.nullable(),
  fault: z.string(),
  answer: z.number().int().nullable().describe('status of the newest answer; null: there was none'),
  body: z.string().describe('as it is sent'),
});

const hookField = z.object({
  name: z.string(),
  url: z.string(),
  events: z.array(z.string()).readonly(),
  assets: z.array(z.string()).readonly().nullable().describe('whose KPIs; null: all'),
  waiting: z.number().int().describe('deliveries that wait'),
});

interface Delivery {
  readonly _id: string;
  readonly hook: string;
  readonly event: string;
  readonly state: (typeof states)[number];
  readonly attempts: number;
  readonly createdAt: number;
  readonly nextAt: number | null;
  readonly fault: string;
  readonly answer?: number | null;
  readonly body: string;
}

/** What the routes need of the webhooks room. */
export interface DeliveryDoor {
  list(tenantId: string, query: { state?: Delivery['state'] | undefined; limit: number }): Promise<Delivery[]>;
  revive(tenantId: string, id: string): Promise<boolean>;
}

/** Those of the configuration. */
export interface WebhookDoor {
  list(tenantId: string): Promise<z.infer<typeof hookField>[]>;
  /** False: the tenant has no such webhook. */
  ping(tenantId: string, name: string): Promise<boolean>;
}

export function webhookRoutes({ deliveries, hooks }: { deliveries: DeliveryDoor; hooks: WebhookDoor }): Route[] {
  return [
    guardedRoute({
      method: 'get',
      path: '/api/v1/webhooks',
      permission: 'gateways:enrol',
      summary: 'Webhooks of the tenant, without their secrets',
      status: 200,
      reply: z.object({ items: z.array(hookField) }),
      handle: async (_request, { tenantId }) => ({ items: await hooks.list(tenantId) }),
    }),
    guardedRoute({
      method: 'post',
      path: '/api/v1/webhooks/{name}/ping',
      permission: 'gateways:enrol',
      action: 'webhook-ping',
      summary: 'Send the event `ping` to a webhook; whether it arrives is seen among the deliveries',
      params: z.object({ name: z.string().min(1).max(100) }),
      status: 204,
      reply: null,
      handle: async ({ params }, { tenantId }) => {
        if (!(await hooks.ping(tenantId, params.name))) throw notFound(`webhook ${params.name}`);
      },
    }),
    guardedRoute({
      method: 'get',
      path: '/api/v1/webhook-deliveries',
      permission: 'audit:read',
      summary: 'What webhooks were sent, are waiting or have been given up, newest first',
      query: z.strictObject({ state: z.enum(states).optional(), limit: limitParameter(100, 1_000) }),
      status: 200,
      reply: z.object({ items: z.array(deliveryField) }),
      handle: async ({ query }, { tenantId }) => ({
        items: (await deliveries.list(tenantId, query)).map(
          ({ _id: id, hook, event, state, attempts, createdAt, nextAt, fault, answer, body }) => ({
            id,
            hook,
            event,
            state,
            attempts,
            createdAt: timeText(createdAt),
            nextAt: nextAt === null ? null : timeText(nextAt),
            fault,
            answer: answer ?? null,
            body,
          }),
        ),
      }),
    }),
    guardedRoute({
      method: 'post',
      path: '/api/v1/webhook-deliveries/{id}/retry',
      permission: 'gateways:enrol',
      action: 'webhook-retry',
      summary: 'Try a delivery again that was given up',
      params: z.object({ id: z.string().min(1).max(100) }),
      status: 204,
      reply: null,
      handle: async ({ params }, { tenantId }) => {
        if (!(await deliveries.revive(tenantId, params.id))) throw notFound(`dead delivery ${params.id}`);
      },
    }),
  ];
}
