import { gatewayNamePattern } from '@gongfu/shared/model/gateway-name';
import {
  type DecommissionRequest,
  decommissionAnswerSchema,
  decommissionSchema,
} from '@gongfu/shared/wire/decommission';
import type { Heartbeat } from '@gongfu/shared/wire/handshake';
import { heartbeatSchema } from '@gongfu/shared/wire/handshake';
import { z } from 'zod';
import type { Principal } from '../access/principal.ts';
import { timeField, timeText } from './fields.ts';
import { guardedRoute, publicRoute, type Route } from './route.ts';

/** A gateway with how it is right now. */
export interface GatewayView {
  readonly gatewayId: string;
  readonly name: string;
  readonly status: 'enrolled' | 'revoked';
  readonly online: boolean;
  readonly connectedAt: number | null;
  readonly lastSeenAt: number | null;
  readonly heartbeat: Heartbeat | null;
  readonly configuration: { readonly version: string; readonly since: number } | null;
}

/** What the routes need of the gateways room. */
export interface GatewayDoor {
  /** Pins of the keys this service shows over TLS. */
  cloudKeys(): readonly string[];
  /** Those the principal sees, with what it sees of them. */
  list(principal: Principal): Promise<GatewayView[]>;
  createCode(tenantId: string, gatewayName: string): Promise<{ code: string; expiresAt: number }>;
  enrol(request: {
    code: string;
    gatewayName: string;
    publicKey: { kty: string; crv: string; x: string };
    address: string;
  }): Promise<{ gatewayId: string; tenantId: string }>;
  /** The key that signed the request's token is refused from now on. @throws Problem as its credential is found wanting. */
  decommission(request: DecommissionRequest, address: string): Promise<{ gatewayId: string; name: string }>;
  /** Cuts the live connection too. @throws Problem 404 for another tenant's gateway. */
  revoke(tenantId: string, gatewayId: string): Promise<void>;
}

export const gatewayNameSchema = z
  .string()
  .regex(gatewayNamePattern, 'expected 1 to 64 letters, digits, dots, underscores or hyphens, a letter or digit first');

const gatewayField = z.object({
  id: z.string(),
  name: z.string(),
  status: z.enum(['enrolled', 'revoked']),
  online: z.boolean(),
  connectedAt: timeField.nullable(),
  lastSeenAt: timeField.nullable(),
  heartbeat: heartbeatSchema.nullable(),
  configuration: z
    .object({ version: z.string(), since: timeField })
    .nullable()
    .describe('what it said at its last hello, and when first; null: it does not tell'),
});

export function gatewayRoutes(gateways: GatewayDoor): Route[] {
  return [
    guardedRoute({
      method: 'get',
      path: '/api/v1/gateways',
      permission: 'gateways:read',
      summary: 'Gateways of the tenant with their health',
      status: 200,
      reply: z.object({ items: z.array(gatewayField) }),
      handle: async (_request, principal) => ({ items: (await gateways.list(principal)).map(gatewayJson) }),
    }),
    guardedRoute({
      method: 'post',
      path: '/api/v1/gateways',
      permission: 'gateways:enrol',
      action: 'gateway-code-create',
      summary: 'Prepare a gateway: a one-time code, shown only now, valid for a day',
      body: z.strictObject({ name: gatewayNameSchema }),
      status: 201,
      reply: z.object({
        name: z.string(),
        code: z.string(),
        expiresAt: timeField,
        command: z.string(),
        cloudKeys: z.array(z.string()).describe('pins for uplink.cloudKeys of the gateway, as `sha256/…`'),
      }),
      handle: async ({ body }, { tenantId }) => {
        const { code, expiresAt } = await gateways.createCode(tenantId, body.name);
        const command = `gongfu-edge run -c edge.yaml --code ${code}`;
        return {
          name: body.name,
          code,
          expiresAt: timeText(expiresAt),
          command,
          cloudKeys: [...gateways.cloudKeys()],
        };
      },
    }),
    guardedRoute({
      method: 'delete',
      path: '/api/v1/gateways/{id}',
      permission: 'gateways:enrol',
      action: 'gateway-revoke',
      summary: 'Revoke a gateway: its key is refused from now on, its connection cut; its data stays',
      params: z.object({ id: z.string().min(1).max(100) }),
      status: 204,
      reply: null,
      handle: async ({ params }, { tenantId }) => {
        await gateways.revoke(tenantId, params.id);
        return null;
      },
    }),
    publicRoute({
      method: 'post',
      path: '/api/v1/enrolments',
      summary: 'A gateway trades its one-time code and public key for an identity',
      body: z.strictObject({
        code: z.string().min(1).max(100),
        gatewayName: gatewayNameSchema,
        publicKey: z.strictObject({
          kty: z.literal('OKP'),
          crv: z.literal('Ed25519'),
          x: z.string().length(43),
        }),
      }),
      status: 201,
      reply: z.object({ gatewayId: z.string(), tenantId: z.string() }),
      handle: ({ body, address }) => gateways.enrol({ ...body, address }),
    }),
    publicRoute({
      method: 'post',
      path: '/api/v1/decommissions',
      summary: 'A gateway that is taken out of service gives up its own key, with a token signed by it',
      body: decommissionSchema,
      status: 200,
      reply: decommissionAnswerSchema,
      handle: ({ body, address }) => gateways.decommission(body, address),
    }),
  ];
}

function gatewayJson(view: GatewayView): z.infer<typeof gatewayField> {
  const { gatewayId, name, status, online, heartbeat, configuration } = view;
  return {
    id: gatewayId,
    name,
    status,
    online,
    connectedAt: time(view.connectedAt),
    lastSeenAt: time(view.lastSeenAt),
    heartbeat,
    configuration: configuration && { version: configuration.version, since: timeText(configuration.since) },
  };
}

function time(value: number | null): string | null {
  return value === null ? null : timeText(value);
}
