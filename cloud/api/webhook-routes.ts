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
  body: z.string().describe('as it is sent'),
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
  readonly body: string;
}

/** What the routes need of the webhooks room. */
export interface DeliveryDoor {
  list(tenantId: string, query: { state?: Delivery['state'] | undefined; limit: number }): Promise<Delivery[]>;
  revive(tenantId: string, id: string): Promise<boolean>;
}

export function webhookRoutes(deliveries: DeliveryDoor): Route[] {
  return [
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
          ({ _id: id, hook, event, state, attempts, createdAt, nextAt, fault, body }) => ({
            id,
            hook,
            event,
            state,
            attempts,
            createdAt: timeText(createdAt),
            nextAt: nextAt === null ? null : timeText(nextAt),
            fault,
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
