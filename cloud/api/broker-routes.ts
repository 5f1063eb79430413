import { z } from 'zod';
import { type ConnectionBoard, connectionUses } from '../mqtt/connection-status.ts';
import { timeField, timeText } from './fields.ts';
import { guardedRoute, type Route } from './route.ts';

const connectionField = z.object({
  broker: z.string().describe('its name in the configuration'),
  use: z.enum(connectionUses),
  url: z.string(),
  connected: z.boolean(),
  since: timeField.describe('since when it is connected, or is not'),
  fault: z.string().describe("why it is not connected; '' when it is or has not tried yet"),
  messages: z.number().int().describe('taken or told since the start of the service'),
  messagesLastMinute: z.number().int(),
  bytes: z.number().int().describe('of their payloads'),
  samples: z.number().int().describe('stored or told'),
  refused: z
    .number()
    .int()
    .describe('readings and messages that could not be stored; of what is told, samples the broker has refused'),
  refusal: z.string().describe("one of the newest of them, and why; '' where there was none"),
  dropped: z.number().int().describe('given up for want of room'),
  waiting: z.number().int().describe('messages not durable yet, samples not told yet'),
});

export function brokerRoutes(board: ConnectionBoard): Route[] {
  return [
    guardedRoute({
      method: 'get',
      path: '/api/v1/brokers',
      permission: 'gateways:enrol',
      summary: 'Connections to MQTT brokers of the tenant, and how each is',
      status: 200,
      reply: z.object({ items: z.array(connectionField) }),
      handle: async (_request, principal) => ({
        items: board
          .connections()
          .filter(({ tenantId }) => tenantId === principal.tenantId)
          .map(({ tenantId: _, isConnected, since, ...connection }) => ({
            ...connection,
            connected: isConnected,
            since: timeText(since),
          })),
      }),
    }),
  ];
}
